"""Every error as `{"detail": …, "code": …}` with its status; those of fields also by field."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

from rest_framework import exceptions, status, views
from rest_framework.response import Response

from inference.engine import errors as engine

STATUS = {
    engine.PromptTooLong: status.HTTP_400_BAD_REQUEST,
    engine.ContextTooLarge: status.HTTP_400_BAD_REQUEST,
    engine.NoSuchProcess: status.HTTP_404_NOT_FOUND,
    engine.ChatTemplateError: status.HTTP_400_BAD_REQUEST,
    engine.OwnerBusy: status.HTTP_429_TOO_MANY_REQUESTS,  # before its parent
    engine.EngineBusy: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.EngineStopping: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.EngineUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.LaunchError: status.HTTP_503_SERVICE_UNAVAILABLE,
    engine.EngineCrashed: status.HTTP_502_BAD_GATEWAY,
    engine.EngineTimeout: status.HTTP_504_GATEWAY_TIMEOUT,
}


RETRY_AFTER = 5.0  # seconds until a server that starts or stops is worth another try
LONGEST_NAME, LONGEST_MESSAGE, MOST_FIELDS = 100, 300, 20  # told of errors, which quote what came; characters, fields


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook; None leaves an error that nobody expected to the server's log and a 500."""
    if isinstance(error, engine.EngineError):
        return engine_error_response(error)
    response = views.exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = told_fields(response.data)
        told = " ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
        response.data = {"detail": told, "code": "invalid", "fields": fields}
    else:
        detail = error.detail if isinstance(error, exceptions.APIException) else response.data["detail"]
        response.data = {"detail": str(detail), "code": getattr(detail, "code", "error")}
    return response


def engine_error_body(error: engine.EngineError) -> dict[str, Any]:
    """What is told of an error of the engine."""
    body: dict[str, Any] = {"detail": str(error), "code": error.code}
    if isinstance(error, engine.PromptTooLong):
        body |= {"prompt_tokens": error.prompt_tokens, "context_size": error.context_size}
    return body


def engine_error_response(error: engine.EngineError) -> Response:
    """The response of an error of the engine; `Retry-After` where waiting helps."""
    code = next(
        (code for kind, code in STATUS.items() if isinstance(error, kind)), status.HTTP_500_INTERNAL_SERVER_ERROR
    )
    response = Response(engine_error_body(error), status=code)
    if code in (status.HTTP_429_TOO_MANY_REQUESTS, status.HTTP_503_SERVICE_UNAVAILABLE):
        seconds = error.retry_after if isinstance(error, engine.EngineBusy) else RETRY_AFTER
        response["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def told_fields(data: Any) -> dict[str, list[str]]:
    """DRF's field errors, flat: `{"messages.0.role": ["…"]}`. Bounded, and printable, for they quote what came."""
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
            flat[printable(name, LONGEST_NAME)] = [printable(str(inner), LONGEST_MESSAGE) for inner in messages]

    walk("", data)
    return dict(islice(flat.items(), MOST_FIELDS))


def printable(text: str, longest: int) -> str:
    """At most `longest` characters of a text that may quote anything, lone surrogates too, which UTF-8 cannot say."""
    shown = text if len(text) <= longest else f"{text[:longest]}…"
    return shown.encode("utf-8", "backslashreplace").decode()
