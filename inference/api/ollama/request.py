"""What the requests of this protocol have in common: model, options, format, and what is refused by name."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.api.requests.fields import (
    AnyValue,
    ModelField,
    StopStrings,
    StrictBoolean,
    StrictFloat,
    TolerantSerializer,
    WholeNumber,
)
from inference.api.requests.generation import answer_tokens
from inference.api.requests.response_format import schema_grammar
from inference.api.requests.sampling import MAX_TOP_K, SamplerSerializer, sampling
from inference.engine import GenerationRequest
from inference.engine.grammars import json_object_grammar
from inference.serving import configuration
from inference.serving.parameters import MAX_SEED, MAX_TEMPERATURE
from inference.serving.service import Limits


class OptionsSerializer(SamplerSerializer, TolerantSerializer):
    """The options that have an effect. Others are ignored: the server's settings decide about them."""

    temperature = StrictFloat(required=False, low=0, high=MAX_TEMPERATURE, help_text="0 is greedy.")
    top_p = StrictFloat(required=False, low=0, high=1, help_text="Nucleus sampling; 1 disables it.")
    top_k = WholeNumber(
        required=False,
        min_value=-1,
        max_value=MAX_TOP_K,
        help_text="Sample only from this many of the most likely tokens; 0 or -1: from all.",
    )
    seed = WholeNumber(
        required=False,
        min_value=-(2**63),
        max_value=2**63 - 1,
        help_text="The same seed reproduces the same answer; -1 chooses one.",
    )
    stop = StopStrings(required=False, help_text="The answer ends before the first of these strings.")
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
    logprobs = AnyValue(required=False, help_text="Not supported: only false or null.")
    top_logprobs = AnyValue(required=False, help_text="Not supported: only 0 or null.")

    def validate_logprobs(self, value: Any) -> Any:
        if value:
            raise serializers.ValidationError("Log probabilities are not available. Leave this field out.")
        return value

    validate_top_logprobs = validate_logprobs

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
        options, in_force = self.validated_data.get("options", {}), configuration.current()
        limits: Limits = self.context["limits"]
        context_size = min(max(options.get("num_ctx", 0), limits.context_size), limits.trained_context)
        tokens, seed = options.get("num_predict", 0), options.get("seed", -1)
        return GenerationRequest(
            max_tokens=answer_tokens(tokens if tokens > 0 else None, context_size),
            sampling=sampling(
                options | {"response_format": self.validated_data.get("format", "")},
                temperature=options.get("temperature", in_force.temperature),
                top_p=options.get("top_p", in_force.top_p),
                seed=None if seed == -1 else seed % (MAX_SEED + 1),
            ),
            context_size=context_size,
            stop=tuple(options.get("stop", ())),
            caller=caller,
            think=self.validated_data.get("think", True),
            model=self.asked_model,
            **texts,
        )


IMAGES: Final = "This model reads text only. Leave images out."


class ImagesField(AnyValue):
    """Images, which only an empty list can be."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, help_text="Not supported: only an empty list.", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if data:
            raise serializers.ValidationError(IMAGES)
        return data


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
