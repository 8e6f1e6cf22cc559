"""The objects that answer chat completions and completions, whole and in pieces."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from inference.engine import Finished, FinishReason, Reasoning, Text
from inference.serving.service import Completion

FINISH_REASONS = {FinishReason.STOP: "stop", FinishReason.LENGTH: "length"}


@dataclass(frozen=True, slots=True)
class Head:
    """The fields that all objects of one response share. `created`: seconds since 1970."""

    id: str
    model: str
    created: int = field(default_factory=lambda: int(time.time()))

    def fields(self, kind: str) -> dict[str, Any]:
        """Return the first fields of an object of this kind."""
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


class Answers(ABC):
    """The objects of one response, whose answers are choices, numbered from 0.

    `kind`, `chunk_kind`: the names of a whole response and of a piece of a streamed one.
    """

    kind: ClassVar[str]
    chunk_kind: ClassVar[str]

    def __init__(self, head: Head) -> None:
        self._head = head

    def answered_by(self, model: str) -> None:
        """Name the model that answers: another one may have become the default while the request waited."""
        self._head = replace(self._head, model=model)

    def whole(self, completions: Sequence[Completion]) -> dict[str, Any]:
        """Return the body of a whole response."""
        self.answered_by(completions[-1].finished.model)
        choices = [
            _choice(index, self._content(index, completion), completion.finished)
            for index, completion in enumerate(completions)
        ]
        counts = usage([completion.finished for completion in completions])
        return self._head.fields(self.kind) | {"choices": choices, "usage": counts}

    def chunk(self, index: int, event: Text | Reasoning | Finished | None) -> dict[str, Any]:
        """Return the piece of a streamed choice that says what happened; None: it begins."""
        choice = _choice(index, self._delta(index, event), event if isinstance(event, Finished) else None)
        return self._head.fields(self.chunk_kind) | {"choices": [choice]}

    def usage(self, finished: Sequence[Finished]) -> dict[str, Any]:
        """Return the last chunk of a stream whose client asked for the token counts."""
        return self._head.fields(self.chunk_kind) | {"choices": [], "usage": usage(finished)}

    @abstractmethod
    def _content(self, index: int, completion: Completion) -> dict[str, Any]:
        """Return the content of a whole choice."""

    @abstractmethod
    def _delta(self, index: int, event: Text | Reasoning | Finished | None) -> dict[str, Any]:
        """Return the content of a chunk."""


class ChatAnswers(Answers):
    """The objects of `POST /v1/chat/completions`."""

    kind, chunk_kind = "chat.completion", "chat.completion.chunk"

    def _content(self, index: int, completion: Completion) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": completion.text, "refusal": None, "annotations": []}
        return {"message": message | ({"reasoning_content": completion.reasoning} if completion.reasoning else {})}

    def _delta(self, index: int, event: Text | Reasoning | Finished | None) -> dict[str, Any]:
        match event:
            case None:
                return {"delta": {"role": "assistant", "content": ""}}
            case Text(text):
                return {"delta": {"content": text}}
            case Reasoning(text):
                return {"delta": {"reasoning_content": text}}
            case Finished():
                return {"delta": {}}


class CompletionAnswers(Answers):
    """The objects of `POST /v1/completions`, which have no thought. `echoed`: the text before each completion."""

    kind = chunk_kind = "text_completion"

    def __init__(self, head: Head, echoed: Sequence[str]) -> None:
        super().__init__(head)
        self._echoed = echoed

    def _content(self, index: int, completion: Completion) -> dict[str, Any]:
        return {"text": self._echoed[index] + completion.text}

    def _delta(self, index: int, event: Text | Reasoning | Finished | None) -> dict[str, Any]:
        return {"text": self._echoed[index] if event is None else event.text if isinstance(event, Text) else ""}


def _choice(index: int, content: dict[str, Any], finished: Finished | None) -> dict[str, Any]:
    reason = FINISH_REASONS[finished.reason] if finished else None
    return {"index": index, **content, "logprobs": None, "finish_reason": reason}


def usage(finished: Sequence[Finished]) -> dict[str, Any]:
    """Return the token counts of one request. Its prompt counts once, however many answers there are.

    `cached_tokens`: those of the prompt that were in a process's context already.
    """
    first = finished[0].usage
    generated = sum(each.usage.generated_tokens for each in finished)
    reasoning = sum(each.usage.reasoning_tokens for each in finished)
    return {
        "prompt_tokens": first.prompt_tokens,
        "completion_tokens": generated,
        "total_tokens": first.prompt_tokens + generated,
        "prompt_tokens_details": {"cached_tokens": first.reused_tokens},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
