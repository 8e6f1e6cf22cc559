"""What the requests of this protocol have in common: model, options, format, and what is refused by name."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.api.requests.fields import (
    ModelField,
    StrictBoolean,
    TolerantSerializer,
    Unsupported,
    WholeNumber,
)
from inference.api.requests.response_format import schema_grammar
from inference.api.requests.sampling import MAX_TOP_K, SamplerSerializer
from inference.api.requests.tolerant import NO_LOGPROBS, TolerantSampling, generation_request
from inference.engine import GenerationRequest
from inference.engine.grammars import json_object_grammar
from inference.serving.service import Limits

NO_IMAGES: Final = "This model reads text only. Leave images out."


class OptionsSerializer(SamplerSerializer, TolerantSampling):
    """The options that have an effect. Others are ignored: the server's settings decide about them."""

    top_k = WholeNumber(
        required=False,
        min_value=-1,
        max_value=MAX_TOP_K,
        help_text="Sample only from this many of the most likely tokens; 0 or -1: from all.",
    )
    num_predict = WholeNumber(
        required=False, help_text="Maximum number of generated tokens; 0 or less, as by default: all that fit."
    )
    num_ctx = WholeNumber(
        required=False,
        help_text="Tokens that the context holds at least. Less than the server's default has no effect, and more than "
        "the model was trained with is cut to that.",
    )
    repeat_last_n = WholeNumber(
        required=False,
        min_value=-1,
        max_value=MAX_TOP_K,
        help_text="Number of last tokens that the penalties apply to, prompt included; -1: all.",
    )


@extend_schema_field({"oneOf": [{"type": "string", "enum": ["", "json"]}, {"type": "object"}]})
class FormatField(serializers.JSONField):
    """`"json"` or a JSON Schema, as the grammar that enforces it; empty for text."""

    def to_internal_value(self, data: Any) -> Any:
        if data == "":
            return ""
        if data == "json":
            return json_object_grammar()
        if isinstance(data, dict):
            return schema_grammar(data)
        raise serializers.ValidationError('Enter "json", or a JSON Schema as an object.')


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}]})
class KeepAliveField(serializers.JSONField):
    """Seconds, or a duration such as `"5m"`: whether it is longer than 0."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            raise serializers.ValidationError('Enter a number of seconds, or a duration such as "5m".')
        return data == "" or any(digit in "123456789" for digit in str(data))


@extend_schema_field({"oneOf": [{"type": "boolean"}, {"type": "string", "enum": ["low", "medium", "high"]}]})
class ThinkField(serializers.JSONField):
    """Whether the model is to think. How much, which some models can be told, has no effect."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool) and data not in ("low", "medium", "high"):
            raise serializers.ValidationError("Enter true or false.")
        return bool(data)


class OllamaSerializer(TolerantSerializer):
    """The common fields. `context["limits"]` has the limits of the asked model and of the engine's configuration."""

    model = ModelField(
        required=True,
        help_text="A name of /api/tags; `:latest` may be left out. `default`, or the name of an OpenAI model: the "
        "default model.",
    )
    options = OptionsSerializer(required=False)
    format = FormatField(
        required=False, help_text='`"json"` for a JSON object, or a JSON Schema. The engine cannot generate others.'
    )
    stream = StrictBoolean(default=True, help_text="Respond with a line of JSON for each piece of the answer.")
    keep_alive = KeepAliveField(
        required=False,
        help_text="Ignored for the model. 0: do not keep the conversation in memory for a next turn.",
    )
    think = ThinkField(
        required=False,
        help_text="Whether the model thinks before it answers; by default it does, if it can. false has an effect only "
        "if its chat template lets requests decide that.",
    )
    logprobs = Unsupported(NO_LOGPROBS)
    top_logprobs = Unsupported(NO_LOGPROBS)

    @property
    def streams(self) -> bool:
        return bool(self.validated_data["stream"])

    @property
    def loads(self) -> bool:
        """Whether nothing is asked: clients load or unload a model with such a request."""
        raise NotImplementedError

    @property
    def asked_model(self) -> str:
        """The id of the model that the request asks for; empty for the default model."""
        limits: Limits = self.context["limits"]
        return limits.model

    @property
    def keeps(self) -> bool:
        """Whether a next turn may be answered from memory, as far as the client decides that."""
        return bool(self.validated_data.get("keep_alive", True))

    def generation(self, caller: str, **texts: Any) -> GenerationRequest:
        """Return the request for the engine. `texts`: `messages` and `keep`, or `prompt`."""
        options = self.validated_data.get("options", {})
        limits: Limits = self.context["limits"]
        tokens = options.get("num_predict", 0)
        return generation_request(
            options | {"response_format": self.validated_data.get("format", "")},
            limits,
            max_tokens=tokens if tokens > 0 else None,
            context_size=min(max(options.get("num_ctx", 0), limits.context_size), limits.trained_context),
            caller=caller,
            think=self.validated_data.get("think", True),
            **texts,
        )


class OllamaModelSerializer(TolerantSerializer):
    """A request about a model."""

    model = ModelField(help_text="See /api/tags. `:latest` may be left out.")
    name = ModelField(help_text="The older name of model.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"model": "Enter the name of a model."})
        return attrs

    @property
    def wanted(self) -> str:
        """The name of the model."""
        return str(self.validated_data.get("model") or self.validated_data["name"])
