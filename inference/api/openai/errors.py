"""Errors in the shape of OpenAI's API: `{"error": {"message", "type", "param", "code"}}`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from rest_framework import status
from rest_framework.response import Response

from inference.api.errors import describe, respond
from inference.api.limits.policy import LimitReached
from inference.engine.errors import EngineError, PromptTooLong, UnknownModel

TYPES: Final = {
    status.HTTP_401_UNAUTHORIZED: "authentication_error",
    status.HTTP_403_FORBIDDEN: "permission_error",
    status.HTTP_429_TOO_MANY_REQUESTS: "rate_limit_error",
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for an error; None for an unexpected one, which is logged and answered with 500."""
    return respond(error, context, partial(engine_error_body, prompt_field=context["view"].prompt_field), _body)


def error_body(status_code: int, message: str, code: str, *, param: str | None = None) -> dict[str, Any]:
    """Return the body of an error."""
    kind = TYPES.get(status_code, "server_error" if status_code >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def engine_error_body(error: EngineError | LimitReached, prompt_field: str | None = None) -> dict[str, Any]:
    """Return the body of an error of the engine or of a limit; also an event of a stream.

    `prompt_field`: the field that an error names if the prompt is too long.
    """
    described = describe(error)
    message = " ".join([described.message, *getattr(error, "__notes__", ())])
    body = error_body(described.status, message, described.code)
    if isinstance(error, PromptTooLong):  # the code that clients look for, and llama.cpp's names of the counts
        counts = {"n_prompt_tokens": error.prompt_tokens, "n_ctx": error.context_size}
        body["error"] |= {"code": "context_length_exceeded", "param": prompt_field} | counts
    if isinstance(error, UnknownModel):
        body["error"]["param"] = "model"
    return body


def _body(status_code: int, message: str, code: str, fields: dict[str, list[str]]) -> dict[str, Any]:
    return error_body(status_code, message, code, param=next(iter(fields), None))
