"""Errors in the shape of Ollama's API: `{"error": message}`."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response

from inference.api.errors import describe, respond
from inference.api.limits.policy import LimitReached
from inference.engine.errors import EngineError, PromptTooLong


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for an error; None for an unexpected one, which is logged and answered with 500."""
    return respond(error, context, engine_error_body, error_body)


def error_body(status_code: int, message: str, code: str, fields: Any = None) -> dict[str, Any]:
    """Return the body of an error. The protocol has neither a status nor a code in it, and names no fields."""
    return {"error": message}


def engine_error_body(error: EngineError | LimitReached) -> dict[str, Any]:
    """Return the body of an error of the engine or of a limit; also the last line of a stream."""
    advice = " Or enter a larger num_ctx in the options." if isinstance(error, PromptTooLong) else ""
    return {"error": describe(error).message + advice}
