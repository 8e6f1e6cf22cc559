"""Errors shared by all protocols: the status, code and headers of each. Every protocol has a body of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from rest_framework import exceptions, status, views
from rest_framework.response import Response

from bitnetsite.http.error_bodies import MAX_DETAIL_CHARS, printable
from inference.engine import errors as engine

from .limits.policy import LimitReached

# The first class that an error is an instance of decides, so subclasses come before their bases.
STATUS: Final[dict[type[Exception], int]] = {
    engine.PromptTooLong: status.HTTP_400_BAD_REQUEST,
    engine.GrammarError: status.HTTP_400_BAD_REQUEST,
    engine.UnsupportedSchema: status.HTTP_400_BAD_REQUEST,
    engine.ContextTooLarge: status.HTTP_400_BAD_REQUEST,
    engine.NoSuchWorker: status.HTTP_404_NOT_FOUND,
    engine.UnknownModel: status.HTTP_404_NOT_FOUND,
    engine.ModelLoadError: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.PromptRefused: status.HTTP_400_BAD_REQUEST,
    engine.ChatTemplateError: status.HTTP_501_NOT_IMPLEMENTED,  # the model cannot do this, whatever the caller sends
    engine.CallerBusy: status.HTTP_429_TOO_MANY_REQUESTS,
    engine.EngineBusy: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.EngineStopping: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.EngineUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.LaunchError: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.EngineCrashed: status.HTTP_502_BAD_GATEWAY,
    engine.EngineTimeout: status.HTTP_504_GATEWAY_TIMEOUT,
    LimitReached: status.HTTP_429_TOO_MANY_REQUESTS,
}

RETRY_AFTER: Final = 5.0  # seconds, while the server starts or stops
MAX_NAME_CHARS, MAX_MESSAGE_CHARS, MAX_FIELDS = 100, 300, 20  # of field errors, which quote the request


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """What all protocols send for an error, each in a body of its own. `message` names nothing of this machine."""

    status: int
    code: str
    message: str
    headers: dict[str, str]


def describe(error: engine.EngineError | LimitReached) -> ErrorResponse:
    """Return what to send for an error, with `Retry-After` where a later attempt may succeed."""
    code = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    headers = {}
    if code in (status.HTTP_429_TOO_MANY_REQUESTS, status.HTTP_503_SERVICE_UNAVAILABLE):
        seconds = error.retry_after if isinstance(error, engine.EngineBusy | LimitReached) else RETRY_AFTER
        headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    message = error.public if isinstance(error, engine.EngineError) else str(error)
    return ErrorResponse(code, error.code, message, headers)


def respond(
    error: Exception,
    context: dict[str, Any],
    engine_error_body: Callable[[engine.EngineError | LimitReached], dict[str, Any]],
    body: Callable[[int, str, str, dict[str, list[str]]], dict[str, Any]],
) -> Response | None:
    """Return the response for an error in a view; None for an unexpected one, which is logged and answered with 500.

    `context`: as REST framework passes it to a handler. `body` gets status, message, code, and the errors of fields.
    """
    if isinstance(error, engine.EngineError | LimitReached):
        described = describe(error)
        return Response(engine_error_body(error), status=described.status, headers=described.headers)
    response = views.exception_handler(error, context)
    if response is None:
        return None
    fields: dict[str, list[str]] = {}
    if isinstance(error, exceptions.ValidationError):
        fields = field_errors(response.data)
        message, code = " ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items()), "invalid"
    else:
        reason = error.detail if isinstance(error, exceptions.APIException) else response.data["detail"]
        message, code = printable(str(reason), MAX_DETAIL_CHARS), getattr(reason, "code", "error")
    response.data = body(response.status_code, message, code, fields)
    return response


def field_errors(data: Any) -> dict[str, list[str]]:
    """Return DRF's field errors as a flat dict, `{"messages.0.role": ["…"]}`.

    Number and length of the errors are limited, and they are printable, because they quote the request.
    """
    flat: dict[str, list[str]] = {}

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(name if key == "non_field_errors" and name else f"{name}.{key}".lstrip("."), inner)
        elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
            for at, inner in enumerate(value):
                walk(f"{name}.{at}", inner)
        else:
            messages = value if isinstance(value, list) else [value]
            flat[printable(name, MAX_NAME_CHARS)] = [printable(str(inner), MAX_MESSAGE_CHARS) for inner in messages]

    walk("", data)
    return dict(islice(flat.items(), MAX_FIELDS))
