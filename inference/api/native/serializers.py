"""What `POST /generate` takes, strictly: nothing is coerced, unknown fields are refused by name."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any

from rest_framework import serializers

from bitnetsite.env import env
from inference.engine import GenerationRequest, Message, Sampling
from inference.serving import configuration
from inference.serving.parameters import (
    MAX_MESSAGES,
    MAX_PROMPT_CHARS,
    MAX_SEED,
    MAX_STOP_CHARS,
    MAX_STOPS,
    MAX_SYSTEM_PROMPT_CHARS,
    MAX_TEMPERATURE,
    MIN_CONTEXT_SIZE,
)
from inference.serving.service import Limits, default_tokens, max_answer_tokens

MOST_UNKNOWN = 10  # fields that are told; a body has room for hundreds of thousands


class StrictString(serializers.CharField):
    """Only a JSON string, as it is. NUL and lone surrogates are refused by DRF's own validators."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not self.allow_blank and not data.strip():
            self.fail("blank")
        return data


class StrictInteger(serializers.IntegerField):
    """Only a JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictFloat(serializers.Field[float, Any, float, Any]):
    """Only a JSON number, in a range; its low end may be excluded."""

    def __init__(self, *, low: float, high: float, above: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.above = low, high, above

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float):
            raise serializers.ValidationError("A valid number is required.", code="invalid")
        if not (self.low < data if self.above else self.low <= data) or not data <= self.high:
            edges = f"above {self.low:g}, up to" if self.above else f"from {self.low:g} to"
            raise serializers.ValidationError(f"Must be {edges} {self.high:g}.", code="range")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


class StrictBoolean(serializers.BooleanField):
    """Only true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := nsmallest(MOST_UNKNOWN, data.keys() - self.fields.keys())):
            known = ", ".join(self.fields)
            told = dict.fromkeys(unknown, f"Unknown field. Known are: {known}.")
            raise serializers.ValidationError(told)
        return super().to_internal_value(data)


class StopField(serializers.ListField):
    """Stop strings; too many are refused before each is looked at."""

    child = StrictString(min_length=1, max_length=MAX_STOP_CHARS, allow_blank=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_STOPS, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and len(data) > MAX_STOPS:
            raise serializers.ValidationError(f"Ensure this field has no more than {MAX_STOPS} elements.")
        if isinstance(data, list) and "" in data:
            raise serializers.ValidationError("An empty string would end every answer at once. Leave it out.")
        return super().to_internal_value(data)


class MessageSerializer(StrictSerializer):
    role = serializers.ChoiceField(["user", "assistant"])
    content = StrictString(max_length=MAX_PROMPT_CHARS, allow_blank=True)


class GenerateSerializer(StrictSerializer):
    """One generation. `context["limits"]` gives what the model and the engine's configuration allow.

    The defaults that stand here are the environment's, for the description; those in force take their place.
    """

    prompt = StrictString(
        required=False, max_length=MAX_PROMPT_CHARS, help_text="The question, or the text to complete."
    )
    messages = MessageSerializer(
        many=True,
        required=False,
        allow_empty=False,
        max_length=MAX_MESSAGES,
        help_text="Instead of prompt: turns of user and assistant, ending in a question or in an answer to continue.",
    )
    system_prompt = StrictString(
        default=env("DEFAULT_SYSTEM_PROMPT"),
        max_length=MAX_SYSTEM_PROMPT_CHARS,
        allow_blank=True,
        help_text="Empty means none.",
    )
    max_tokens = StrictInteger(required=False, min_value=1, help_text="At most so many tokens are sampled.")
    temperature = StrictFloat(low=0, high=MAX_TEMPERATURE, default=env("DEFAULT_TEMPERATURE"), help_text="0 is greedy.")
    top_p = StrictFloat(
        low=0, above=True, high=1, default=env("DEFAULT_TOP_P"), help_text="Nucleus sampling; 1 is off."
    )
    seed = StrictInteger(
        required=False, min_value=0, max_value=MAX_SEED, help_text="The same seed gives the same answer again."
    )
    stop = StopField(default=list, help_text="The answer ends before the first of these strings.")
    context_size = StrictInteger(required=False, min_value=MIN_CONTEXT_SIZE, help_text="Tokens of prompt and answer.")
    threads = StrictInteger(required=False, min_value=1, help_text="Fitted to the cores that there are.")
    conversation_mode = StrictBoolean(
        default=True, help_text="false: raw completion, without template and system prompt."
    )
    details = StrictBoolean(default=False, help_text="Add how the answer came about.")
    stream = StrictBoolean(default=False, help_text="Server-sent events instead of one JSON object.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if "limits" in self.context:  # else it is only described
            in_force = configuration.current()
            for name in ("system_prompt", "temperature", "top_p"):
                fields[name].default = getattr(in_force, name)
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        limits: Limits = self.context["limits"]
        context_size = attrs.setdefault("context_size", limits.context_size)
        attrs.setdefault("max_tokens", default_tokens(context_size))
        errors = {}
        if context_size > limits.trained_context:
            errors["context_size"] = f"The model was trained on {limits.trained_context} tokens; ask for at most these."
        if attrs["max_tokens"] > context_size:
            errors["max_tokens"] = f"Ensure this value is less than or equal to context_size, here {context_size}."
        elif attrs["max_tokens"] > (most := max_answer_tokens(context_size)):
            errors["max_tokens"] = f"Ensure this value is less than or equal to {most}: this server gives no more."
        if attrs.get("threads", 1) > limits.max_threads:
            errors["threads"] = f"Ensure this value is less than or equal to MAX_THREADS, here {limits.max_threads}."
        errors |= _too_long(attrs)
        if ("prompt" in attrs) == ("messages" in attrs):
            errors["prompt"] = "Expected either prompt or messages, and not both."
        elif "messages" in attrs:
            if not attrs["conversation_mode"]:
                errors["messages"] = "Raw completion (conversation_mode false) takes a prompt, not messages."
            elif problem := transcript_problem(attrs["messages"]):
                errors["messages"] = problem
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def generation_request(self, owner: str) -> GenerationRequest:
        """The validated request in the engine's terms."""
        values = self.validated_data
        raw = not values["conversation_mode"]
        messages: list[Message] = []
        if not raw:
            turns = values.get("messages") or [{"role": "user", "content": values["prompt"]}]
            system = [{"role": "system", "content": values["system_prompt"]}] if values["system_prompt"].strip() else []
            messages = [Message(turn["role"], turn["content"]) for turn in (*system, *turns)]
        return GenerationRequest(
            messages=tuple(messages),
            prompt=values["prompt"] if raw else None,
            max_tokens=values["max_tokens"],
            sampling=Sampling(values["temperature"], values["top_p"], seed=values.get("seed")),
            context_size=values["context_size"],
            threads=values.get("threads"),
            stop=tuple(values["stop"]),
            owner=owner,
            keep="messages" in values,
        )


def _too_long(attrs: dict[str, Any]) -> dict[str, str]:
    """By field, what is longer than the settings allow; what nobody may send has been refused before."""
    most = configuration.current().max_prompt_chars
    told = f"Ensure this field has no more than {most} characters."
    errors = {"prompt": told} if len(attrs.get("prompt", "")) > most else {}
    for at, message in enumerate(attrs.get("messages", ())):
        if len(message["content"]) > most:
            errors[f"messages.{at}.content"] = told
    return errors


def transcript_problem(messages: list[dict[str, str]]) -> str | None:
    """What keeps these turns from being a transcript that a model can go on with, if anything."""
    for at, message in enumerate(messages):
        expected = "assistant" if at % 2 else "user"
        if message["role"] != expected:
            return f"Turn {at} is by {message['role']}; expected {expected}: user and assistant take turns, user first."
        if not message["content"].strip() and not (expected == "assistant" and at == len(messages) - 1):
            return f"Turn {at} is empty."
    return None
