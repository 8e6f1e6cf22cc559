"""Run the chat template of a model file, which is an untrusted program, in jinja2's sandbox with bounded output.

The environment is that of transformers' `apply_chat_template`, for which such templates are written: block trimming,
loop controls, `raise_exception`, `strftime_now`, `tojson`. The sandbox bounds `range`; this module bounds
repetition, powers, sums and the output. Not bounded are nested loops without output, padding filters, and strings
concatenated with `~`: a model file needs as much trust as any download, and is pinned by its SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inference.engine.errors import ChatTemplateError
from inference.engine.types import Message

MAX_OUTPUT: Final = 16 * 1024 * 1024  # characters
MAX_NUMBER: Final = 4096  # bits


class CompiledTemplate:
    """A compiled chat template. Raises ChatTemplateError if the source does not compile."""

    def __init__(self, source: str, bos_token: str, eos_token: str) -> None:
        self._tokens = {"bos_token": bos_token, "eos_token": eos_token}
        try:
            self._template = _ENVIRONMENT.from_string(source)
        except (jinja2.TemplateError, RecursionError) as error:
            raise ChatTemplateError(
                f"The chat template does not compile: {error}. Expected a Jinja template; set CHAT_TEMPLATE."
            ) from error

    def render(self, messages: Sequence[Message], *, add_generation_prompt: bool, now: datetime) -> str:
        """Return the text of `messages`. Raises ChatTemplateError if the template fails, or refuses them."""
        variables = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "add_generation_prompt": add_generation_prompt,
            "strftime_now": now.strftime,
            "tools": None,
            "documents": None,
        }
        pieces, length = [], 0
        try:
            for piece in self._template.generate(**variables, **self._tokens):
                pieces.append(piece)
                length += len(piece)
                if length > MAX_OUTPUT:
                    raise jinja2.TemplateRuntimeError(f"its text is longer than {MAX_OUTPUT} characters")
        except Exception as error:  # the template is a program, which can raise anything
            reason = str(error) or type(error).__name__
            raise ChatTemplateError(
                f"The chat template refused these messages: {reason}. Expected messages that alternate between user "
                "and assistant, as the model was trained; change them, or set CHAT_TEMPLATE."
            ) from error
        return "".join(pieces)


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "+"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
            if bits > MAX_NUMBER:
                raise jinja2.TemplateRuntimeError(f"a number has more than {MAX_NUMBER} bits")
        elif operator == "+" and _length(left) + _length(right) > MAX_OUTPUT:
            raise jinja2.TemplateRuntimeError("a sum of texts is too long")
        elif operator == "*" and (_length(left) or 1) * (_length(right) or 1) * _times(left, right) > MAX_OUTPUT:
            raise jinja2.TemplateRuntimeError("a text is repeated too often")
        return super().call_binop(context, operator, left, right)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _times(left: Any, right: Any) -> int:
    return max((value for value in (left, right) if isinstance(value, int)), default=1)


def _raise_exception(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None) -> str:
    # jinja2's own filter escapes <, > and & for HTML, which the model must not see.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


_ENVIRONMENT = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
_ENVIRONMENT.filters["tojson"] = _tojson
_ENVIRONMENT.globals["raise_exception"] = _raise_exception
