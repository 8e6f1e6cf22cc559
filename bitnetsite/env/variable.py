"""One environment variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Variable:
    """`default` is written as in the environment. `secret`: the value is in no error message."""

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    secret: bool = False
