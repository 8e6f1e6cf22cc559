"""The fields that say how tokens are sampled, in every protocol under the same names."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.engine import Sampling
from inference.engine.grammars.bounds import MAX_GRAMMAR_CHARS, grammar_problem

from .fields import StrictFloat, StrictInteger, StrictString
from .response_format import ResponseFormatField

MAX_BIASES: Final = 300  # of tokens
MAX_DIGITS: Final = 9  # of a token's number; Python refuses to read numbers of thousands of digits
MAX_BIAS: Final = 100.0
MAX_PENALTY: Final = 2.0
MAX_REPEAT_PENALTY: Final = 10.0
MAX_TOP_K: Final = 1_000_000

# The request's names of the fields of `Sampling` that all protocols share.
NAMES: Final = ("min_p", "repeat_penalty", "repeat_last_n", "presence_penalty", "frequency_penalty", "logit_bias")


@extend_schema_field({"type": "object", "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100}})
class LogitBiasField(serializers.Field[tuple[tuple[int, float], ...], Any, Any, Any]):
    """`{"token number": bias}`, as pairs by ascending number. `context["limits"]` has the vocabulary's size."""

    def to_internal_value(self, data: Any) -> tuple[tuple[int, float], ...]:
        if not isinstance(data, dict):
            raise serializers.ValidationError('Enter an object, such as {"1734": -100}.')
        if len(data) > MAX_BIASES:
            raise serializers.ValidationError(f"Enter at most {MAX_BIASES} tokens.")
        size = self.context["limits"].vocabulary_size
        biases: dict[int, float] = {}
        for token, bias in data.items():
            if not (token.isascii() and token.isdecimal() and len(token) <= MAX_DIGITS and int(token) < size):
                raise serializers.ValidationError(f"Enter numbers of tokens from 0 to {size - 1} as names.")
            if type(bias) not in (int, float) or not -MAX_BIAS <= bias <= MAX_BIAS:
                raise serializers.ValidationError(f"Enter biases from -{MAX_BIAS:g} to {MAX_BIAS:g}.")
            if bias:
                biases[int(token)] = float(bias)
        return tuple(sorted(biases.items()))

    def to_representation(self, value: Any) -> Any:
        return value


class GrammarField(StrictString):
    """A grammar in GBNF. The engine compiles it; what would exhaust its memory is refused here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_GRAMMAR_CHARS, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        grammar = super().to_internal_value(data)
        if problem := grammar_problem(grammar):
            raise serializers.ValidationError(problem)
        return grammar


class SamplerSerializer(serializers.Serializer[Any]):
    """The samplers and penalties, which every protocol has under these names."""

    top_k = StrictInteger(
        required=False,
        min_value=-1,
        max_value=MAX_TOP_K,
        help_text="Sample only from this many of the most likely tokens; 0 or -1: from all.",
    )
    min_p = StrictFloat(
        required=False,
        low=0,
        high=1,
        help_text="Sample no token less likely than this share of the most likely one; 0 disables it.",
    )
    repeat_penalty = StrictFloat(
        required=False,
        low=0,
        above=True,
        high=MAX_REPEAT_PENALTY,
        help_text="Divides the logits of tokens that have occurred; 1 disables it.",
    )
    presence_penalty = StrictFloat(
        required=False,
        low=-MAX_PENALTY,
        high=MAX_PENALTY,
        help_text="Subtracted from the logit of each token that has occurred.",
    )
    frequency_penalty = StrictFloat(
        required=False,
        low=-MAX_PENALTY,
        high=MAX_PENALTY,
        help_text="Subtracted from the logit of a token once for each time that it has occurred.",
    )
    repeat_last_n = StrictInteger(
        required=False,
        min_value=-1,
        max_value=MAX_TOP_K,
        help_text="Number of last tokens that the penalties apply to, prompt included; -1: all.",
    )


class SamplingSerializer(SamplerSerializer):
    """The shared fields. A protocol adds its own for temperature, top-p and seed."""

    logit_bias = LogitBiasField(
        required=False, help_text='Added to the logits of tokens, from -100 to 100: `{"token number": bias}`.'
    )
    grammar = GrammarField(
        required=False, help_text="A grammar in GBNF that the answer follows. See llama.cpp's grammars/README.md."
    )
    response_format = ResponseFormatField(
        required=False,
        help_text='`{"type": "json_object"}` for a JSON object, or `{"type": "json_schema", "json_schema": '
        '{"schema": …}}` for JSON of a schema. The engine cannot generate anything else.',
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs.get("grammar") and attrs.get("response_format"):
            raise serializers.ValidationError({"grammar": "Enter either grammar or response_format."})
        return attrs

    def get_fields(self) -> dict[str, Any]:
        """Return the protocol's own fields before these."""
        fields = super().get_fields()
        return {name: fields[name] for name in sorted(fields, key=SamplingSerializer._declared_fields.__contains__)}


def sampling(values: dict[str, Any], *, temperature: float, top_p: float, seed: int | None) -> Sampling:
    """Return the sampling that validated values of `SamplingSerializer` ask for."""
    return Sampling(
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        top_k=max(0, values.get("top_k", 0)),
        grammar=values.get("grammar") or values.get("response_format") or "",
        **{name: values[name] for name in NAMES if name in values},
    )
