"""`manage.py fetch_model` with a name of the catalogue, or any file of the hub."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.provisioning.models.catalogue import catalogue
from tests.hub import FILE, REPO, Hub
from tests.server import PATIENCE, ROOT

from .downloads import fetch, files_in, refusal

pytestmark = pytest.mark.usefixtures("hub_settings")

MICROSOFT = catalogue()["bitnet-b1.58-2b-4t"]


def publish(hub: Hub, name: str) -> None:
    """Have the hub offer a model under the place that the catalogue gives."""
    hub.repo, hub.file = catalogue()[name].repository, catalogue()[name].file


def test_a_model_of_the_catalogue_is_saved_under_its_name(hub: Hub, folder: Path) -> None:
    publish(hub, "falcon-e-1b-instruct")
    output = fetch("Falcon-E-1B-Instruct")
    assert files_in(folder) == ["falcon-e-1b-instruct.gguf"]
    assert "Licence: Falcon-LLM License (https://falconllm.tii.ae/" in output
    assert f"MODEL_PATH={folder}/falcon-e-1b-instruct.gguf make run" in output


@pytest.mark.parametrize(
    "text",
    [REPO, f"hf:{REPO}", f"hf:{REPO}/{FILE}", f"{REPO}/{FILE}", f"https://huggingface.co/{REPO}/blob/main/{FILE}"],
)
def test_any_file_of_the_hub_can_be_named(hub: Hub, folder: Path, text: str) -> None:
    output = fetch(text)
    assert files_in(folder) == [FILE]
    assert f"Licence: see {hub.url}/{REPO}" in output


def test_a_repository_with_several_models_is_refused_with_their_list(hub: Hub, folder: Path) -> None:
    hub.listed |= {"big/other-Q8_0.gguf": 3_530_000_000, "other-00002-of-00002.gguf": 1, "model.safetensors": 1}
    output = refusal(REPO)
    assert f"{REPO} has 2 GGUF files" in output
    assert f"\n    hf:{REPO}/{FILE}  (1 MB)\n    hf:{REPO}/big/other-Q8_0.gguf  (3.53 GB)" in output
    assert files_in(folder) == []


def test_a_repository_without_a_gguf_file_is_refused(hub: Hub) -> None:
    hub.file = "model.safetensors"
    assert f"{REPO} has no GGUF file" in refusal(REPO)


def test_a_part_of_a_model_is_refused(hub: Hub) -> None:
    hub.file = "model-00001-of-00003.gguf"
    assert "is a part of a model in several files" in refusal(REPO)
    assert hub.bytes_sent == 0


def test_an_unknown_repository_is_reported() -> None:
    assert "has no repository tests/other" in refusal("tests/other")


@pytest.mark.parametrize(
    ("text", "guess"),
    [("falcon-e-1b", "falcon-e-1b-instruct"), ("bitnet-2b-4t", "bitnet-b1.58-2b-4t"), ("gpt", None), ("a b/c", None)],
)
def test_an_unknown_name_is_answered_with_the_nearest_and_the_list(text: str, guess: str | None) -> None:
    output = refusal(text)
    assert f"no model {text!r} in the catalogue" in output
    assert f"Did you mean {guess}?" in output if guess else "Did you mean" not in output
    assert "hf:OWNER/NAME/FILE" in output
    assert "trilm-3.9b" in output


def test_a_model_that_must_be_converted_is_not_downloaded(hub: Hub) -> None:
    output = refusal("falcon-e-1b-base")
    assert "published only in the format safetensors" in output
    assert "Convert" in output


def test_a_name_and_a_file_exclude_each_other() -> None:
    assert "not both" in refusal("trilm-3.9b", "--file", FILE)


def test_the_gain_of_quantized_embeddings_is_named(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub, MICROSOFT.name)
    assert f"--quantize-embeddings makes a copy that is {MICROSOFT.embeddings}" in fetch(MICROSOFT.name)


@pytest.mark.parametrize("answer", ["\n", "n\n"], ids=["by default", "declined"])
def test_a_terminal_is_asked_for_quantized_embeddings(
    hub: Hub, folder: Path, tmp_path: Path, engine_binary: Callable[[str], Path], answer: str
) -> None:
    publish(hub, MICROSOFT.name)
    program = tmp_path / "llama-cli"  # beside the llama-quantize of the test model's type
    program.symlink_to(engine_binary("llama-cli"))
    (tmp_path / "llama-quantize").symlink_to(engine_binary("llama-quantize"))
    leader, terminal = pty.openpty()
    command = [sys.executable, "manage.py", "fetch_model", MICROSOFT.name]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"LLAMA_CLI_BITNET": str(program)},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as child:
        os.close(terminal)
        os.write(leader, answer.encode())
        printed = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the child has closed the terminal
                break
            if not part:
                break
            printed += part
        os.close(leader)
        assert child.wait(PATIENCE) == 0, printed.decode()
    assert f"Also create a copy with embeddings in Q6_K ({MICROSOFT.embeddings})? [Y/n]" in printed.decode()
    quantized = [f"{MICROSOFT.name}-embed-q6_k.gguf"] if answer == "\n" else []
    assert files_in(folder) == sorted([f"{MICROSOFT.name}.gguf", *quantized])
