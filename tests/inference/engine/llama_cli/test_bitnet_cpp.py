"""Models in I2_S, the type of bitnet.cpp. BITNET_CLI=PATH runs all tests of the engine on its llama-cli, in I2_S."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.engine import GenerationRequest, Message
from inference.engine.gguf.header import read_model_file
from tests.conftest import BITNET_CLI
from tests.gguf_files import pack_as_i2_s, packed_as_i2_s
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import GREEDY, complete

DEMO_MODEL = Path(__file__).parents[4] / "models" / "demo-bitnet.gguf"
QUESTIONS = ("What is the capital of France?", "How many legs does a spider have?", "What do bees make?")


def unpacked(data: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the weights, read as bitnet.cpp's kernels read them."""
    scale = data[-32:].view(np.float32)[0]
    codes = data[:-32].view(np.uint8).reshape(-1, 1, 32) >> np.array([6, 4, 2, 0], np.uint8).reshape(1, 4, 1) & 3
    return (codes.astype(np.float32).reshape(shape) - 1) * scale


def test_weights_are_packed_without_loss() -> None:
    values = np.random.default_rng(0).integers(-1, 2, (4, 256)).astype(np.float32) * np.float32(0.125)
    packed = packed_as_i2_s(values)
    assert packed.nbytes == values.size // 4 + 32
    assert (unpacked(packed, values.shape) == values).all()


@pytest.mark.parametrize("shards", [0, 12])
def test_a_model_in_i2_s_is_read(shards: int, small_model: Callable[..., Path]) -> None:
    ours, theirs = (read_model_file(small_model(weights=kind, shard_tensors=shards)) for kind in ("TQ2_0", "I2_S"))
    assert (ours.quantization, theirs.quantization) == ("TQ2_0", "I2_S")
    assert (ours.architecture, theirs.architecture) == ("bitnet", "bitnet-b1.58")
    assert ours.parameter_count == theirs.parameter_count


@pytest.mark.skipif(not BITNET_CLI, reason="needs a llama-cli of bitnet.cpp in BITNET_CLI")
async def test_the_demo_model_packed_as_i2_s_gives_the_same_answers(tmp_path: Path, pool_on: StartPool) -> None:
    packed = pack_as_i2_s(DEMO_MODEL, tmp_path / "demo-i2_s.gguf")
    answers = []
    for model in (DEMO_MODEL, packed):
        async with pool_on(Path(BITNET_CLI or ""), model=model) as pool:
            requests = [
                GenerationRequest(messages=(Message("user", question),), max_tokens=60, sampling=GREEDY)
                for question in QUESTIONS
            ]
            answers.append([(await complete(pool, request)).text for request in requests])
    assert answers[0] == answers[1]
    assert all(answers[0])
