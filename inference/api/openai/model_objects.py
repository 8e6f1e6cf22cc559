"""Models as objects of this protocol."""

from __future__ import annotations

from typing import Any

from inference.engine import ModelInfo


def model_object(model: ModelInfo) -> dict[str, Any]:
    """Return a model. `created`: when its file was written, in seconds since 1970."""
    return {"id": model.id, "object": "model", "created": model.modified, "owned_by": "local"}
