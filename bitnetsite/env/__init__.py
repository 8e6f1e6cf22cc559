"""The only reader of the environment: `env("NAME")` returns the value of a variable of the table in `variables.py`."""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from . import parsers
from .parsers import BASE_DIR
from .variables import VARIABLES, Variable

__all__ = ["BASE_DIR", "VARIABLES", "Variable", "env"]

_environ = environ.Env()


def env(name: str) -> Any:
    """Return the value of a variable of the table. Raise ImproperlyConfigured if it is invalid."""
    variable = VARIABLES[name]
    value = _environ.str(name, default="") or variable.default
    try:
        if not parsers.is_unicode(value):
            raise ValueError("expected text in UTF-8")
        return variable.parse(value)
    except ValueError as error:
        shown = "" if variable.secret else f"={value!r}"
        raise ImproperlyConfigured(f"{name}{shown}: {error}. {variable.help}") from error
