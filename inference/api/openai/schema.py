"""The OpenAPI description of this protocol."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from .chat_request import ChatCompletionSerializer
from .completion_request import CompletionSerializer

TAG: Final = "OpenAI"
MODEL: Final = "demo-bitnet"


class AnswerMessageSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(["assistant"])
    content = serializers.CharField()
    reasoning_content = serializers.CharField(
        required=False, help_text="What the model thought before it answered, if it did."
    )
    refusal = serializers.CharField(allow_null=True)
    annotations = serializers.ListField(child=serializers.JSONField())


class ChatChoiceSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    message = AnswerMessageSerializer()
    logprobs = serializers.JSONField(allow_null=True)
    finish_reason = serializers.ChoiceField(["stop", "length"])


class TextChoiceSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    text = serializers.CharField()
    logprobs = serializers.JSONField(allow_null=True)
    finish_reason = serializers.ChoiceField(["stop", "length"])


class PromptDetailsSerializer(serializers.Serializer[Any]):
    cached_tokens = serializers.IntegerField(help_text="Tokens that were in a process's context already.")


class CompletionDetailsSerializer(serializers.Serializer[Any]):
    reasoning_tokens = serializers.IntegerField(help_text="Tokens of the thought, its tags included.")


class UsageSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    total_tokens = serializers.IntegerField()
    prompt_tokens_details = PromptDetailsSerializer()
    completion_tokens_details = CompletionDetailsSerializer()


class ChatCompletionAnswerSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    object = serializers.ChoiceField(["chat.completion"])
    created = serializers.IntegerField(help_text="Seconds since 1970.")
    model = serializers.CharField()
    choices = ChatChoiceSerializer(many=True)
    usage = UsageSerializer()


class CompletionAnswerSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    object = serializers.ChoiceField(["text_completion"])
    created = serializers.IntegerField(help_text="Seconds since 1970.")
    model = serializers.CharField()
    choices = TextChoiceSerializer(many=True)
    usage = UsageSerializer()


class ModelSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    object = serializers.ChoiceField(["model"])
    created = serializers.IntegerField(help_text="When its file was written, in seconds since 1970.")
    owned_by = serializers.CharField()


class ModelListSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(["list"])
    data = ModelSerializer(many=True)  # type: ignore[assignment]  # the name in the API; DRF has another use for it


class ErrorDetailSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="What was wrong, what was expected, and what to do.")
    type = serializers.CharField()
    param = serializers.CharField(allow_null=True, help_text="The field that is wrong.")
    code = serializers.CharField(help_text="A stable identifier for programs.")
    n_prompt_tokens = serializers.IntegerField(required=False, help_text="Tokens of a prompt that is too long.")
    n_ctx = serializers.IntegerField(required=False, help_text="The context size that it exceeds.")


class OpenAIErrorSerializer(serializers.Serializer[Any]):
    error = ErrorDetailSerializer()


def error(description: str) -> OpenApiResponse:
    return OpenApiResponse(OpenAIErrorSerializer, description=description)


def retry_after(*statuses: int) -> OpenApiParameter:
    description = "Seconds until another attempt may succeed."
    return OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, description=description, response=[*statuses])


ERRORS: Final = {
    400: error("The request is invalid, or its prompt is too long."),
    401: error("The API key is invalid, or a required key is missing."),
    404: error("The model does not exist."),
    413: error("The body is too large, or has too many parts."),
    415: error("The body is not JSON."),
    429: error("The caller has reached a limit. See Retry-After."),
    502: error("The engine crashed while it processed this request."),
    503: error("The queue is full, the wait timed out, or the engine is not ready. See Retry-After."),
    504: error("The engine did not respond in time."),
}
READING_ERRORS: Final = {status: ERRORS[status] for status in (401, 503)}
STREAM: Final = OpenApiResponse(
    {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]},
    description="With `stream`: events whose data are chunks in JSON, then `[DONE]`.",
)

describe_chat_completions = extend_schema(
    operation_id="openai_chat_completions",
    summary="Answer a conversation",
    description="Unknown fields are ignored, and null means absent. What cannot be done is refused by name: images and "
    "audio, a required tool, log probabilities. The next turn of a conversation only evaluates its own tokens; "
    "`usage.prompt_tokens_details.cached_tokens` has the others. Closing the connection cancels the answer.",
    tags=[TAG],
    request=ChatCompletionSerializer,
    parameters=[retry_after(429, 503)],
    responses={
        (200, "application/json"): ChatCompletionAnswerSerializer,
        (200, "text/event-stream"): STREAM,
        **ERRORS,
    },
    examples=[
        OpenApiExample(
            "A question",
            {
                "model": MODEL,
                "messages": [{"role": "user", "content": "What is machine learning?"}],
                "temperature": 0,
            },
            request_only=True,
        ),
        OpenApiExample(
            "A conversation, streamed",
            {
                "model": MODEL,
                "messages": [
                    {"role": "system", "content": "You are a helpful assistant."},
                    {"role": "user", "content": "My name is Ada."},
                    {"role": "assistant", "content": "Nice to meet you, Ada!"},
                    {"role": "user", "content": "What is my name?"},
                ],
                "max_tokens": 32,
                "stream": True,
                "stream_options": {"include_usage": True},
            },
            request_only=True,
        ),
    ],
)
describe_completions = extend_schema(
    operation_id="openai_completions",
    summary="Complete a text, without a chat template",
    tags=[TAG],
    request=CompletionSerializer,
    parameters=[retry_after(429, 503)],
    responses={
        (200, "application/json"): CompletionAnswerSerializer,
        (200, "text/event-stream"): STREAM,
        **ERRORS,
    },
    examples=[
        OpenApiExample(
            "A beginning", {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 32}, request_only=True
        ),
    ],
)
describe_models = extend_schema(
    operation_id="openai_models",
    summary="List the served models",
    tags=[TAG],
    responses={200: ModelListSerializer, **READING_ERRORS},
)
describe_model = extend_schema(
    operation_id="openai_model",
    summary="Show a served model",
    tags=[TAG],
    responses={200: ModelSerializer, 404: ERRORS[404], **READING_ERRORS},
)
