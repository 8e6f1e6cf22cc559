"""The served models, by the ids that clients name them with."""

from __future__ import annotations

from pathlib import PurePath

from rest_framework import status
from rest_framework.exceptions import APIException

from inference.engine import ModelInfo


class ModelNotFound(APIException):
    """No served model has the requested name. `names`: of the served models."""

    status_code = status.HTTP_404_NOT_FOUND

    def __init__(self, name: str, names: list[str]) -> None:
        super().__init__(f"The model {name} does not exist. Enter one of: {', '.join(names)}.", "model_not_found")


def model_id(model: ModelInfo) -> str:
    """Return a model's id: the name of its file without the ending."""
    return PurePath(model.file).stem


def find_model(models: tuple[ModelInfo, ...], name: str | None) -> ModelInfo:
    """Return the model that a request names. A server with one model answers with it, whatever the name.

    Raise ModelNotFound if there are several, and none has that name.
    """
    return models[0] if not name or len(models) == 1 else named_model(models, name)


def named_model(models: tuple[ModelInfo, ...], name: str) -> ModelInfo:
    """Return the model with this id, file name or name. Raise ModelNotFound."""
    for model in models:
        if name in (model_id(model), model.file, model.name):
            return model
    raise ModelNotFound(name, [model_id(model) for model in models])
