"""The files that an engine is loaded from: whether they are still the same, and how they were replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from inference.engine.errors import EngineUnavailable

LOADING: Final = "A file of the engine was replaced, and is being loaded. Send the request again."


class FileState(NamedTuple):
    """Identifies the content of a file without reading it, which would take seconds."""

    device: int
    inode: int
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class EngineFiles:
    """Paths, and the state of the file at each when this was read; None if there was none.

    A file can be replaced in two ways. Another file gets its name: processes keep the file that they have opened. Or
    its content is overwritten: then the weights of running processes change too, because they are mapped from the file.
    """

    paths: tuple[Path, ...]
    states: tuple[FileState | None, ...]

    @classmethod
    def read(cls, binary: Path, model: Path, arguments: Sequence[str] = ()) -> EngineFiles:
        """Return the state of a binary, a model, and the files that are named in arguments, such as adapters."""
        paths = (binary, model, *(path for path in map(Path, arguments) if file_state(path)))
        return cls(paths, tuple(map(file_state, paths)))

    def now(self) -> EngineFiles:
        """Return the present state of the same paths."""
        return EngineFiles(self.paths, tuple(map(file_state, self.paths)))

    def replaced(self) -> list[str]:
        """Return the names of the files that are not the same any more."""
        return [path.name for path, before, now in self._pairs() if now != before]

    def overwritten(self) -> bool:
        """Return whether the content of a file has changed, so that the processes that use it are of no use."""
        return any(before and now and before[:2] == now[:2] and before != now for _, before, now in self._pairs())

    def _pairs(self) -> list[tuple[Path, FileState | None, FileState | None]]:
        return [(path, before, file_state(path)) for path, before in zip(self.paths, self.states, strict=True)]


def replacement_error(names: Sequence[str], reason: str = "") -> EngineUnavailable:
    """Return the error of requests that cannot be answered because files were replaced. `reason`: of a refusal."""
    which = " and ".join(names)
    if reason:
        return EngineUnavailable(f"{which} was replaced on disk and cannot be used: {reason}")
    message = f"{which} was replaced on disk, and is being loaded. Send the request again."
    return EngineUnavailable(message, public=message)


def file_state(path: Path) -> FileState | None:
    """Return the state of a file; None if there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # no such file; an argument that is no path
        return None
    return FileState(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
