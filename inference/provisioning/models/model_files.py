"""Lists the models folder, for `/model_info` and the settings. No Django in here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import read_model_file
from inference.engine.gguf.shards import is_later_shard, is_shard, shards_beside

from .model_names import model_id, model_name


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A GGUF file, or several that are one model. `file`: path of the first in the folder; `size`: bytes of all.

    `id`, `name`: see `model_names`. A damaged file has only an `error` in addition; its name is its id.
    """

    id: str
    name: str
    file: str
    size: int
    architecture: str = ""
    quantization: str = ""
    error: str = ""


def model_path(folder: Path, file: str, *, elsewhere: bool = False) -> Path:
    """Return the path of a listed file. Raise ValueError if the name is not that of a file in this folder.

    `elsewhere`: on other machines; any name of a file will do.
    """
    name = PurePosixPath(file)
    path = folder / name
    hidden = any(part.startswith(".") for part in name.parts)  # includes ..
    if name.is_absolute() or hidden or name.suffix != ".gguf" or "\0" in file or not (elsewhere or path.is_file()):
        raise ValueError(f"There is no {file!r} in the models folder. Expected a GGUF file in that folder.")
    return path


# Of each file of a model: its name, inode, size, and when it and its permissions were last changed.
_State = tuple[tuple[str, int, int, int, int], ...]


class ModelFolder:
    """Lists the GGUF files of a folder, recursively.

    A model is read again only after one of its files has changed, appeared or gone. That holds for a damaged one too:
    whoever lists the folder every few seconds would otherwise read it each time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[Path, tuple[_State, ListedModel]] = {}

    async def list(self) -> tuple[ListedModel, ...]:
        """Return the models, sorted by path. Reads in a thread."""
        return await asyncio.to_thread(self.read)

    def read(self) -> tuple[ListedModel, ...]:
        """Return the models, sorted by path. Blocking."""
        found = []
        for path in sorted(self.folder.rglob("*.gguf")):
            file = path.relative_to(self.folder)
            if any(part.startswith(".") for part in file.parts) or is_later_shard(path):
                continue
            if path.exists():  # not deleted concurrently, and no broken link
                found.append(path)
        models = [self.describe(path) for path in found]
        known = list(self._known.items())  # several threads list it
        self._known = {path: each for path, each in known if path in found or not self._has(path)}
        return tuple(_with_distinct_ids(models))

    def describe(self, path: Path) -> ListedModel:
        """Return what there is to say of a model file, in this folder or elsewhere. Blocking."""
        state, before = _state(path), self._known.get(path)
        if before and before[0] == state:
            return before[1]
        model = self._read_model(path)
        self._known[path] = state, model
        return model

    def _has(self, path: Path) -> bool:
        return path.is_relative_to(self.folder)

    def _read_model(self, path: Path) -> ListedModel:
        file = str(path.relative_to(self.folder)) if self._has(path) else str(path)
        identifier = model_id(path, self.folder)
        try:
            model = read_model_file(path)
        except ModelFileError as error:
            size = path.stat().st_size if path.is_file() else 0
            return ListedModel(identifier, identifier, file, size, error=str(error))
        name = model_name(model, self.folder)
        return ListedModel(identifier, name, file, model.size, model.architecture, model.quantization)


def _state(first: Path) -> _State:
    """Return the state of a model's files, given the first; without those that are not there."""
    found = []
    for file in shards_beside(first) if is_shard(first) else [first]:
        try:
            status = file.stat()
        except OSError:  # deleted concurrently, or a broken link
            continue
        found.append((file.name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return tuple(found)


def _with_distinct_ids(models: Iterable[ListedModel]) -> Iterator[ListedModel]:
    """Yield the models. One whose id another has already (`big.gguf`, `big-00001-of-00002.gguf`) has an error."""
    files: dict[str, str] = {}
    for model in models:
        other = files.setdefault(model.id, model.file)
        yield (
            model
            if other == model.file
            else replace(
                model, error=f"{model.file} would have the same id as {other}: {model.id}. Rename one of the files."
            )
        )
