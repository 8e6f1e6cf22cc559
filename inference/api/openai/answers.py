"""The objects that answer chat completions and completions, whole and in pieces."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inference.engine import Finished, FinishReason
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


class ChatAnswers:
    """The objects of `POST /v1/chat/completions`."""

    def __init__(self, head: Head) -> None:
        self._head = head

    def whole(self, completions: Sequence[Completion]) -> dict[str, Any]:
        """Return the body of a whole answer."""
        choices: list[dict[str, Any]] = [
            {
                "index": index,
                "message": _message(completion),
                "logprobs": None,
                "finish_reason": FINISH_REASONS[completion.finished.reason],
            }
            for index, completion in enumerate(completions)
        ]
        return self._head.fields("chat.completion") | {"choices": choices, "usage": usage_of(completions)}

    def chunk(
        self, index: int, text: str | None, finished: Finished | None, reasoning: str | None = None
    ) -> dict[str, Any]:
        """Return a chunk of a streamed answer: its end, a piece of its text or thought, or else its beginning."""
        delta = {} if finished else {"role": "assistant", "content": ""} if text is None else {"content": text}
        if reasoning is not None:
            delta = {"reasoning_content": reasoning}
        reason = FINISH_REASONS[finished.reason] if finished else None
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._head.fields("chat.completion.chunk") | {"choices": [choice]}

    def usage(self, finished: Sequence[Finished]) -> dict[str, Any]:
        """Return the last chunk of a stream whose client asked for the token counts."""
        return self._head.fields("chat.completion.chunk") | {"choices": [], "usage": usage(finished)}


class CompletionAnswers:
    """The objects of `POST /v1/completions`. `echoed`: the text before each completion."""

    def __init__(self, head: Head, echoed: Sequence[str]) -> None:
        self._head = head
        self._echoed = echoed

    def whole(self, completions: Sequence[Completion]) -> dict[str, Any]:
        """Return the body of a whole answer."""
        choices = [
            self._choice(index, self._echoed[index] + completion.text, completion.finished)
            for index, completion in enumerate(completions)
        ]
        return self._head.fields("text_completion") | {"choices": choices, "usage": usage_of(completions)}

    def chunk(
        self, index: int, text: str | None, finished: Finished | None, reasoning: str | None = None
    ) -> dict[str, Any]:
        """Return a chunk of a streamed completion. The first one has the echoed text. It has no thought."""
        begins = text is None and finished is None
        choice = self._choice(index, self._echoed[index] if begins else text or "", finished)
        return self._head.fields("text_completion") | {"choices": [choice]}

    def usage(self, finished: Sequence[Finished]) -> dict[str, Any]:
        """Return the last chunk of a stream whose client asked for the token counts."""
        return self._head.fields("text_completion") | {"choices": [], "usage": usage(finished)}

    def _choice(self, index: int, text: str, finished: Finished | None) -> dict[str, Any]:
        reason = FINISH_REASONS[finished.reason] if finished else None
        return {"index": index, "text": text, "logprobs": None, "finish_reason": reason}


def _message(completion: Completion) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": completion.text, "refusal": None, "annotations": []}
    return message | ({"reasoning_content": completion.reasoning} if completion.reasoning else {})


def usage_of(completions: Sequence[Completion]) -> dict[str, Any]:
    """Return the token counts of whole answers."""
    return usage([completion.finished for completion in completions])


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
