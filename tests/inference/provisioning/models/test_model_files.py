"""The list of the models folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from inference.provisioning.models.model_files import ModelFolder
from tests.gguf_files import shards_of, write_model


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


def test_a_damaged_model_is_read_again_only_after_one_of_its_files_has_changed(
    small_model: Callable[..., Path], tmp_path: Path
) -> None:
    content = small_model().read_bytes()
    (tmp_path / "cut.gguf").write_bytes(content[:-1])
    shards = shards_of(write_model(tmp_path / "split.gguf", shard_tensors=12))
    aside = shards[-1].rename(tmp_path / "aside")
    models = ModelFolder(tmp_path)
    cut, split = models.read()
    assert "its weights should end" in cut.error
    assert f"missing: {shards[-1].name}" in split.error
    assert all(now is before for now, before in zip(models.read(), (cut, split), strict=True))
    assert models.describe(tmp_path / "cut.gguf") is cut

    modified = (tmp_path / "cut.gguf").stat().st_mtime_ns
    replacement = tmp_path / "replacement"  # of the same size and time
    replacement.write_bytes(content[:-1])
    os.utime(replacement, ns=(modified, modified))
    replacement.replace(tmp_path / "cut.gguf")
    assert models.read()[0] is not cut
    aside.rename(shards[-1])
    assert models.read()[1].error == ""
