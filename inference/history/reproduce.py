"""A generation of the history once more, with the seed and the settings that it had: does it come out the same?"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from inference.engine import Finished, FinishReason, GenerationRequest, Message, Sampling, Text
from inference.models import GenerationRecord
from inference.serving import service
from inference.serving.callers import Caller


class CannotReplay(Exception):
    """The record does not say enough; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it. `differs_at`: characters that the two answers have in common, None where they are equal.

    An answer that was cut off is compared as far as it goes. `expected`: why a difference is no sign of a fault; empty
    where it would be.
    """

    first: str
    second: str
    differs_at: int | None
    expected: str
    request_id: str

    @property
    def equal(self) -> bool:
        return self.differs_at is None


async def replay(record: GenerationRecord, user_id: int | None = None) -> Replay:
    """Answer it again, which `user_id` asks for; the new generation is in the history too, linked to this one.

    Raises CannotReplay, and an EngineError where there is no answer.
    """
    pool = await service.engine()
    limits = service.limits_of(pool)
    request = request_of(record, most_threads=limits.max_threads)
    caller = Caller("admin", user_id=user_id, reproduces=record.pk)
    text, finished = "", None
    async with aclosing(service.generate(request, caller)) as events:
        async for event in events:
            if isinstance(event, Text):
                text += event.text
            elif isinstance(event, Finished):
                finished = event
    threads = finished.threads if finished else None
    return _compared(record, text, _expected(record, pool.model.name, threads), caller.request_id)


def compared(record: GenerationRecord, again: GenerationRecord) -> Replay:
    """What came of a replay that is in the history: `again`, which repeated `record`, and has its texts as that has."""
    return _compared(record, again.answer or "", _expected(record, again.model, again.threads), again.request_id)


def _compared(record: GenerationRecord, text: str, expected: str, request_id: str) -> Replay:
    first, second = record.answer or "", text
    if record.reason in (FinishReason.CANCELLED, FinishReason.ERROR):
        second = text[: len(first)]
    differs_at = None if first == second else _common(first, second)
    return Replay(first=first, second=text, differs_at=differs_at, expected=expected, request_id=request_id)


def request_of(record: GenerationRecord, most_threads: int | None = None) -> GenerationRequest:
    """The request as it was, of nobody, so that no process holds any of it already. Raises CannotReplay."""
    if record.messages is None and record.prompt is None:
        raise CannotReplay(
            "Only the sizes of this prompt and answer were kept. Keep the texts of later ones to replay them: "
            "KEEP_API_TEXTS and KEEP_CHAT_TEXTS, or the settings of the same names."
        )
    if record.answer is None or (record.seed is None and record.temperature > 0):
        raise CannotReplay("This generation was cut off before its seed was told. Replay one that came to its end.")
    threads = record.threads
    return GenerationRequest(
        messages=tuple(Message(turn["role"], turn["content"]) for turn in record.messages or ()),
        prompt=record.prompt,
        max_tokens=record.max_tokens,
        sampling=Sampling(record.temperature, record.top_p, seed=record.seed),
        context_size=record.context_size,
        threads=threads if threads and (most_threads is None or threads <= most_threads) else None,
        stop=tuple(record.stop),
        owner=f"replay of {record.pk}",
    )


def _common(first: str, second: str) -> int:
    """How many characters the two begin with alike."""
    return next(
        (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def _expected(record: GenerationRecord, model: str, threads: int | None) -> str:
    """`model`, `threads`: of the second answer, as far as they are known."""
    if record.model != model:
        return f"It was answered by {record.model}, and now by {model}."
    if record.reused_tokens:
        return (
            f"It was answered by a process that held {record.reused_tokens} tokens of it already: these were evaluated "
            "in other portions than now, and if it had answered before, its random numbers had gone on."
        )
    if threads is not None and record.threads != threads:
        return f"It was computed by {record.threads} threads, and now by {threads}: sums are rounded otherwise."
    return ""
