"""The names by which requests ask for a model.

The native API takes ids only. Clients of other servers' protocols come with names of their own: nothing, `default`, and
the names of OpenAI's models mean the default model there, and any other name has to be an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from inference.engine import ModelInfo
from inference.engine.errors import UnknownModel

MAX_NAME_CHARS: Final = 255
DEFAULT: Final = "default"

# Many clients send the name of one of these unless their user chooses another, as in `gpt-4o-mini` and `o3`.
OPENAI_NAMES: Final = re.compile(r"(gpt|chatgpt|codex|text|davinci|babbage)-.+|o\d(-.+)?")


def is_name(name: Any) -> bool:
    """Return whether requests may name a model so; there need be no such model."""
    return isinstance(name, str) and len(name) <= MAX_NAME_CHARS and name.isprintable()


def asked_name(data: Any) -> str:
    """Return the name in the body of a request; empty if there is none, or one that the serializer refuses."""
    name = data.get("model") if isinstance(data, Mapping) else None
    return str(name).strip() if is_name(name) else ""


def meant_model(models: Iterable[ModelInfo], name: str) -> str:
    """Return the id of the model that a client of another server's protocol means; empty for the default model.

    Raise UnknownModel.
    """
    ids = [model.id for model in models]
    found = next((each for each in (name, name.removesuffix(".gguf")) if each in ids), None)
    if found is None and name and name != DEFAULT and not OPENAI_NAMES.fullmatch(name):
        raise UnknownModel(name, ids)
    return found or ""
