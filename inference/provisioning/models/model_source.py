"""A model file on the Hugging Face Hub, the progress of its download, and the errors. No Django in here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inference.engine.gguf.shards import is_shard

from .catalogue import CatalogueEntry, entry_of


class ModelDownloadError(Exception):
    """The model cannot be downloaded. The message says what was wrong, what was expected and what to do."""


class HubUnreachable(ModelDownloadError):
    """The hub does not respond, or is unavailable at the moment."""


class WrongModel(ModelDownloadError):
    """The file differs from the announced one, or is no model. An immediate retry would give the same result."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """`bytes` of `total_bytes` have arrived. The total is None until it is known."""

    file: str
    bytes: int
    total_bytes: int | None


Report = Callable[[DownloadProgress], None]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A GGUF file of a repository. `file` may be in a folder of it, and is empty until it is chosen.

    `endpoint`: the hub's URL. `name`: of the file in the models folder, if it is not to be chosen here.
    """

    repo: str
    file: str
    endpoint: str
    name: str = ""

    @property
    def page(self) -> str:
        return f"{self.endpoint}/{self.repo}"

    @property
    def entry(self) -> CatalogueEntry | None:
        """Return the catalogue's entry of this file; None if it has none."""
        return entry_of(self.repo, self.file)

    @property
    def asked_as(self) -> str:
        """Return what a user enters for this file: the catalogue's name, or `hf:OWNER/NAME/FILE`."""
        return self.entry.name if self.entry else f"hf:{self.repo}/{self.file}"

    @property
    def saved_as(self) -> str:
        """Return the name of the file in the models folder: of the catalogue's entry, or as it was published."""
        if self.name:
            return self.name
        return f"{self.entry.name}.gguf" if self.entry else PurePosixPath(self.file).name

    def destination(self, folder: Path) -> Path:
        """Return the file's path, directly in `folder`. Raise ModelDownloadError for an unsafe name."""
        path = PurePosixPath(self.file)
        unsafe = any(part.startswith(".") for part in path.parts) or any(ord(each) < 32 for each in self.file)
        if path.is_absolute() or unsafe or "\\" in self.file or path.suffix != ".gguf":
            raise ModelDownloadError(
                f"{self.file!r} cannot be downloaded. Expected the name of a GGUF file as shown by the repository, "
                "such as ggml-model-i2_s.gguf; check MODEL_FILE."
            )
        if is_shard(Path(self.file)):
            raise ModelDownloadError(
                f"{self.file} is a part of a model in several files, which fetch_model does not download. Download all "
                f"its parts from {self.page}/tree/main and put them into {folder} under their published names."
            )
        return folder / self.saved_as

    def manual_steps(self, folder: Path) -> str:
        """Return how to get the file without this program."""
        if not self.file:
            return f"download a GGUF file on another machine, from {self.page}/tree/main, and put it into {folder}."
        return (
            f"download {self.file} on another machine, from {self.page}/resolve/main/{self.file}, put it into {folder} "
            f"as {self.saved_as} and set MODEL_PATH to {folder / self.saved_as}."
        )
