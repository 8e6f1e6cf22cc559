"""A real server with a model that others trained and published: a conversation, whole and streamed.

With batches of one token (`-b 1`), because other batch sizes change the last bits of the numbers, so that every process
computes the same whatever it has evaluated at once.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import jinja2
import pytest

from inference.engine.gguf.header import read_model_file
from inference.engine.llama_cli.models.program import find_program
from tests.engine_processes import SOAK
from tests.server import Server

Binary = Callable[[str], Path]
END = b"<|im_end|>"
QUESTIONS = ("What is the capital of France?", "And of Italy?", "Say hello in French.")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, engine_binary: Binary, real_model: Path) -> Iterator[httpx.Client]:
    settings = {"LLAMA_CLI": str(engine_binary("llama-cli")), "MODEL_PATH": str(real_model), "LLAMA_ARGS": "-b 1"}
    quick = {"SYSTEM_PROMPT": "", "STANDBY_INSTANCES": "0"}
    with Server(tmp_path_factory.mktemp("server"), **settings, **quick) as server:
        server.wait_for_health()
        with server.client() as client:
            yield client


def request(messages: Sequence[dict[str, str]], **options: Any) -> dict[str, Any]:
    return {"model": "default", "messages": list(messages), "temperature": 0, "max_tokens": 16, **options}


def whole(client: httpx.Client, messages: Sequence[dict[str, str]]) -> tuple[str, int]:
    """Return an answer, and how many tokens a process had evaluated before."""
    answer = client.post("/v1/chat/completions", json=request(messages)).json()
    return answer["choices"][0]["message"]["content"], answer["usage"]["prompt_tokens_details"]["cached_tokens"]


def streamed(client: httpx.Client, messages: Sequence[dict[str, str]]) -> list[str]:
    """Return the pieces of an answer."""
    body = request(messages, stream=True)
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    deltas = [json.loads(line)["choices"][0]["delta"] for line in lines[:-1]]
    return [delta["content"] for delta in deltas if delta.get("content")]


def bare(binary: Path, model: Path, messages: Sequence[dict[str, str]], folder: Path) -> str:
    """Return the whole answer of a bare llama-cli to what plain jinja2 makes of the model's own template.

    It is interactive, because otherwise it would stop at the first end token of the prompt.
    """
    template = jinja2.Environment(autoescape=False).from_string(read_model_file(model).chat_template or "")  # noqa: S701
    prompt = folder / "prompt"
    prompt.write_text(template.render(messages=messages, add_generation_prompt=True) + "\n")  # it drops the last one
    command = [str(binary), "-m", str(model), "-f", str(prompt), *find_program(binary).arguments]
    command += ["-i", "--simple-io", "--special", "--no-display-prompt", "--no-warmup", "--in-prefix", ""]
    command += ["--in-suffix", "", "--temp", "0", "-b", "1", "-t", "1", "-c", "2048"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        printed = b""
        while END not in printed and (piece := process.stdout.read1()):
            printed += piece
        process.kill()
    return printed.partition(END)[0].decode()


def test_a_conversation_is_the_same_whole_streamed_and_from_the_bare_binary(
    client: httpx.Client, engine_binary: Binary, real_model: Path, tmp_path: Path
) -> None:
    messages: list[dict[str, str]] = []
    for turn, question in enumerate(QUESTIONS):
        messages.append({"role": "user", "content": question})
        answer, reused = whole(client, messages)
        assert answer
        assert (reused > 0) == (turn > 0)
        messages.append({"role": "assistant", "content": answer})
    assert "Paris" in messages[1]["content"]
    for turn in range(len(QUESTIONS) if SOAK else 1):
        pieces = streamed(client, messages[: 2 * turn + 1])
        assert len(pieces) > 1
        assert "".join(pieces) == messages[2 * turn + 1]["content"]
    assert bare(engine_binary("llama-cli"), real_model, messages[:-1], tmp_path).startswith(messages[-1]["content"])
