"""A models folder with two models, for tests of conversations that choose one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.server import DEMO_MODEL

OTHER: Final = "other"
OTHER_NAME: Final = "other · TQ2_0"
DEMO_NAME: Final = "BitNet Demo · TQ2_0"
OTHER_CONTEXT: Final = 512


def two_models(folder: Path, small_model: Callable[..., Path]) -> dict[str, str]:
    """Make a folder with the demo model and another one with a small context; return the settings that serve them."""
    folder.mkdir()
    (folder / "demo-bitnet.gguf").symlink_to(DEMO_MODEL)
    (folder / f"{OTHER}.gguf").symlink_to(small_model(weights="TQ2_0", context_length=OTHER_CONTEXT, name="Second"))
    return {"MODELS_DIR": str(folder), "MODEL_PATH": str(folder / "demo-bitnet.gguf"), "MAX_MODELS": "2"}
