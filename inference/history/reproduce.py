"""Run a recorded generation again, with its seed and settings, and compare the two answers."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from inference.engine import Finished, FinishReason, GenerationRequest, Message, Reasoning, Sampling, Text
from inference.engine.errors import UnknownModel
from inference.models import GenerationRecord
from inference.serving import service
from inference.serving.callers import Caller


class CannotReproduce(Exception):
    """The record lacks something that is needed; the message says what."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers to the same request, each with its thought before it.

    `differs_at`: the number of characters before the first difference; None if the answers are equal. An interrupted
    first answer is compared up to its end. `expected`: why a difference is no sign of a fault; empty if it would be.
    `request_id`: of the second answer.
    """

    first: str
    second: str
    differs_at: int | None
    expected: str
    request_id: str

    @property
    def equal(self) -> bool:
        return self.differs_at is None


async def reproduce(record: GenerationRecord, user_id: int | None = None) -> Comparison:
    """Generate the answer again on behalf of `user_id`. The new record in the history refers to this one.

    Raise CannotReproduce, and an EngineError if no answer is generated.
    """
    try:
        limits = await service.limits(record.model)
    except UnknownModel:
        raise CannotReproduce(
            f"{record.model_name} ({record.model}) answered, which is no longer served. Offer that model, or choose a "
            "generation of another one."
        ) from None
    request = original_request(record, max_threads=limits.max_threads)
    caller = Caller("admin", user_id=user_id, reproduces=record.pk)
    text, reasoning, finished = "", "", None
    async with aclosing(service.generate(request, caller)) as events:
        async for event in events:
            if isinstance(event, Text):
                text += event.text
            elif isinstance(event, Reasoning):
                reasoning += event.text
            elif isinstance(event, Finished):
                finished = event
    expected = _expected_difference(record, finished.model_name, finished.threads) if finished else ""
    return _compare(record, _whole(reasoning, text), expected, caller.request_id)


def compare_records(record: GenerationRecord, again: GenerationRecord) -> Comparison:
    """Compare a record with `again`, which reproduced it. Both need their texts."""
    expected = _expected_difference(record, again.model_name, again.threads)
    return _compare(record, _whole(again.reasoning, again.answer), expected, again.request_id)


def _compare(record: GenerationRecord, text: str, expected: str, request_id: str) -> Comparison:
    first, second = _whole(record.reasoning, record.answer), text
    if record.reason in (FinishReason.CANCELLED, FinishReason.ERROR):
        second = text[: len(first)]
    differs_at = None if first == second else _common_length(first, second)
    return Comparison(first=first, second=text, differs_at=differs_at, expected=expected, request_id=request_id)


def _whole(reasoning: str | None, answer: str | None) -> str:
    return "\n\n".join(filter(None, (reasoning, answer)))


def original_request(record: GenerationRecord, max_threads: int | None = None) -> GenerationRequest:
    """Return the recorded request, for a caller of its own, so that no process has any of it cached.

    Raise CannotReproduce.
    """
    if record.messages is None and record.prompt is None:
        raise CannotReproduce(
            "Only the sizes of this prompt and answer were stored. To reproduce later generations, store their texts: "
            "set KEEP_API_TEXTS or KEEP_CHAT_TEXTS, or the settings of the same names."
        )
    if record.answer is None or (record.seed is None and record.temperature > 0):
        raise CannotReproduce("This generation was interrupted before its seed was known. Choose a completed one.")
    threads = record.threads
    return GenerationRequest(
        messages=tuple(Message(**turn) for turn in record.messages or ()),
        prompt=record.prompt,
        max_tokens=record.max_tokens,
        sampling=Sampling(record.temperature, record.top_p, seed=record.seed, **_sampling(record)),
        context_size=record.context_size,
        threads=threads if threads and (max_threads is None or threads <= max_threads) else None,
        stop=tuple(record.stop),
        think=record.think,
        caller=f"reproduction of {record.pk}",
        model=record.model,
    )


def _sampling(record: GenerationRecord) -> dict[str, Any]:
    """Return the recorded fields of `Sampling`, with tuples where JSON has lists."""
    sampling = dict(record.sampling)
    if "logit_bias" in sampling:
        sampling["logit_bias"] = tuple(map(tuple, sampling["logit_bias"]))
    return sampling


def _common_length(first: str, second: str) -> int:
    """Return the length of the common prefix."""
    return next(
        (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def _expected_difference(record: GenerationRecord, model_name: str, threads: int | None) -> str:
    """Return why the second answer, by this model with `threads`, may differ; empty if it should be equal."""
    if record.model_name != model_name:
        return f"The first answer is by {record.model_name}, the second by {model_name}."
    if record.reused_tokens:
        return (
            f"The first answer came from a process that had {record.reused_tokens} tokens of the prompt cached. They "
            "were evaluated in other batches than now, and the process may have used its random numbers before."
        )
    if threads is not None and record.threads != threads:
        return (
            f"The first answer was computed with {record.threads} threads, the second with {threads}: sums are "
            "rounded differently."
        )
    return ""
