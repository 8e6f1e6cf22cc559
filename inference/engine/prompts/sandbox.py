"""Run the chat template of a model file, which is an untrusted program, in jinja2's sandbox.

The environment is that of transformers' `apply_chat_template`, for which such templates are written: block trimming,
loop controls, `{% generation %}`, `raise_exception`, `strftime_now`, `tojson`. The sandbox keeps a template from
reaching Python's internals. Time and memory are bounded by the process that this runs in, see `renderer.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

import jinja2
from jinja2.ext import Extension
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.types import Message

MAX_OUTPUT: Final = 16 * 1024 * 1024  # characters
THINKING_SWITCHES: Final = ("enable_thinking", "thinking")  # variables: of Qwen3, GLM and SmolLM3, and of DeepSeek-V3.1


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a template expects of its variables. `parts`: contents are lists of parts, such as `{"type": "text"}`.

    `lists`: `tools` and `documents` are empty lists where there are none, instead of None. `think`: whether it is to
    have the model think; None leaves that to it.
    """

    parts: bool = False
    lists: bool = False
    think: bool | None = None


class CompiledTemplate:
    """A compiled chat template. Raises ChatTemplateError if the source does not compile.

    `origin`: names the template in errors, such as "The chat template of model.gguf".
    """

    def __init__(self, source: str, origin: str, bos_token: str, eos_token: str) -> None:
        self._origin = origin
        self._tokens = {"bos_token": bos_token, "eos_token": eos_token}
        try:
            self._template = _ENVIRONMENT.from_string(source)
        except (jinja2.TemplateError, RecursionError) as error:
            raise ChatTemplateError(
                f"{origin} does not compile: {error}. Expected a Jinja template; set CHAT_TEMPLATE to one."
            ) from error

    def render(
        self, messages: Sequence[Message], conventions: Conventions, *, add_generation_prompt: bool, now: datetime
    ) -> str:
        """Return the text of `messages`.

        Raises PromptRefused if the template refuses them with `raise_exception`, and ChatTemplateError if it fails.
        """
        absent: list[Any] | None = [] if conventions.lists else None
        variables = {
            "messages": [_message(message, conventions) for message in messages],
            "add_generation_prompt": add_generation_prompt,
            "strftime_now": now.strftime,
            "tools": absent,
            "documents": absent,
        }
        if conventions.think is not None:
            variables |= dict.fromkeys(THINKING_SWITCHES, conventions.think)
        pieces, length = [], 0
        try:
            for piece in self._template.generate(**variables, **self._tokens):
                pieces.append(piece)
                length += len(piece)
                if length > MAX_OUTPUT:
                    raise jinja2.TemplateRuntimeError(f"its text is longer than {MAX_OUTPUT} characters")
        except _RefusalError as refusal:
            raise PromptRefused(
                f"{self._origin} refuses these messages: {refusal}. Expected messages as the model was trained with, "
                "usually a user's and an assistant's in turn; change them, or set CHAT_TEMPLATE."
            ) from refusal
        except MemoryError:
            raise  # not for the caller: the process is out of order
        except Exception as error:  # the template is a program, which can raise anything
            raise ChatTemplateError(
                f"{self._origin} fails: {type(error).__name__}: {error}. Expected a template that renders these "
                "messages; set CHAT_TEMPLATE to one, or use completions, without a conversation."
            ) from error
        return "".join(pieces)


def _message(message: Message, conventions: Conventions) -> dict[str, Any]:
    content: Any = [{"type": "text", "text": message.content}] if conventions.parts else message.content
    reasoning = {"reasoning_content": message.reasoning} if message.reasoning else {}
    return {"role": message.role, "content": content} | reasoning


class _RefusalError(jinja2.TemplateError):
    """Raised by the template itself."""


class _Generation(Extension):
    """`{% generation %}…{% endgeneration %}`, which marks answers for training. Here it renders its content."""

    tags = {"generation"}  # noqa: RUF012  # jinja2 declares it so

    def parse(self, parser: Parser) -> list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _raise_exception(message: str) -> NoReturn:
    raise _RefusalError(message)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    # jinja2's own filter escapes <, > and & for HTML, which the model must not see.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
)
_ENVIRONMENT.filters["tojson"] = _tojson
_ENVIRONMENT.globals["raise_exception"] = _raise_exception
