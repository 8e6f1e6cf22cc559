"""The OpenAPI description of this protocol."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from .chat_request import ChatSerializer
from .generate_request import OllamaGenerateSerializer
from .request import OllamaModelSerializer

TAG: Final = "Ollama"
MODEL: Final = "demo-bitnet:latest"
QUESTION: Final = "What is machine learning?"


class PieceSerializer(serializers.Serializer[Any]):
    """The fields of both answers. In a stream, those from `done_reason` on are in the last object only."""

    model = serializers.CharField()
    created_at = serializers.DateTimeField()
    done = serializers.BooleanField()
    done_reason = serializers.ChoiceField(["stop", "length", "load", "unload"], required=False)
    total_duration = serializers.IntegerField(required=False, help_text="Nanoseconds; the sum of the others.")
    load_duration = serializers.IntegerField(
        required=False, help_text="Nanoseconds in the queue, and for the launch of a process if one was needed."
    )
    prompt_eval_count = serializers.IntegerField(
        required=False, help_text="Tokens of the prompt, those that a process held already included."
    )
    prompt_eval_duration = serializers.IntegerField(required=False, help_text="Nanoseconds.")
    eval_count = serializers.IntegerField(required=False, help_text="Generated tokens.")
    eval_duration = serializers.IntegerField(required=False, help_text="Nanoseconds.")


class OllamaMessageSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(["assistant"])
    content = serializers.CharField()
    thinking = serializers.CharField(required=False, help_text="The thought, or a piece of it.")


class ChatAnswerSerializer(PieceSerializer):
    message = OllamaMessageSerializer()


class GenerateAnswerSerializer(PieceSerializer):
    response = serializers.CharField()
    thinking = serializers.CharField(required=False, help_text="The thought, or a piece of it.")
    context = serializers.ListField(  # type: ignore[assignment]  # the name in the API; DRF has another use for it
        child=serializers.IntegerField(),
        required=False,
        help_text="The conversation, to be sent with the next prompt. Not for raw prompts.",
    )


class DetailsSerializer(serializers.Serializer[Any]):
    parent_model = serializers.CharField()
    format = serializers.CharField()
    family = serializers.CharField(help_text="The architecture.")
    families = serializers.ListField(child=serializers.CharField())
    parameter_size = serializers.CharField(help_text="Such as 2.4B.")
    quantization_level = serializers.CharField(help_text="The tensor type of most weights.")


class ModelHeadSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    model = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes of its file.")
    digest = serializers.CharField(help_text="Differs as soon as the file does; it is not the hash of its content.")
    details = DetailsSerializer()


class TagSerializer(ModelHeadSerializer):
    modified_at = serializers.DateTimeField(help_text="When its file was written.")
    capabilities = serializers.ListField(child=serializers.CharField())


class TagsSerializer(serializers.Serializer[Any]):
    models = TagSerializer(many=True)


class LoadedSerializer(ModelHeadSerializer):
    expires_at = serializers.DateTimeField(help_text="In a hundred years: it stays loaded.")
    size_vram = serializers.IntegerField(help_text="0: it is computed by the processor.")
    context_length = serializers.IntegerField(help_text="Tokens of the default context.")


class PsSerializer(serializers.Serializer[Any]):
    models = LoadedSerializer(many=True)


class ShowSerializer(serializers.Serializer[Any]):
    modelfile = serializers.CharField()
    parameters = serializers.CharField(help_text="The defaults in force, a line each.")
    template = serializers.CharField(help_text="Empty: the chat template in the model's file is none of Ollama's.")
    system = serializers.CharField(help_text="The default system prompt.")
    details = DetailsSerializer()
    model_info = serializers.DictField()
    capabilities = serializers.ListField(child=serializers.CharField())
    modified_at = serializers.DateTimeField(help_text="When its file was written.")


class StatusSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["success"])


class VersionSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="Of Ollama, whose API this is.")


class OllamaErrorSerializer(serializers.Serializer[Any]):
    error = serializers.CharField(help_text="What was wrong, what was expected, and what to do.")


def error(description: str) -> OpenApiResponse:
    return OpenApiResponse(OllamaErrorSerializer, description=description)


ERRORS: Final = {
    400: error("The request is invalid, or its prompt is too long."),
    401: error("The API key is invalid, or a required key is missing."),
    404: error("The model does not exist."),
    413: error("The body is too large, or has too many parts."),
    415: error("A browser sent a body that is not JSON."),
    429: error("The caller has reached a limit. See Retry-After."),
    502: error("The engine crashed while it processed this request."),
    503: error("The queue is full, the wait timed out, or the engine is not ready. See Retry-After."),
    504: error("The engine did not respond in time."),
}
READING_ERRORS: Final = {status: ERRORS[status] for status in (401, 503)}
MODEL_ERRORS: Final = {status: ERRORS[status] for status in (400, 401, 404, 413, 415, 503)}
RETRY_AFTER: Final = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    description="Seconds until another attempt may succeed.",
    response=[429, 503],
)
STREAM: Final = "As a stream: a line of JSON for each piece of the answer. An error can be the last line."


def _example(name: str, body: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, {"model": MODEL} | body, request_only=True)


describe_chat = extend_schema(
    operation_id="ollama_chat",
    summary="Answer a conversation",
    description="Unknown fields and options are ignored, and null means absent. What cannot be done is refused by "
    "name: images, log probabilities. The next turn of a conversation only evaluates its own tokens. Closing the "
    "connection cancels the answer.",
    tags=[TAG],
    request={"application/json": ChatSerializer},
    parameters=[RETRY_AFTER],
    responses={
        (200, "application/json"): ChatAnswerSerializer,
        (200, "application/x-ndjson"): OpenApiResponse(ChatAnswerSerializer, description=STREAM),
        **ERRORS,
    },
    examples=[
        _example("A question", {"messages": [{"role": "user", "content": QUESTION}], "stream": False}),
        _example(
            "JSON, streamed",
            {
                "messages": [{"role": "user", "content": "Answer in JSON: how old is Ada, who was born in 1815?"}],
                "format": {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]},
                "options": {"temperature": 0, "num_predict": 32},
            },
        ),
    ],
)
describe_generate = extend_schema(
    operation_id="ollama_generate",
    summary="Answer a question, or complete a raw text",
    description="As `/api/chat`. Send `context` with the next prompt to continue a conversation.",
    tags=[TAG],
    request={"application/json": OllamaGenerateSerializer},
    parameters=[RETRY_AFTER],
    responses={
        (200, "application/json"): GenerateAnswerSerializer,
        (200, "application/x-ndjson"): OpenApiResponse(GenerateAnswerSerializer, description=STREAM),
        **ERRORS,
    },
    examples=[
        _example("A question", {"prompt": QUESTION, "options": {"temperature": 0}, "stream": False}),
        _example("A raw text", {"prompt": "Once upon a time", "raw": True, "options": {"num_predict": 32}}),
    ],
)
describe_tags = extend_schema(
    operation_id="ollama_tags",
    summary="List the served models",
    tags=[TAG],
    responses={200: TagsSerializer, **READING_ERRORS},
)
describe_ps = extend_schema(
    operation_id="ollama_ps",
    summary="List the models in memory",
    tags=[TAG],
    responses={200: PsSerializer, **READING_ERRORS},
)
describe_show = extend_schema(
    operation_id="ollama_show",
    summary="Show a served model",
    tags=[TAG],
    request={"application/json": OllamaModelSerializer},
    responses={200: ShowSerializer, **MODEL_ERRORS},
    examples=[_example("The demo model", {})],
)
describe_pull = extend_schema(
    operation_id="ollama_pull",
    summary="Check that a model is served",
    description="Models are not downloaded on request: another model is not found.",
    tags=[TAG],
    request={"application/json": OllamaModelSerializer},
    responses={200: StatusSerializer, **MODEL_ERRORS},
    examples=[_example("The demo model", {})],
)
describe_version = extend_schema(
    operation_id="ollama_version",
    summary="Get the version of Ollama's API",
    tags=[TAG],
    responses={200: VersionSerializer, 401: ERRORS[401]},
)
