"""The request body of `POST /v1/completions`."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.api.requests.fields import ShortList, StrictBoolean, StrictString, Unsupported, WholeNumber
from inference.api.requests.tolerant import NO_SUFFIX
from inference.api.requests.validation import length_error
from inference.engine import GenerationRequest
from inference.serving.parameters import MAX_PROMPT_CHARS

from .request import MAX_CHOICES, ChoicesSerializer

_TEXT: Final = {"type": "string", "maxLength": MAX_PROMPT_CHARS}


@extend_schema_field({"oneOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MAX_CHOICES}]})
class PromptField(ShortList):
    """A prompt, or a list of them."""

    child = StrictString(max_length=MAX_PROMPT_CHARS, allow_blank=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, max_length=MAX_CHOICES, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, list) and data and isinstance(data[0], int | list):
            raise serializers.ValidationError("Enter the prompt as text: lists of tokens are not read.")
        prompts: list[str] = super().to_internal_value([data] if isinstance(data, str) else data)
        for prompt in prompts:
            if problem := length_error(prompt):
                raise serializers.ValidationError(problem)
        return prompts


class CompletionSerializer(ChoicesSerializer):
    prompt = PromptField(help_text="The text to complete, or a list of texts. It is not put into a chat template.")
    echo = StrictBoolean(required=False, help_text="Answer with the prompt before the completion.")
    suffix = Unsupported(NO_SUFFIX)
    best_of = WholeNumber(required=False, help_text="Not supported: only 1, or as n.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        choices = attrs.get("n", 1)
        if attrs.get("best_of", choices) != choices:
            raise serializers.ValidationError({"best_of": "Answers are not ranked. Leave this field out."})
        if len(attrs["prompt"]) * choices > MAX_CHOICES:
            raise serializers.ValidationError({"n": f"Enter at most {MAX_CHOICES} answers, over all prompts."})
        return attrs

    def generations(self, caller: str) -> list[GenerationRequest]:
        """Return the requests for the choices: `n` for each prompt."""
        prompts = [prompt for prompt in self.validated_data["prompt"] for _ in range(self.validated_data.get("n", 1))]
        return [self.choice(index, caller, prompt=prompt) for index, prompt in enumerate(prompts)]

    @property
    def echoed(self) -> list[str]:
        """The text before each completion: its prompt, if the client wants it repeated."""
        texts = [generation.prompt or "" for generation in self.generations("")]
        return texts if self.validated_data.get("echo") else [""] * len(texts)
