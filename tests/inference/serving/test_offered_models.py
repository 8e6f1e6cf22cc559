"""The models of the engine's configuration: the default one, and those of the folder that are offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.serving import configuration
from inference.serving.engine_settings import engine_config, missing_models, offered_models
from tests.server import DEMO_MODEL


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_model: Callable[..., Path]) -> Path:
    """A models folder with `small.gguf`, `family/other.gguf` and a damaged file; the demo model outside is served."""
    folder = tmp_path / "models"
    (folder / "family").mkdir(parents=True)
    for name in ("small", "family/other"):
        (folder / f"{name}.gguf").symlink_to(small_model())
    (folder / "damaged.gguf").write_bytes(b"GGUF but no more")
    monkeypatch.setenv("MODELS_DIR", str(folder))
    monkeypatch.setenv("MODEL_PATH", str(DEMO_MODEL))
    return folder


def ids() -> list[str]:
    return [model.id for model in offered_models(configuration.current())]


def test_the_default_model_and_all_of_the_folder_that_are_not_damaged_are_served(models: Path) -> None:
    config = engine_config()
    assert [model.id for model in config.served_models] == ["demo-bitnet", "family/other", "small"]
    default, other, _ = config.served_models
    assert (default.path, default.name) == (str(DEMO_MODEL), "BitNet Demo · TQ2_0")
    assert (other.path, other.name) == (str(models / "family" / "other.gguf"), "other · TQ2_0")
    assert default.llama_cli == other.llama_cli == str(config.llama_cli.binary if config.llama_cli else "")


def test_offered_models_limit_the_choice_and_the_default_is_always_served(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFERED_MODELS", "family/other, gone")
    assert ids() == ["demo-bitnet", "family/other"]
    assert missing_models(configuration.current()) == ["gone"]
    in_force = replace(configuration.current(), offered_models=("small",))
    assert [model.id for model in offered_models(in_force)] == ["demo-bitnet", "small"]


def test_a_default_model_of_the_folder_is_served_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_PATH", str(models / "small.gguf"))
    assert ids() == ["small", "family/other"]


def test_a_type_of_weights_has_its_own_program(
    models: Path, monkeypatch: pytest.MonkeyPatch, small_model: Callable[..., Path]
) -> None:
    (models / "microsoft.gguf").symlink_to(small_model(weights="I2_S"))
    monkeypatch.setenv("LLAMA_CLI", "/llama.cpp/llama-cli")
    monkeypatch.setenv("LLAMA_CLI_BITNET", "/bitnet.cpp/llama-cli")
    programs = {model.id: model.llama_cli for model in offered_models(configuration.current())}
    assert programs["microsoft"] == "/bitnet.cpp/llama-cli"
    assert programs["small"] == programs["demo-bitnet"] == "/llama.cpp/llama-cli"


def test_files_that_are_added_and_deleted_are_noticed(models: Path, small_model: Callable[..., Path]) -> None:
    before = engine_config()
    (models / "new.gguf").symlink_to(small_model())
    assert ids() == ["demo-bitnet", "family/other", "new", "small"]
    (models / "small.gguf").unlink()
    assert engine_config().changes(before).startswith("models: demo-bitnet, family/other, small → demo-bitnet, ")
    (models / "new.gguf").unlink()
    assert ids() == ["demo-bitnet", "family/other"]
