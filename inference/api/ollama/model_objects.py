"""Models as objects of this protocol."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from inference.engine import ModelInfo
from inference.serving.service import Limits, ServingDefaults

TAG: Final = ":latest"
FOREVER: Final = timedelta(days=36_500)  # until a model expires: it never does, but clients parse a date
UNITS: Final = ((10**9, "B", 1), (10**6, "M", 2), (10**3, "K", 0))  # with Ollama's decimals


def name_of(model: ModelInfo) -> str:
    """Return the name under which this protocol lists a model."""
    return model.id + TAG


def untagged(name: str) -> str:
    """Return a name without the tag that is meant where none is given."""
    return name.removesuffix(TAG)


def listed(model: ModelInfo) -> dict[str, Any]:
    """Return a model as in the list of `/api/tags`."""
    return _head(model) | {"modified_at": _modified(model), "capabilities": _capabilities(model)}


def _capabilities(model: ModelInfo) -> list[str]:
    return ["completion", *(["thinking"] if model.can_think else [])]


def loaded(model: ModelInfo, limits: Limits) -> dict[str, Any]:
    """Return a model as in the list of `/api/ps`. No part of it is in the memory of a GPU."""
    expires_at = (datetime.now(UTC) + FOREVER).isoformat()
    return _head(model) | {"expires_at": expires_at, "size_vram": 0, "context_length": limits.context_size}


def shown(model: ModelInfo, limits: Limits, defaults: ServingDefaults) -> dict[str, Any]:
    """Return a model as `/api/show` does. Its chat template is none of Ollama's, so that it is left empty."""
    parameters = {"num_ctx": limits.context_size, "temperature": defaults.temperature, "top_p": defaults.top_p}
    architecture = model.architecture
    return {
        "modelfile": f"FROM {model.file}\n",
        "parameters": "\n".join(f"{name:<30} {value}" for name, value in parameters.items()),
        "template": "",
        "system": defaults.system_prompt,
        "details": _details(model),
        "model_info": {
            "general.architecture": architecture,
            "general.basename": model.id,
            "general.name": model.name,
            "general.description": model.description,
            "general.parameter_count": model.parameter_count,
            f"{architecture}.context_length": model.context_length,
            f"{architecture}.vocab_size": model.vocabulary_size,
        },
        "capabilities": _capabilities(model),
        "modified_at": _modified(model),
    }


def _head(model: ModelInfo) -> dict[str, Any]:
    name = name_of(model)
    return {"name": name, "model": name, "size": model.size, "digest": _digest(model), "details": _details(model)}


def _details(model: ModelInfo) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.architecture,
        "families": [model.architecture],
        "parameter_size": _short(model.parameter_count),
        "quantization_level": model.quantization,
    }


def _digest(model: ModelInfo) -> str:
    """Return what differs as soon as the file does. Hashing all of it would take seconds."""
    return hashlib.sha256(f"{model.file}\0{model.size}\0{model.modified}".encode()).hexdigest()


def _modified(model: ModelInfo) -> str:
    return datetime.fromtimestamp(model.modified, UTC).isoformat().replace("+00:00", "Z")


def _short(count: int) -> str:
    """Return a number of parameters as Ollama writes it: `2.4B`, `5.65M`."""
    for size, unit, decimals in UNITS:
        if count >= size:
            return f"{count / size:.{0 if count % size == 0 else decimals}f}{unit}"
    return str(count)
