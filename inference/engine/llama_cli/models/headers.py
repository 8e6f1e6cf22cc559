"""What stands in the files of the models that are served, without loading them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from inference.engine.config import ServedModel
from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file
from inference.engine.gguf.shards import model_stem
from inference.engine.status import ModelInfo, ModelState

from .files import FileState, file_state


class Headers:
    """The headers of model files, read in a thread, and again only after a file has changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[FileState | None, ModelFile | ModelFileError]] = {}

    async def refresh(self, models: Iterable[ServedModel]) -> None:
        """Read the files of these models, and forget those of others."""
        await asyncio.to_thread(self._refresh, [model.path for model in models])

    def of(self, model: ServedModel) -> ModelFile | ModelFileError:
        """Return what was read of a model's file, or why it could not be read."""
        if model.path not in self._read:
            return ModelFileError(f"{Path(model.path).name} has not been read yet.")
        return self._read[model.path][1]

    def info(self, model: ServedModel, state: ModelState, failure: str = "") -> ModelInfo:
        """Return what is reported of a model that is not loaded."""
        header = self.of(model)
        if isinstance(header, ModelFileError):
            return ModelInfo(model.id, model_name(model), ModelState.FAILED, str(header), file=Path(model.path).name)
        return model_info(model, header, state, failure)

    def _refresh(self, paths: list[str]) -> None:
        read: dict[str, tuple[FileState | None, ModelFile | ModelFileError]] = {}
        for path in paths:
            state, before = file_state(Path(path)), self._read.get(path)
            # An error may be about another file of the model, which may have come.
            if before and before[0] == state and not isinstance(before[1], ModelFileError):
                read[path] = before
                continue
            try:
                read[path] = state, read_model_file(Path(path))
            except ModelFileError as error:
                read[path] = state, error
        self._read = read


def model_name(served: ServedModel, model: ModelFile | None = None) -> str:
    """Return a model's name for people."""
    return served.name or (model.name if model else "") or model_stem(Path(served.path))


def model_info(served: ServedModel, model: ModelFile, state: ModelState, failure: str = "") -> ModelInfo:
    """Return what is reported of a model."""
    return ModelInfo(
        id=served.id,
        name=model_name(served, model),
        state=state,
        failure=failure,
        description=model.description,
        file=model.path.name,
        size=model.size,
        modified=model.modified,
        architecture=model.architecture,
        parameter_count=model.parameter_count,
        quantization=model.quantization,
        context_length=model.context_length,
        vocabulary_size=model.vocabulary_size,
        fingerprint=model.fingerprint,
    )
