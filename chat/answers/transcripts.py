"""The rows of an answer in the making: what it is made from is read, what it becomes is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.conversations import branches
from chat.conversations.serializers import message_json
from chat.models import MOST_RUNS, Conversation, Message
from chat.transport.frames import Receipt
from inference.engine import GenerationRequest, Sampling
from inference.engine import Message as EngineMessage
from inference.serving import service

from . import window
from .window import Exchange

Role = Message.Role
Status = Message.Status


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an answer is made from. `start`: the first exchange that the model is to see, likely to fit.

    `rate`: tokens per character, as far as they were counted. `branch_start`: the first question of the whole branch.
    """

    system_prompt: str
    exchanges: list[Exchange]
    start: int
    rate: float
    branch_start: UUID
    sampling: Sampling
    max_tokens: int
    context_size: int

    @property
    def room(self) -> int:
        return window.room_for_answer(self.max_tokens, self.context_size)

    def request(self, start: int, owner: str) -> GenerationRequest:
        """The engine's request for the answer, seen from exchange `start` on."""
        messages = [EngineMessage("system", self.system_prompt)] if self.system_prompt else []
        for exchange in self.exchanges[start:]:
            messages.append(EngineMessage("user", exchange.question))
            if exchange.answer:
                messages.append(EngineMessage("assistant", exchange.answer))
        return GenerationRequest(
            messages=tuple(messages),
            max_tokens=self.max_tokens,
            sampling=self.sampling,
            context_size=self.context_size,
            owner=owner,
            keep=True,
        )

    def shrunk(self, start: int, tokens: int) -> int | None:
        """Where to begin instead of `start`, from where it has so many tokens; None where nothing can be left out."""
        rate = window.tokens_per_character(tokens, self.system_prompt, self.exchanges[start:])
        return window.shrunk_window(self.system_prompt, self.exchanges, start, rate, self.context_size, self.room)

    def window_start(self, start: int) -> UUID | None:
        """As `Message.window_start` has it."""
        first = self.exchanges[start].id
        return None if first == self.branch_start else first


def read_transcript(answer: UUID, context_size: int) -> Transcript:
    """The transcript that the answer is to follow, or to go on from. `context_size`: of the engine, in tokens.

    Questions that were never answered are left out: no template has a place for them. Raises Message.DoesNotExist.
    """
    row = Message.objects.select_related("conversation").get(pk=answer)
    conversation = row.conversation
    path = branches.path(conversation, row.pk)
    before = _counted_before(path, row)
    begin = path.index(before.window_start_id) if before and before.window_start_id in path else 0
    rows = Message.objects.only("role", "text").in_bulk(path[begin:])
    exchanges = _exchanges([rows[each] for each in path[begin:] if each in rows])

    offer = service.offer()
    system_prompt = offer.system_prompt if conversation.system_prompt is None else conversation.system_prompt
    system_prompt = system_prompt if system_prompt.strip() else ""
    max_tokens = min(conversation.max_tokens or offer.max_tokens, offer.max_answer_tokens, context_size)
    rate = window.TOKENS_PER_CHARACTER
    if before and before.runs:
        tokens = before.runs[-1]["prompt_tokens"] + before.runs[-1]["generated_tokens"]
        counted = exchanges if before.pk == row.pk else exchanges[:-1]
        rate = window.tokens_per_character(tokens, system_prompt, counted)
    room = window.room_for_answer(max_tokens, context_size)
    return Transcript(
        system_prompt,
        exchanges,
        start=window.window(system_prompt, exchanges, 0, rate, context_size, room),
        rate=rate,
        branch_start=path[0],
        sampling=Sampling(
            offer.temperature if conversation.temperature is None else conversation.temperature,
            offer.top_p if conversation.top_p is None else conversation.top_p,
            seed=conversation.seed,
        ),
        max_tokens=max_tokens,
        context_size=context_size,
    )


def _counted_before(path: list[UUID], row: Message) -> Message | None:
    """The answer whose window and counts this one goes on from: itself if it is continued, else the one before."""
    if row.text:
        return row
    if len(path) < 4:
        return None
    return Message.objects.only("runs", "window_start_id").filter(pk=path[-3]).first()


def _exchanges(messages: list[Message]) -> list[Exchange]:
    exchanges: list[Exchange] = []
    for message in messages:
        if message.role == Role.USER:
            if exchanges and not exchanges[-1].answer.strip():
                exchanges.pop()
            exchanges.append(Exchange(message.pk, message.text))
        elif exchanges:
            exchanges[-1] = Exchange(exchanges[-1].id, exchanges[-1].question, message.text)
    return exchanges


def save_partial(answer: UUID, text: str, window_start: UUID | None) -> None:
    """Keep what there is of an answer that is still being made."""
    making = Message.objects.filter(pk=answer, status=Status.GENERATING)
    making.update(text=text, window_start_id=window_start)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended. `receipt`: None where the engine never began with it."""

    status: Message.Status
    error_code: str = ""
    error_detail: str = ""
    receipt: Receipt | None = None


def save_end(
    answer: UUID, text: str, window_start: UUID | None, ending: Ending
) -> tuple[dict[str, Any], Conversation] | None:
    """Write the end of an answer, in one transaction: the message as the page is told it, and its conversation.

    None where the message is no longer there.
    """
    with transaction.atomic():
        message = Message.objects.select_related("conversation").filter(pk=answer).first()
        if message is None:
            return None
        message.text, message.status, message.window_start_id = text, ending.status, window_start
        message.error_code, message.error_detail = ending.error_code, ending.error_detail
        if ending.receipt:
            message.runs = [*message.runs, ending.receipt][-MOST_RUNS:]
        message.save()
        conversation = message.conversation
        conversation.updated_at = timezone.now()
        conversation.save(update_fields=["updated_at"])
        siblings = branches.siblings([message])[message.pk]
    return message_json(message, siblings), conversation
