"""The OpenAPI description of the native API's responses. `serializers.py` describes the requests."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from inference.api.authentication import KEY_REQUIRED, KEY_REQUIRED_DETAIL
from inference.engine import ModelState
from inference.serving.supervisor import STATUSES

from .serializers import GenerateSerializer


class TimingsSerializer(serializers.Serializer[Any]):
    """Durations in seconds."""

    queue = serializers.FloatField(help_text="In the queue.")
    prompt = serializers.FloatField(help_text="Launch of a process, if one was needed, and evaluation of the prompt.")
    first_token = serializers.FloatField(help_text="From the end of prompt evaluation to the first token.")
    decode = serializers.FloatField(help_text="From the first token to the last.")


class AnswerSerializer(serializers.Serializer[Any]):
    generated_text = serializers.CharField()
    reasoning = serializers.CharField(
        required=False, help_text="What the model thought before it answered, if it did; not a part of the answer."
    )
    tokens_generated = serializers.IntegerField(help_text="Generated tokens, without the end-of-text token.")
    tokens_processed = serializers.IntegerField(
        help_text="Prompt tokens: those in the context before the first generated one."
    )
    finish_reason = serializers.ChoiceField(["stop", "length"], required=False, help_text="With details.")
    seed = serializers.IntegerField(required=False, help_text="With details: reproduces the answer.")
    model = serializers.CharField(required=False, help_text="With details: id of the model that answered.")
    model_name = serializers.CharField(required=False, help_text="With details: its name for people.")
    threads = serializers.IntegerField(required=False, help_text="With details.")
    reused_tokens = serializers.IntegerField(
        required=False, help_text="With details: prompt tokens that were already cached."
    )
    reasoning_tokens = serializers.IntegerField(
        required=False, help_text="With details: generated tokens of the thought, its tags included."
    )
    timings = TimingsSerializer(required=False, help_text="With details.")


class TokenizeAnswerSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField(help_text="Tokens of the prompt, chat template included.")
    context_size = serializers.IntegerField(help_text="Tokens of prompt and answer together that the request allows.")
    fits = serializers.BooleanField(help_text="Whether the prompt leaves room for an answer.")


class ErrorSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="What was wrong, what was expected, and what to do.")
    code = serializers.CharField(help_text="A stable identifier for programs.")
    fields = serializers.DictField(  # type: ignore[assignment]  # the name in the API; DRF has another use for it
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="Errors by field."
    )
    prompt_tokens = serializers.IntegerField(required=False, help_text="Tokens of a prompt that is too long.")
    context_size = serializers.IntegerField(required=False, help_text="The context size that it exceeds.")


class ProgressSerializer(serializers.Serializer[Any]):
    bytes = serializers.IntegerField(help_text="Downloaded so far.")
    total_bytes = serializers.IntegerField(allow_null=True, help_text="Size of the file; null until it is known.")


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    detail = serializers.CharField(help_text="A description for people, with what to do.")
    progress = ProgressSerializer(required=False, help_text="Progress of a model download.")


class ServedModelSerializer(serializers.Serializer[Any]):
    """A model that requests may ask for. What stands in its file is empty or 0 if it cannot be read."""

    id = serializers.CharField(help_text="What requests name it by.")
    name = serializers.CharField(help_text="For people.")
    state = serializers.ChoiceField(
        list(ModelState), help_text="`available` models are loaded when a request asks for them."
    )
    failure = serializers.CharField(help_text="That it could not be loaded, if it could not.")
    description = serializers.CharField()
    file = serializers.CharField(help_text="Name, without folders.")
    size = serializers.IntegerField(help_text="Bytes.")
    modified = serializers.IntegerField(help_text="When the file was last written, in seconds since 1970.")
    architecture = serializers.CharField()
    parameter_count = serializers.IntegerField()
    quantization = serializers.CharField(help_text="The tensor type of most weights, such as TQ2_0 or I2_S.")
    context_length = serializers.IntegerField(help_text="Tokens that it was trained with.")
    vocabulary_size = serializers.IntegerField()
    cannot_chat = serializers.CharField(help_text="Why it only completes texts; empty if it can chat or is not loaded.")


class DefaultModelSerializer(ServedModelSerializer):
    file_size = serializers.IntegerField(help_text="As size.")


class SettingsInForceSerializer(serializers.Serializer[Any]):
    """The settings of requests that set nothing, for the default model."""

    max_threads = serializers.IntegerField()
    model_instances = serializers.IntegerField(help_text="Concurrent answers.")
    context_size = serializers.IntegerField(help_text="Tokens.")
    system_prompt = serializers.CharField()
    temperature = serializers.FloatField()
    top_p = serializers.FloatField()


class ModelInfoSerializer(serializers.Serializer[Any]):
    model = DefaultModelSerializer(help_text="The default model, which answers requests that name none.")
    notice = serializers.CharField(allow_null=True, help_text="What readers of its answers should know.")
    models = ServedModelSerializer(many=True, help_text="All served models, the default first, then by id.")
    settings = SettingsInForceSerializer()
    engine = serializers.DictField(help_text="The state of the engine, its processes and its queue.")


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
    "detail": "temperature: Enter a number from 0 to 2.",
    "code": "invalid",
    "fields": {"temperature": ["Enter a number from 0 to 2."]},
}
TOO_LONG = {
    "detail": "The prompt exceeds the available context size: it has 3030 tokens, the context 2048, and at least 4 "
    "must be left for the answer. Shorten the prompt. Or enter a larger context_size.",
    "code": "prompt_too_long",
    "prompt_tokens": 3030,
    "context_size": 2048,
}

RATE_LIMITED = {
    "detail": "One caller may send 10 requests per minute, and this one exceeds that. Try again in 42 seconds.",
    "code": "rate_limit",
}
NO_KEY = {
    "detail": KEY_REQUIRED_DETAIL,
    "code": KEY_REQUIRED,
}
UNAUTHENTICATED = error("The API key is invalid, or a required key is missing.")
GENERATION_ERRORS = {
    400: error("The request is invalid, or its prompt is too long."),
    401: UNAUTHENTICATED,
    404: error("The model does not exist; the error lists those that do."),
    413: error("The body is too large, or has too many parts."),
    415: error("The body is not JSON."),
    429: error("The caller has reached a limit. See Retry-After."),
    502: error("The engine crashed while it processed this request."),
    503: error("The queue is full, the wait timed out, or the engine is not ready. See Retry-After."),
    504: error("The engine did not respond in time."),
}


def header(name: str, description: str, *statuses: int) -> OpenApiParameter:
    """Describe a header of the responses."""
    return OpenApiParameter(name, int, OpenApiParameter.HEADER, description=description, response=list(statuses))


describe_generate = extend_schema(
    operation_id="generate",
    summary="Generate an answer, at once or as a stream of events",
    description="Send a `prompt`, or the turns of a conversation as `messages`. With `messages`, the next turn only "
    "evaluates its own tokens, as long as the server still has the conversation in memory. Unknown fields are refused, "
    "and types are not coerced. Closing the connection cancels the answer.",
    tags=["Answers"],
    request=GenerateSerializer,
    parameters=[
        header("Retry-After", "Seconds until another attempt may succeed.", 429, 503),
        header("RateLimit-Limit", "If a limit is set: the amount allowed per window.", 200, 429),
        header("RateLimit-Remaining", "The amount that remains.", 200, 429),
        header("RateLimit-Reset", "Seconds until the window resets.", 200, 429),
    ],
    responses={
        (200, "application/json"): AnswerSerializer,
        (200, "text/event-stream"): OpenApiResponse(
            OpenApiTypes.STR,
            description="With `stream`: events `queued`, `reasoning` and `text`, then `done` or `error`.",
        ),
        **GENERATION_ERRORS,
    },
    examples=[
        OpenApiExample("A question", QUESTION, request_only=True),
        OpenApiExample("A conversation", CONVERSATION, request_only=True),
        OpenApiExample("An invalid field", INVALID, response_only=True, status_codes=[400]),
        OpenApiExample("A prompt that is too long", TOO_LONG, response_only=True, status_codes=[400]),
        OpenApiExample("No key", NO_KEY, response_only=True, status_codes=[401]),
        OpenApiExample("A rate limit", RATE_LIMITED, response_only=True, status_codes=[429]),
        OpenApiExample("An answer", ANSWER, response_only=True, media_type="application/json", status_codes=[200]),
    ],
)
describe_tokenize = extend_schema(
    operation_id="tokenize",
    summary="Count the tokens of a prompt",
    description="Takes the body of `/generate`, and answers with the exact number of its prompt's tokens. A prompt "
    "that is too long is counted too. Counting launches a process, so it waits in the queue and counts for the "
    "caller's limits like an answer.",
    tags=["Answers"],
    request=GenerateSerializer,
    parameters=[header("Retry-After", "Seconds until another attempt may succeed.", 429, 503)],
    responses={200: TokenizeAnswerSerializer, **GENERATION_ERRORS, 400: error("The request is invalid.")},
    examples=[OpenApiExample("A conversation", CONVERSATION, request_only=True)],
)
describe_health = extend_schema(
    operation_id="health",
    summary="Check whether the server can answer",
    tags=["Server"],
    responses={200: HealthSerializer, 503: HealthSerializer},
)
describe_live = extend_schema(
    operation_id="live", summary="Check whether the server runs", tags=["Server"], responses={200: HealthSerializer}
)
describe_model_info = extend_schema(
    operation_id="model_info",
    summary="Served models, settings, and engine state",
    tags=["Server"],
    responses={200: ModelInfoSerializer, 401: UNAUTHENTICATED, 503: error("The engine is not ready.")},
)
