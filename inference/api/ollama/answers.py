"""The objects that answer `/api/chat` and `/api/generate`: pieces of an answer, and its end with the counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from inference.engine import Finished, FinishReason, Message
from inference.serving.service import Completion

from . import context
from .model_objects import TAG

DONE_REASONS: Final = {FinishReason.STOP: "stop", FinishReason.LENGTH: "length"}


class Answers(ABC):
    """The objects of one response. `model`: the name of the model."""

    def __init__(self, model: str) -> None:
        self._model = model

    def answered_by(self, model: str) -> None:
        """Name the model with this id, which answers: it may have become the default while the request waited."""
        self._model = model + TAG

    def piece(self, text: str, thinking: str = "") -> dict[str, Any]:
        """Return an object with a piece of the text or the thought."""
        created_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return {"model": self._model, "created_at": created_at, **self._content(text, thinking), "done": False}

    def end(self, completion: Completion, *, whole: bool) -> dict[str, Any]:
        """Return the last object, with all of the answer if `whole`, else with none."""
        self.answered_by(completion.finished.model)
        texts = (completion.text, completion.reasoning) if whole else ("",)
        return self.piece(*texts) | _ending(completion.finished)

    def idle(self, reason: str) -> dict[str, Any]:
        """Return the object for a request that asks nothing. `reason`: `load` or `unload`."""
        return self.piece("") | {"done": True, "done_reason": reason}

    @abstractmethod
    def _content(self, text: str, thinking: str) -> dict[str, Any]:
        """Return the fields with a text and a thought."""


class ChatAnswers(Answers):
    """The objects of `POST /api/chat`."""

    def _content(self, text: str, thinking: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text} | _thinking(thinking)}


class GenerateAnswers(Answers):
    """The objects of `POST /api/generate`. `messages`: the transcript that the context continues; empty for none."""

    def __init__(self, model: str, messages: Sequence[Message] = ()) -> None:
        super().__init__(model)
        self._messages = messages

    def end(self, completion: Completion, *, whole: bool) -> dict[str, Any]:
        answer = Message("assistant", completion.text, completion.reasoning)
        held = {"context": context.encode((*self._messages, answer))} if self._messages else {}
        return super().end(completion, whole=whole) | held

    def _content(self, text: str, thinking: str) -> dict[str, Any]:
        return {"response": text} | _thinking(thinking)


def _thinking(thought: str) -> dict[str, str]:
    return {"thinking": thought} if thought else {}


def _ending(finished: Finished) -> dict[str, Any]:
    """Return the fields of the end of an answer. The durations, in nanoseconds, follow each other.

    Waiting for a place and launching a process are what loading the model is to Ollama.
    """
    usage, timings = finished.usage, finished.timings
    load, prompt = timings.queue + timings.launch, timings.prompt - timings.launch
    decode = timings.first_token + timings.decode
    return {
        "done": True,
        "done_reason": DONE_REASONS[finished.reason],
        "total_duration": _nanoseconds(load + prompt + decode),
        "load_duration": _nanoseconds(load),
        "prompt_eval_count": usage.prompt_tokens,
        "prompt_eval_duration": _nanoseconds(prompt),
        "eval_count": usage.generated_tokens,
        "eval_duration": _nanoseconds(decode),
    }


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
