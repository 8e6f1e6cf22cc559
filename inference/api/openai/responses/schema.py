"""The OpenAPI description of `POST /v1/responses`."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers

from inference.api.openai.schema import (
    ERRORS,
    MODEL,
    TAG,
    CompletionDetailsSerializer,
    PromptDetailsSerializer,
    retry_after,
)

from .request import ResponseSerializer


class OutputTextSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(["reasoning_text", "output_text"])
    text = serializers.CharField()
    annotations = serializers.ListField(child=serializers.JSONField(), required=False)
    logprobs = serializers.ListField(child=serializers.JSONField(), required=False)


class OutputItemSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(
        ["reasoning", "message"], help_text="If the model thinks before it answers, its thought comes first."
    )
    id = serializers.CharField()
    status = serializers.ChoiceField(["completed", "incomplete"])
    role = serializers.ChoiceField(["assistant"], required=False, help_text="Of a message.")
    content = OutputTextSerializer(many=True)
    summary = serializers.ListField(child=serializers.JSONField(), required=False, help_text="Of a thought: empty.")


class ResponseUsageSerializer(serializers.Serializer[Any]):
    input_tokens = serializers.IntegerField()
    input_tokens_details = PromptDetailsSerializer()
    output_tokens = serializers.IntegerField()
    output_tokens_details = CompletionDetailsSerializer()
    total_tokens = serializers.IntegerField()


class ResponseAnswerSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    object = serializers.ChoiceField(["response"])
    created_at = serializers.IntegerField(help_text="Seconds since 1970.")
    completed_at = serializers.IntegerField(allow_null=True)
    model = serializers.CharField()
    status = serializers.ChoiceField(["completed", "incomplete"])
    incomplete_details = serializers.JSONField(allow_null=True)
    error = serializers.JSONField(allow_null=True)
    output = OutputItemSerializer(many=True)
    usage = ResponseUsageSerializer()
    instructions = serializers.CharField(allow_null=True)
    max_output_tokens = serializers.IntegerField(allow_null=True)
    temperature = serializers.FloatField()
    top_p = serializers.FloatField()
    text = serializers.JSONField()
    store = serializers.BooleanField(help_text="Always false.")


STREAM: Final = OpenApiResponse(
    {
        "type": "object",
        "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
        "required": ["event", "data"],
    },
    description="With `stream`: `response.created`, `response.in_progress`, `response.output_item.added`, "
    "`response.content_part.added`, `response.reasoning_text.delta` for each piece of the thought, "
    "`response.output_text.delta` for each piece of the text, the `done` events, and at last `response.completed`, "
    "`response.incomplete` or `response.failed`.",
)

describe_responses = extend_schema(
    operation_id="openai_responses",
    summary="Answer a conversation, in OpenAI's newer protocol",
    description="Unknown fields are ignored, and null means absent. Nothing is stored: send the whole conversation as "
    "`input`, with the output of earlier responses as it was. Tools are accepted, but never called. Closing the "
    "connection cancels the answer.",
    tags=[TAG],
    request=ResponseSerializer,
    parameters=[retry_after(429, 503)],
    responses={(200, "application/json"): ResponseAnswerSerializer, (200, "text/event-stream"): STREAM, **ERRORS},
    examples=[
        OpenApiExample("A question", {"model": MODEL, "input": "What is machine learning?"}, request_only=True),
        OpenApiExample(
            "A conversation, streamed",
            {
                "model": MODEL,
                "instructions": "You are a helpful assistant.",
                "input": [
                    {"role": "user", "content": "My name is Ada."},
                    {"role": "assistant", "content": "Nice to meet you, Ada!"},
                    {"role": "user", "content": [{"type": "input_text", "text": "What is my name?"}]},
                ],
                "max_output_tokens": 32,
                "stream": True,
            },
            request_only=True,
        ),
    ],
)
