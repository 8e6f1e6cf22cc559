"""The request body of `POST /api/generate`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inference.api.requests.fields import StrictBoolean, StrictString, Unsupported
from inference.api.requests.tolerant import NO_SUFFIX
from inference.api.requests.transcripts import Turn, engine_messages
from inference.api.requests.validation import length_error
from inference.engine import GenerationRequest, Message
from inference.serving import configuration
from inference.serving.parameters import MAX_PROMPT_CHARS, MAX_SYSTEM_PROMPT_CHARS

from .context import ContextField
from .request import NO_IMAGES, OllamaSerializer


class OllamaGenerateSerializer(OllamaSerializer):
    prompt = StrictString(
        required=False,
        max_length=MAX_PROMPT_CHARS,
        allow_blank=True,
        help_text="The question. Without one, the response says that the model is loaded.",
    )
    system = StrictString(
        required=False,
        max_length=MAX_SYSTEM_PROMPT_CHARS,
        allow_blank=True,
        help_text="The system prompt; by default, or if empty, the server's.",
    )
    context = ContextField(  # type: ignore[assignment]  # the name in the API; DRF has another use for it
        required=False, help_text="The context of the last answer, to continue its conversation with this prompt."
    )
    raw = StrictBoolean(
        required=False, help_text="Complete the prompt as a text, without chat template and system prompt."
    )
    template = Unsupported(
        "The model's own chat template is used. Leave this field out, or send a rendered prompt with raw."
    )
    suffix = Unsupported(NO_SUFFIX)
    images = Unsupported(NO_IMAGES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        prompt = attrs.get("prompt", "")
        if error := length_error(prompt):
            raise serializers.ValidationError({"prompt": error})
        if prompt and not prompt.strip():
            raise serializers.ValidationError({"prompt": "Enter a text."})
        if attrs.get("raw") and (named := [name for name in ("system", "context") if attrs.get(name)]):
            raise serializers.ValidationError(
                {named[0]: "Leave this field out, or raw: a raw prompt is the whole text."}
            )
        return attrs

    @property
    def loads(self) -> bool:
        return not self.validated_data.get("prompt")

    @property
    def is_raw(self) -> bool:
        return bool(self.validated_data.get("raw"))

    @property
    def messages(self) -> tuple[Message, ...]:
        """The transcript that ends in the prompt. The system prompt of the context stays unless another is given."""
        values = self.validated_data
        turns = [Turn(message.role, message.content, message.reasoning) for message in values.get("context", ())]
        if values.get("system"):
            turns = [Turn("system", values["system"]), *(turn for turn in turns if turn.role != "system")]
        return engine_messages([*turns, Turn("user", values["prompt"])], configuration.current().system_prompt)

    def request(self, caller: str) -> GenerationRequest:
        """Return the request for the engine. A conversation that has begun is kept for its next turn."""
        if self.is_raw:
            return self.generation(caller, prompt=self.validated_data["prompt"])
        keep = bool(self.validated_data.get("context")) and self.keeps
        return self.generation(caller, messages=self.messages, keep=keep)
