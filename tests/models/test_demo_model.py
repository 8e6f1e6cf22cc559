"""The demo model's file in the real llama-cli, compared with what PyTorch computed from the trained weights.

`make demo-model` recorded `demo_model_reference.json`: twenty prompts; for every position of a prompt and its answer
the most likely next token, and the answer at temperature 0. These tests give llama-cli the text up to a position and
ask for one token, at every third position (SOAK=1: at all of them); and the whole prompts, for the answers.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gguf
import pytest

from inference.engine.llama_cli.models.program import find_program
from tests.engine_processes import SOAK

PROJECT = Path(__file__).parents[2]
MODEL = PROJECT / "models" / "demo-bitnet.gguf"
REFERENCE = Path(__file__).parent / "demo_model_reference.json"
END_MARK = b" [end of text]"
STRIDE = 1 if SOAK else 6
SYSTEM = "You are a helpful, harmless, and honest AI assistant. Answer the user's questions truthfully and helpfully."


@pytest.fixture(scope="module")
def reference() -> list[dict[str, Any]]:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def complete(engine_binary: Callable[[str], Path]) -> Callable[..., bytes]:
    """Return the output of llama-cli after a prompt at temperature 0."""
    binary = engine_binary("llama-cli")

    def run(prompt: str, tokens: int, *arguments: str) -> bytes:
        command = [str(binary), "-m", str(MODEL), "-p", prompt, "-n", str(tokens), "--temp", "0", "-t", "1"]
        command += ["-c", "2048", "--no-display-prompt", "--no-warmup", "--no-escape"]
        command += [*find_program(binary).arguments, *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True).stdout

    return run


def answer(complete: Callable[..., bytes], *messages: str) -> str:
    """Return the last answer of a conversation, each message sent as the server sends it."""
    prompt = f"System: {SYSTEM}<|eot_id|>"
    text = ""
    for message in messages:
        prompt += f"User: {message}<|eot_id|>Assistant:"
        output = complete(prompt, 320).rstrip(b"\n")
        assert output.endswith(END_MARK), f"no end after {output!r}"
        text = output.removesuffix(END_MARK).decode()
        prompt += f"{text}<|eot_id|>"
    return text.strip()


def test_next_token_is_that_of_pytorch(complete: Callable[..., bytes], reference: list[dict[str, Any]]) -> None:
    asked = {  # a beginning that several prompts share counts once
        "".join(item["pieces"][:cut]): item["next_pieces"][cut - 1] for item in reference for cut in item["cuts"]
    }
    asked = dict(list(asked.items())[::STRIDE])
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda pair: complete(pair[0], 1, "--special"), asked.items()))
    wrong = [
        (prompt[-40:], expected, output)
        for (prompt, expected), output in zip(asked.items(), outputs, strict=True)
        if not output.startswith(expected.encode())
    ]
    assert len(asked) >= (600 if SOAK else 100)
    assert len(wrong) <= 0.01 * len(asked), wrong


def test_answers_at_temperature_0_are_those_of_pytorch(
    complete: Callable[..., bytes], reference: list[dict[str, Any]]
) -> None:
    answers = [complete(item["prompt"], 320).rstrip(b"\n").removesuffix(END_MARK).decode() for item in reference]
    equal = sum(answer == item["answer"] for answer, item in zip(answers, reference, strict=True))
    assert len(reference) == 20
    assert equal >= 18


def test_file_is_small_ternary_and_says_what_it_is() -> None:
    assert MODEL.stat().st_size <= 4_000_000
    reader = gguf.GGUFReader(MODEL)
    assert reader.fields["general.architecture"].contents() == "bitnet"
    assert reader.fields["general.name"].contents() == "BitNet Demo"
    assert "demo model" in reader.fields["general.description"].contents()
    assert "'Assistant: '" in reader.fields["tokenizer.chat_template"].contents()
    matrices = [tensor for tensor in reader.tensors if tensor.name.startswith("blk.") and len(tensor.shape) == 2]
    assert matrices
    assert {tensor.tensor_type for tensor in matrices} == {gguf.GGMLQuantizationType.TQ2_0}


@pytest.mark.parametrize(
    ("messages", "fact"),
    [
        (["What is machine learning?"], "learn patterns from examples"),
        (["What is BitNet?"], "-1, 0 or +1"),
        (["Who are you?"], "demo model"),
        (["What is the capital of France?"], "Paris"),
        (["My name is Ada", "What is my name?"], "Ada"),
    ],
    ids=["machine learning", "BitNet", "identity", "capital", "name"],
)
def test_typical_first_questions_are_answered(complete: Callable[..., bytes], messages: list[str], fact: str) -> None:
    assert fact in answer(complete, *messages)
