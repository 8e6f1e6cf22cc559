"""Errors of the native API: `{"detail": …, "code": …}`, and `fields` with the errors of each field."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response

from inference.api.errors import describe, respond
from inference.api.limits.policy import LimitReached
from inference.engine.errors import EngineError, PromptTooLong


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for an error; None for an unexpected one, which is logged and answered with 500."""
    return respond(error, context, error_body, _body)


def error_body(error: EngineError | LimitReached) -> dict[str, Any]:
    """Return the JSON body for an error of the engine or of a limit."""
    body: dict[str, Any] = {"detail": describe(error).message, "code": error.code}
    if isinstance(error, PromptTooLong):
        body["detail"] += " Or enter a larger context_size."
        body |= {"prompt_tokens": error.prompt_tokens, "context_size": error.context_size}
    return body


def _body(status: int, message: str, code: str, fields: dict[str, list[str]]) -> dict[str, Any]:
    return {"detail": message, "code": code} | ({"fields": fields} if fields else {})
