"""What the OpenAPI schema says of the answers; requests are described by `serializers.py`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers

from .serializers import GenerateSerializer


class StrictFloatSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "inference.serializers.StrictFloat"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        low = "exclusiveMinimum" if self.target.above else "minimum"
        bounds = {"minimum": self.target.low, "maximum": self.target.high}
        return {"type": "number", "format": "double", **bounds} | ({low: True} if self.target.above else {})


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
    status = serializers.ChoiceField(["ok", "loading", "downloading", "degraded", "failed", "draining"])
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

describe_generate = extend_schema(
    operation_id="generate",
    summary="An answer, whole or as a stream of events",
    description="Send a `prompt`, or the turns of a conversation as `messages`: the next turn then costs only its own "
    "tokens, as long as the server still holds the conversation. Unknown fields are refused by name, and nothing is "
    "coerced. A client that goes away cancels its answer.",
    tags=["Answers"],
    request=GenerateSerializer,
    responses={
        (200, "application/json"): AnswerSerializer,
        (200, "text/event-stream"): OpenApiResponse(
            OpenApiTypes.STR, description="With stream: events `queued`, `text`, then `done` or `error`."
        ),
        400: error("The request is not valid, or its prompt does not fit."),
        413: error("The body is too large."),
        415: error("The body is not JSON."),
        502: error("The engine died over this request."),
        503: error("No place became free, the queue is full, or the engine is not ready. See Retry-After."),
        504: error("The engine was silent for too long."),
    },
    examples=[
        OpenApiExample("A question", QUESTION, request_only=True),
        OpenApiExample("A conversation", CONVERSATION, request_only=True),
        OpenApiExample("A field at fault", INVALID, response_only=True, status_codes=[400]),
        OpenApiExample("A prompt that does not fit", TOO_LONG, response_only=True, status_codes=[400]),
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
    responses={200: OpenApiTypes.OBJECT, 503: error("The engine is not ready.")},
)
