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
    assert (whole.id, whole.file, whole.size, whole.name, whole.quantization, whole.architecture, whole.error) == (
        "more/whole",
        "more/whole.gguf",
        len(content),
        "whole · TQ2_0",
        "TQ2_0",
        "bitnet",
        "",
    )
    assert (cut.id, cut.name, cut.file) == ("cut", "cut", "cut.gguf")
    assert "its weights should end" in cut.error
    assert models.read()[1] is whole
    (folder / "cut.gguf").write_bytes(content)
    assert not models.read()[0].error
    assert ModelFolder(folder / "none").read() == ()


def test_of_two_models_with_one_id_the_first_is_served(small_model: Callable[..., Path], tmp_path: Path) -> None:
    for shard in small_model(shard_tensors=20).parent.glob("*.gguf"):
        (tmp_path / shard.name.replace("model", "same")).write_bytes(shard.read_bytes())
    (tmp_path / "same.gguf").write_bytes(small_model().read_bytes())
    split, whole = ModelFolder(tmp_path).read()
    assert (split.id, split.error) == ("same", "")
    assert whole.id == "same"
    assert whole.error.startswith(f"same.gguf would have the same id as {split.file}")
