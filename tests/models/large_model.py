"""Write a model with random weights in the shape of BitNet-b1.58-2B-4T, which has its speed and needs no download.

    python -m tests.models.large_model PATH

30 layers of 2560, 6912 in the feed-forward, 20 heads and 5 key heads, a vocabulary of 128,256: 1.2 GB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gguf import TokenType

from tests.gguf_files import LLAMA3_TOKENS, MERGES, write_model

VOCABULARY = 128_256


def write_large_model(path: Path, weights: str = "TQ2_0") -> Path:
    return write_model(
        path,
        weights=weights,
        name="Random weights in the shape of BitNet-b1.58-2B-4T",
        layers=30,
        embedding=2560,
        feed_forward=6912,
        heads=20,
        key_heads=5,
        context_length=4096,
        end_scale=0,
        extra_tokens=VOCABULARY - 256 - len(MERGES) - len(LLAMA3_TOKENS),
        extra_type=TokenType.NORMAL,
    )


if __name__ == "__main__":
    write_large_model(Path(sys.argv[1]))
