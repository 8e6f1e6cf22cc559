"""What the requests of this protocol have in common: sampling, choices, tools, and what is refused by name."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from inference.api.requests.fields import (
    AnyValue,
    ModelField,
    StrictBoolean,
    TolerantSerializer,
    Unsupported,
    WholeNumber,
)
from inference.api.requests.sampling import SamplingSerializer
from inference.api.requests.tolerant import NO_LOGPROBS, TOOLS_HELP, TolerantSampling, generation_request
from inference.engine import GenerationRequest

MAX_CHOICES: Final = 8
EFFORT_HELP: Final = (
    '"none": the model does not think before it answers, if its chat template lets requests decide that. '
    "Others: it thinks."
)


class StreamOptionsSerializer(TolerantSerializer):
    include_usage = StrictBoolean(required=False, help_text="Send a last chunk with the token counts.")


class ToolChoiceField(AnyValue):
    """Whether tools are called: never, so that nothing else may be required."""

    def to_internal_value(self, data: Any) -> Any:
        if data not in ("auto", "none"):
            raise serializers.ValidationError(
                "This model cannot be made to call tools. Leave tools out, or set tool_choice to auto or none."
            )
        return data


class ToolsSerializer(TolerantSerializer):
    """The fields about tools, which clients send whether or not they need them."""

    tools = AnyValue(required=False, help_text=TOOLS_HELP)
    tool_choice = ToolChoiceField(required=False, help_text='"auto" or "none".')
    parallel_tool_calls = StrictBoolean(required=False, help_text="Ignored.")


class OpenAISerializer(SamplingSerializer, TolerantSampling):
    """The fields that all requests have.

    `context["limits"]` has the limits of the asked model and of the engine's configuration.
    """

    model = ModelField(
        allow_blank=True,
        help_text="An id of /v1/models. Empty, `default`, or the name of an OpenAI model: the default model.",
    )
    stream = StrictBoolean(required=False, help_text="Respond with server-sent events.")
    top_logprobs = Unsupported(NO_LOGPROBS)

    @property
    def streams(self) -> bool:
        return bool(self.validated_data.get("stream"))

    @property
    def thinks(self) -> bool | None:
        """Whether the model is to think; None leaves that to its chat template."""
        return None

    def generation(self, caller: str, max_tokens: int | None, answer: int = 0, **texts: Any) -> GenerationRequest:
        """Return the request to the engine for an answer. `texts`: `messages` and `keep`, or `prompt`."""
        values, limits = self.validated_data, self.context["limits"]
        texts |= {"caller": caller, "think": self.thinks}
        return generation_request(values, limits, max_tokens=max_tokens, answer=answer, **texts)


class ChoicesSerializer(OpenAISerializer):
    """The fields of requests whose answer has choices."""

    max_tokens = WholeNumber(
        required=False, min_value=-1, help_text="Maximum number of generated tokens; by default, all that fit."
    )
    n = WholeNumber(
        required=False, min_value=1, max_value=MAX_CHOICES, help_text="Number of answers, made one after the other."
    )
    stream_options = StreamOptionsSerializer(required=False)
    logprobs = Unsupported(NO_LOGPROBS)

    def validate_max_tokens(self, value: int) -> int | None:
        if value == 0:
            raise serializers.ValidationError("Enter a whole number of at least 1.")
        return value if value > 0 else None

    @property
    def includes_usage(self) -> bool:
        return bool(self.validated_data.get("stream_options", {}).get("include_usage"))

    def generations(self, caller: str) -> list[GenerationRequest]:
        """Return the requests for the choices of the answer, in order."""
        raise NotImplementedError

    def choice(self, number: int, caller: str, **texts: Any) -> GenerationRequest:
        """Return the request for the choice with this number, from 0."""
        return self.generation(caller, self.validated_data.get("max_tokens"), number, **texts)


def thinks_at(effort: str | None) -> bool | None:
    """Return whether the model is to think at this effort; None leaves that to its chat template."""
    return None if effort is None else effort != "none"
