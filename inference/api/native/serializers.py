"""The request body of `POST /generate`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from bitnetsite.env import env
from inference.api.requests.fields import (
    ModelField,
    ShortList,
    StrictBoolean,
    StrictFloat,
    StrictInteger,
    StrictSerializer,
    StrictString,
)
from inference.api.requests.sampling import SamplingSerializer, sampling
from inference.api.requests.validation import (
    context_size_error,
    continuation_error,
    length_error,
    max_tokens_error,
    reasoning_error,
    threads_error,
    transcript_error,
)
from inference.engine import GenerationRequest, Message
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
from inference.serving.service import Limits, default_tokens


class StopField(ShortList):
    """Stop strings."""

    child = StrictString(min_length=1, max_length=MAX_STOP_CHARS, allow_blank=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_STOPS, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and "" in data[:MAX_STOPS]:
            raise serializers.ValidationError("Enter no empty string: it would end every answer immediately.")
        return super().to_internal_value(data)


class MessageSerializer(StrictSerializer):
    role = serializers.ChoiceField(["user", "assistant"])
    content = StrictString(max_length=MAX_PROMPT_CHARS, allow_blank=True)
    reasoning = StrictString(
        required=False,
        allow_blank=True,
        help_text="Of an answer: the thought that came with it. The model sees it if its chat template renders it.",
    )


class GenerateSerializer(SamplingSerializer, StrictSerializer):
    """One generation. `context["limits"]` has the limits of the asked model and of the engine's configuration.

    The defaults below are the environment's, for the API's description; a request gets those in force.
    """

    prompt = StrictString(
        required=False, max_length=MAX_PROMPT_CHARS, help_text="The question, or the text to complete."
    )
    messages = MessageSerializer(  # type: ignore[call-arg]  # max_length is for the list that many=True makes
        many=True,
        required=False,
        allow_empty=False,
        max_length=MAX_MESSAGES,
        help_text="Instead of prompt: the turns of a conversation, ending in a question or in an answer to continue.",
    )
    model = ModelField(help_text="Id of the model that answers, from /model_info; by default, the default model.")
    system_prompt = StrictString(
        default=env("DEFAULT_SYSTEM_PROMPT"),
        max_length=MAX_SYSTEM_PROMPT_CHARS,
        allow_blank=True,
        help_text="Empty: no system prompt.",
    )
    max_tokens = StrictInteger(required=False, min_value=1, help_text="Maximum number of generated tokens.")
    temperature = StrictFloat(
        low=0,
        high=MAX_TEMPERATURE,
        default=env("DEFAULT_TEMPERATURE"),
        help_text="0 selects the most likely token each time.",
    )
    top_p = StrictFloat(
        low=0, above=True, high=1, default=env("DEFAULT_TOP_P"), help_text="Nucleus sampling; 1 disables it."
    )
    seed = StrictInteger(
        required=False, min_value=0, max_value=MAX_SEED, help_text="The same seed reproduces the same answer."
    )
    stop = StopField(default=list, help_text="The answer ends before the first occurrence of one of these strings.")
    context_size = StrictInteger(
        required=False, min_value=MIN_CONTEXT_SIZE, help_text="Maximum tokens of prompt and answer together."
    )
    threads = StrictInteger(
        required=False, min_value=1, help_text="Maximum threads, further limited by the available cores."
    )
    conversation_mode = StrictBoolean(
        default=True, help_text="false: raw completion, without chat template and system prompt."
    )
    think = StrictBoolean(
        required=False,
        help_text="Whether the model thinks before it answers, if its chat template lets requests decide that.",
    )
    details = StrictBoolean(default=False, help_text="Include details about the generation.")
    stream = StrictBoolean(default=False, help_text="Respond with server-sent events instead of one JSON object.")

    def prepare(self, fields: Any) -> None:
        in_force = configuration.current()
        for name in ("system_prompt", "temperature", "top_p"):
            fields[name].default = getattr(in_force, name)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        limits: Limits = self.context["limits"]
        context_size = attrs.setdefault("context_size", limits.context_size)
        attrs.setdefault("max_tokens", default_tokens(context_size))
        errors = {
            "context_size": context_size_error(context_size, limits),
            "max_tokens": max_tokens_error(attrs["max_tokens"], context_size),
            "threads": threads_error(attrs.get("threads"), limits),
            "prompt": length_error(attrs.get("prompt", "")),
        }
        for at, message in enumerate(attrs.get("messages", ())):
            errors[f"messages.{at}.content"] = length_error(message["content"])
            errors[f"messages.{at}.reasoning"] = reasoning_error(message["role"], message.get("reasoning", ""))
        if ("prompt" in attrs) == ("messages" in attrs):
            errors["prompt"] = "Enter either prompt or messages."
        elif "messages" in attrs and not attrs["conversation_mode"]:
            errors["messages"] = "Enter a prompt instead: raw completion (conversation_mode false) takes no messages."
        elif "messages" in attrs:
            grammar = attrs.get("grammar") or attrs.get("response_format")
            last = attrs["messages"][-1]["role"]
            errors["messages"] = transcript_error(attrs["messages"]) or continuation_error(last, grammar)
        if found := {name: error for name, error in errors.items() if error}:
            raise serializers.ValidationError(found)
        return attrs

    def generation_request(self, caller: str) -> GenerationRequest:
        """Return the validated request in the engine's terms."""
        values = self.validated_data
        raw = not values["conversation_mode"]
        messages: list[Message] = []
        if not raw:
            turns = values.get("messages") or [{"role": "user", "content": values["prompt"]}]
            system = [{"role": "system", "content": values["system_prompt"]}] if values["system_prompt"].strip() else []
            messages = [Message(**turn) for turn in (*system, *turns)]
        return GenerationRequest(
            messages=tuple(messages),
            prompt=values["prompt"] if raw else None,
            max_tokens=values["max_tokens"],
            sampling=sampling(
                values, temperature=values["temperature"], top_p=values["top_p"], seed=values.get("seed")
            ),
            context_size=values["context_size"],
            threads=values.get("threads"),
            stop=tuple(values["stop"]),
            caller=caller,
            keep="messages" in values,
            think=values.get("think"),
            model=self.context["limits"].model,
        )
