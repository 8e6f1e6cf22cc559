"""Errors of the native API: `{"detail": …, "code": …}`, and `fields` with the errors of each field."""

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
        return error_response(error)
    response = views.exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = field_errors(response.data)
        detail = " ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
        response.data = {"detail": detail, "code": "invalid", "fields": fields}
    else:
        reason = error.detail if isinstance(error, exceptions.APIException) else response.data["detail"]
        response.data = {"detail": str(reason), "code": getattr(reason, "code", "error")}
    return response


def error_body(error: EngineError | LimitReached) -> dict[str, Any]:
    """Return the JSON body for an error."""
    body: dict[str, Any] = {"detail": describe(error).message, "code": error.code}
    if isinstance(error, PromptTooLong):
        body["detail"] += " Or enter a larger context_size."
        body |= {"prompt_tokens": error.prompt_tokens, "context_size": error.context_size}
    return body


def error_response(error: EngineError | LimitReached) -> Response:
    """Return the response for an error."""
    described = describe(error)
    return Response(error_body(error), status=described.status, headers=described.headers)
