"""Errors in the shape of OpenAI's API: `{"error": {"message", "type", "param", "code"}}`."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import exceptions, status, views
from rest_framework.response import Response

from inference.api.errors import describe, field_errors
from inference.api.limits.policy import LimitReached
from inference.engine.errors import EngineError, PromptTooLong, UnknownModel

TYPES: Final = {
    status.HTTP_401_UNAUTHORIZED: "authentication_error",
    status.HTTP_403_FORBIDDEN: "permission_error",
    status.HTTP_429_TOO_MANY_REQUESTS: "rate_limit_error",
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for an error; None for an unexpected one, which is logged and answered with 500."""
    if isinstance(error, EngineError | LimitReached):
        described = describe(error)
        body = engine_error_body(error)
        if isinstance(error, PromptTooLong):
            body["error"]["param"] = context["view"].prompt_field
        return Response(body, status=described.status, headers=described.headers)
    response = views.exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = field_errors(response.data)
        message = " ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
        response.data = error_body(response.status_code, message, "invalid", param=next(iter(fields), None))
    else:
        reason = error.detail if isinstance(error, exceptions.APIException) else response.data["detail"]
        response.data = error_body(response.status_code, str(reason), getattr(reason, "code", "error"))
    return response


def error_body(status_code: int, message: str, code: str, *, param: str | None = None) -> dict[str, Any]:
    """Return the body of an error."""
    kind = TYPES.get(status_code, "server_error" if status_code >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def engine_error_body(error: EngineError | LimitReached) -> dict[str, Any]:
    """Return the body of an error of the engine or of a limit; also an event of a stream."""
    described = describe(error)
    body = error_body(described.status, described.message, described.code)
    if isinstance(error, PromptTooLong):  # the code that clients look for, and llama.cpp's names of the counts
        counts = {"n_prompt_tokens": error.prompt_tokens, "n_ctx": error.context_size}
        body["error"] |= {"code": "context_length_exceeded"} | counts
    if isinstance(error, UnknownModel):
        body["error"]["param"] = "model"
    return body
