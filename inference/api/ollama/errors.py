"""Errors in the shape of Ollama's API: `{"error": message}`."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, views
from rest_framework.response import Response

from inference.api.errors import describe, field_errors
from inference.api.limits.policy import LimitReached
from inference.engine.errors import EngineError, PromptTooLong


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for an error; None for an unexpected one, which is logged and answered with 500."""
    if isinstance(error, EngineError | LimitReached):
        described = describe(error)
        return Response(engine_error_body(error), status=described.status, headers=described.headers)
    response = views.exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = field_errors(response.data)
        message = " ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    else:
        message = str(error.detail if isinstance(error, exceptions.APIException) else response.data["detail"])
    response.data = {"error": message}
    return response


def error_body(status_code: int, message: str, code: str) -> dict[str, Any]:
    """Return the body of an error outside the views. The protocol has neither a status nor a code in it."""
    return {"error": message}


def engine_error_body(error: EngineError | LimitReached) -> dict[str, Any]:
    """Return the body of an error of the engine or of a limit; also the last line of a stream."""
    advice = " Or enter a larger num_ctx in the options." if isinstance(error, PromptTooLong) else ""
    return {"error": describe(error).message + advice}
