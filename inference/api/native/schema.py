"""What the OpenAPI schema says of the answers; requests are described by `serializers.py`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from inference.serving.supervisor import STATUSES

from .serializers import GenerateSerializer


class StrictFloatSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "inference.api.native.serializers.StrictFloat"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        low = "exclusiveMinimum" if self.target.above else "minimum"
        bounds = {"minimum": self.target.low, "maximum": self.target.high}
        return {"type": "number", "format": "double", **bounds} | ({low: True} if self.target.above else {})


class KeySchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """One key, in either of two headers; and nothing at all, where the server does not ask for one."""

    target_class = "inference.api.authentication.KeyAuthentication"
    name = ["bearer", "header"]  # noqa: RUF012 – drf-spectacular's way

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key, made at /accounts/keys."},
            {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same, in another header."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        closed = settings.REQUIRE_LOGIN or settings.REQUIRE_API_KEY
        return [{"bearer": []}, {"header": []}, *([] if closed else [{}])]


class SessionSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "inference.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        told = "Of a browser that has signed in; with the CSRF token in the header X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": told}


class TimingsSerializer(serializers.Serializer[Any]):
    """Seconds."""

    queue = serializers.FloatField(help_text="Until a place was free.")
    prompt = serializers.FloatField(help_text="Launch, where one was needed, and evaluation of the prompt.")
    first_token = serializers.FloatField(help_text="From the evaluated prompt to the first token.")
    decode = serializers.FloatField(help_text="From the first token to the end.")


class AnswerSerializer(serializers.Serializer[Any]):
    generated_text = serializers.CharField()
    tokens_generated = serializers.IntegerField(help_text="Tokens sampled, without the one that ends the answer.")
    tokens_processed = serializers.IntegerField(help_text="Tokens in the context before the first sampled one.")
    finish_reason = serializers.ChoiceField(["stop", "length"], required=False, help_text="With details.")
    seed = serializers.IntegerField(required=False, help_text="With details: gives the answer again.")
    model = serializers.CharField(required=False, help_text="With details.")
    threads = serializers.IntegerField(required=False, help_text="With details.")
    reused_tokens = serializers.IntegerField(required=False, help_text="With details: of the prompt, held already.")
    timings = TimingsSerializer(required=False, help_text="With details.")


class ErrorSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="What was wrong, what was expected, what to do.")
    code = serializers.CharField(help_text="The same, for programs.")
    fields = serializers.DictField(  # type: ignore[assignment]  # the API's name, which DRF has for something else
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="By field."
    )
    prompt_tokens = serializers.IntegerField(required=False, help_text="Of a prompt that does not fit.")
    context_size = serializers.IntegerField(required=False, help_text="What it had to fit into.")


class ProgressSerializer(serializers.Serializer[Any]):
    bytes = serializers.IntegerField(help_text="Received.")
    total_bytes = serializers.IntegerField(allow_null=True, help_text="In all; null until the hub has told it.")


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    detail = serializers.CharField(help_text="What a person can do about it.")
    progress = ProgressSerializer(required=False, help_text="Of a download.")


def error(description: str) -> OpenApiResponse:
    return OpenApiResponse(ErrorSerializer, description=description)


QUESTION = {"prompt": "What is machine learning?", "temperature": 0}
ANSWER = {
    "generated_text": "Machine learning is a way to make computers learn patterns from examples instead of following "
    "hand-written rules.",
    "tokens_generated": 19,
    "tokens_processed": 35,
}
CONVERSATION = {
    "messages": [
        {"role": "user", "content": "My name is Ada."},
        {"role": "assistant", "content": "Nice to meet you, Ada!"},
        {"role": "user", "content": "What is my name?"},
    ],
    "max_tokens": 32,
    "details": True,
}

INVALID = {
    "detail": "temperature: Must be from 0 to 2.",
    "code": "invalid",
    "fields": {"temperature": ["Must be from 0 to 2."]},
}
TOO_LONG = {
    "detail": "The prompt has 3030 tokens, but the context holds 2048 and at least one must be left for the answer. "
    "Shorten the prompt, or ask for a larger context_size.",
    "code": "prompt_too_long",
    "prompt_tokens": 3030,
    "context_size": 2048,
}

RATE_LIMITED = {
    "detail": "One caller may send 10 requests a minute, and this is one more. Try again in 42 seconds.",
    "code": "rate_limit",
}
NO_KEY = {
    "detail": "This server's API asks for a key: make one at /accounts/keys, and send it in the header Authorization, "
    "as in `Authorization: Bearer bnk_…`, or in X-API-Key.",
    "code": "key_required",
}
UNAUTHENTICATED = error("The API key is not good, or one is needed and none was sent.")


def told_in(name: str, description: str, *statuses: int) -> OpenApiParameter:
    """A header of the answers."""
    return OpenApiParameter(name, int, OpenApiParameter.HEADER, description=description, response=list(statuses))


describe_generate = extend_schema(
    operation_id="generate",
    summary="An answer, whole or as a stream of events",
    description="Send a `prompt`, or the turns of a conversation as `messages`: the next turn then costs only its own "
    "tokens, as long as the server still holds the conversation. Unknown fields are refused by name, and nothing is "
    "coerced. A client that goes away cancels its answer.",
    tags=["Answers"],
    request=GenerateSerializer,
    parameters=[
        told_in("Retry-After", "Seconds after which another try is worth it.", 429, 503),
        told_in("RateLimit-Limit", "Where a limit is set: what may be asked for in its window.", 200, 429),
        told_in("RateLimit-Remaining", "What is left of it.", 200, 429),
        told_in("RateLimit-Reset", "Seconds until the window begins anew.", 200, 429),
    ],
    responses={
        (200, "application/json"): AnswerSerializer,
        (200, "text/event-stream"): OpenApiResponse(
            OpenApiTypes.STR, description="With stream: events `queued`, `text`, then `done` or `error`."
        ),
        400: error("The request is not valid, or its prompt does not fit."),
        401: UNAUTHENTICATED,
        413: error("The body is too large."),
        415: error("The body is not JSON."),
        429: error("The caller has reached a limit. See Retry-After."),
        502: error("The engine died over this request."),
        503: error("No place became free, the queue is full, or the engine is not ready. See Retry-After."),
        504: error("The engine was silent for too long."),
    },
    examples=[
        OpenApiExample("A question", QUESTION, request_only=True),
        OpenApiExample("A conversation", CONVERSATION, request_only=True),
        OpenApiExample("A field at fault", INVALID, response_only=True, status_codes=[400]),
        OpenApiExample("A prompt that does not fit", TOO_LONG, response_only=True, status_codes=[400]),
        OpenApiExample("No key", NO_KEY, response_only=True, status_codes=[401]),
        OpenApiExample("A limit", RATE_LIMITED, response_only=True, status_codes=[429]),
        OpenApiExample("An answer", ANSWER, response_only=True, media_type="application/json", status_codes=[200]),
    ],
)
describe_health = extend_schema(
    operation_id="health",
    summary="Whether answers can be had now",
    tags=["Server"],
    responses={200: HealthSerializer, 503: HealthSerializer},
)
describe_live = extend_schema(
    operation_id="live", summary="Whether the server runs", tags=["Server"], responses={200: HealthSerializer}
)
describe_model_info = extend_schema(
    operation_id="model_info",
    summary="The model, the settings, the processes",
    tags=["Server"],
    responses={200: OpenApiTypes.OBJECT, 401: UNAUTHENTICATED, 503: error("The engine is not ready.")},
)
