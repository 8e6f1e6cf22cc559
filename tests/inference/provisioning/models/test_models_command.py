"""`manage.py models`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from inference.provisioning.models.catalogue import catalogue


@pytest.fixture
def models(folder: Path, small_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a default model, one of the catalogue, a damaged one, and a llama-cli that runs all types."""
    folder.mkdir()
    content = small_model().read_bytes()
    (folder / "mine-TQ2_0.gguf").write_bytes(content)
    (folder / "trilm-3.9b.gguf").write_bytes(content)
    (folder / "cut.gguf").write_bytes(content[:-1])
    program = tmp_path / "llama-cli"
    program.touch(mode=0o755)
    values = {"MODELS_DIR": folder, "MODEL_PATH": folder / "mine-TQ2_0.gguf", "LLAMA_CLI": program}
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    return folder


def listed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("models", *arguments, stdout=out)
    return out.getvalue()


def as_json() -> dict[str, Any]:
    return dict(json.loads(listed("--json")))


@pytest.mark.usefixtures("models")
@pytest.mark.django_db
def test_the_models_and_the_catalogue_are_listed() -> None:
    lines = [line.split() for line in listed().splitlines()]
    assert ["*", "mine-TQ2_0", "mine", "·", "TQ2_0", "1", "MB"] in [line[:7] for line in lines]
    assert ["*", "trilm-3.9b", "TriLM", "3.9B", "completions"] in [line[:5] for line in lines]
    assert ["-", "falcon-e-1b-base"] in [line[:2] for line in lines]
    assert ["cut", "cannot", "be", "served:"] in [line[:4] for line in lines]


@pytest.mark.django_db
def test_the_list_is_for_programs_too(models: Path, tmp_path: Path) -> None:
    found = as_json()
    mine, cut, trilm = found["models"]
    assert mine == {
        "id": "mine-TQ2_0",
        "name": "mine · TQ2_0",
        "file": "mine-TQ2_0.gguf",
        "size": (models / "mine-TQ2_0.gguf").stat().st_size,
        "architecture": "bitnet",
        "quantization": "TQ2_0",
        "default": True,
        "program": str(tmp_path / "llama-cli"),
        "problem": "",
    }
    assert (trilm["name"], trilm["default"], trilm["problem"]) == ("TriLM 3.9B · TQ2_0", False, "")
    assert "its weights should end" in cut["problem"]
    assert [entry["name"] for entry in found["catalogue"]] == list(catalogue())
    assert found["catalogue"][0]["engine"] == "bitnet.cpp"


@pytest.mark.django_db
def test_a_default_model_elsewhere_is_listed_too(
    models: Path, tmp_path: Path, small_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_PATH", str(small_model()))
    first, *others = as_json()["models"]
    assert (first["id"], first["file"], first["default"]) == ("model", str(small_model()), True)
    assert not any(model["default"] for model in others)
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "gone.gguf"))
    assert "There is no model file gone.gguf" in as_json()["models"][0]["problem"]


@pytest.mark.django_db
def test_a_model_without_its_program_says_so(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_CLI", str(tmp_path / "none"))
    assert f"There is no program {tmp_path}/none" in as_json()["models"][0]["problem"]
