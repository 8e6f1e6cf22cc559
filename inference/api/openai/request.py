"""What the requests of this protocol have in common: sampling, length, stop strings, and what is refused by name."""

from __future__ import annotations

from typing import Any, Final

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
from inference.api.requests.sampling import SamplingSerializer, sampling
from inference.engine import GenerationRequest
from inference.serving import configuration
from inference.serving.parameters import MAX_SEED, MAX_TEMPERATURE
from inference.serving.service import Limits

MAX_CHOICES: Final = 8


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


class OpenAISerializer(SamplingSerializer, TolerantSerializer):
    """The fields that all requests have.

    `context["limits"]` has the limits of the asked model and of the engine's configuration.
    """

    model = ModelField(
        allow_blank=True,
        help_text="An id of /v1/models. Empty, `default`, or the name of an OpenAI model: the default model.",
    )
    temperature = StrictFloat(required=False, low=0, high=MAX_TEMPERATURE, help_text="0 is greedy.")
    top_p = StrictFloat(required=False, low=0, high=1, help_text="Nucleus sampling; 1 disables it.")
    seed = WholeNumber(
        required=False,
        min_value=-(2**63),
        max_value=2**63 - 1,
        help_text="The same seed reproduces the same answer; -1 chooses one.",
    )
    stop = StopStrings(required=False, help_text="The answer ends before the first of these strings.")
    stream = StrictBoolean(required=False, help_text="Respond with server-sent events.")
    top_logprobs = AnyValue(required=False, help_text="Not supported: only 0 or null.")

    def validate_top_logprobs(self, value: Any) -> Any:
        if value:
            raise serializers.ValidationError("Log probabilities are not available. Leave this field out.")
        return value

    @property
    def streams(self) -> bool:
        return bool(self.validated_data.get("stream"))

    @property
    def asked_seed(self) -> int | None:
        seed: int | None = self.validated_data.get("seed")
        return None if seed == -1 else seed

    @property
    def thinks(self) -> bool | None:
        """Whether the model is to think; None leaves that to its chat template."""
        return None

    def generation(self, caller: str, max_tokens: int | None, seed: int | None, **texts: Any) -> GenerationRequest:
        """Return a request to the engine. `texts`: `messages` and `keep`, or `prompt`."""
        values, in_force = self.validated_data, configuration.current()
        limits: Limits = self.context["limits"]
        return GenerationRequest(
            max_tokens=answer_tokens(max_tokens, limits.context_size),
            sampling=sampling(
                values,
                temperature=values.get("temperature", in_force.temperature),
                top_p=values.get("top_p", in_force.top_p),
                seed=None if seed is None else seed % (MAX_SEED + 1),
            ),
            context_size=limits.context_size,
            stop=tuple(values.get("stop", ())),
            caller=caller,
            think=self.thinks,
            model=limits.model,
            **texts,
        )


class ChoicesSerializer(OpenAISerializer):
    """The fields of requests whose answer has choices."""

    max_tokens = WholeNumber(
        required=False, min_value=-1, help_text="Maximum number of generated tokens; by default, all that fit."
    )
    n = WholeNumber(
        required=False, min_value=1, max_value=MAX_CHOICES, help_text="Number of answers, made one after the other."
    )
    stream_options = StreamOptionsSerializer(required=False)
    logprobs = AnyValue(required=False, help_text="Not supported: only false, 0 or null.")

    def validate_max_tokens(self, value: int) -> int | None:
        if value == 0:
            raise serializers.ValidationError("Enter a whole number of at least 1.")
        return value if value > 0 else None

    def validate_logprobs(self, value: Any) -> Any:
        return self.validate_top_logprobs(value)

    @property
    def includes_usage(self) -> bool:
        return bool(self.validated_data.get("stream_options", {}).get("include_usage"))

    def generations(self, caller: str) -> list[GenerationRequest]:
        """Return the requests for the choices of the answer, in order."""
        raise NotImplementedError

    def choice(self, index: int, caller: str, **texts: Any) -> GenerationRequest:
        """Return the request for the choice with this number, from 0. Each has a seed of its own."""
        seed = self.asked_seed
        seed = None if seed is None else seed + index
        return self.generation(caller, self.validated_data.get("max_tokens"), seed, **texts)
