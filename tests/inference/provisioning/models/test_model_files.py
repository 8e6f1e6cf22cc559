"""The list of the models folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from inference.provisioning.models.model_files import ModelFolder


def test_the_models_folder_is_listed_with_damaged_files(small_model: Callable[..., Path], folder: Path) -> None:
    (folder / "more").mkdir(parents=True)
    content = small_model().read_bytes()
    (folder / "more" / "whole.gguf").write_bytes(content)
    (folder / "cut.gguf").write_bytes(content[:-1])
    (folder / ".hidden.gguf").write_bytes(content)
    (folder / "notes.txt").write_text("no model")
    models = ModelFolder(folder)
    cut, whole = models.read()
    assert (whole.file, whole.size, whole.name, whole.quantization, whole.architecture, whole.error) == (
        "more/whole.gguf",
        len(content),
        "Random",
        "TQ2_0",
        "bitnet",
        "",
    )
    assert cut.file == "cut.gguf"
    assert "its weights should end" in cut.error
    assert models.read()[1] is whole
    (folder / "cut.gguf").write_bytes(content)
    assert not models.read()[0].error
    assert ModelFolder(folder / "none").read() == ()
