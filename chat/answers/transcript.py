"""Read the transcript that an answer is generated from: the branch up to it, cut to what fits the context."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from chat.conversations import branches
from chat.conversations.files import whole_text
from chat.models import Message
from inference.engine import GenerationRequest, Sampling
from inference.engine import Message as EngineMessage
from inference.serving import service

from . import window
from .receipt import context_tokens
from .window import Exchange


@dataclass(frozen=True, slots=True)
class Transcript:
    """The input of an answer. `start`: the first exchange to show to the model, chosen so that it is likely to fit.

    `rate`: tokens per character, from earlier counts. `branch_start`: the first question of the whole branch. `model`:
    as in `GenerationRequest`. `private`: of a temporary conversation, whose texts the history must not have.
    """

    system_prompt: str
    exchanges: list[Exchange]
    start: int
    rate: float
    branch_start: UUID
    sampling: Sampling
    max_tokens: int
    context_size: int
    model: str
    private: bool

    @property
    def answer_room(self) -> int:
        """Tokens of the context that are left to the answer."""
        return window.answer_room(self.max_tokens, self.context_size)

    def request(self, start: int, caller: str) -> GenerationRequest:
        """Return the engine's request for the answer, with the exchanges from `start` on."""
        messages = [EngineMessage("system", self.system_prompt)] if self.system_prompt else []
        for exchange in self.exchanges[start:]:
            messages.append(EngineMessage("user", exchange.question))
            if exchange.answer or exchange.reasoning:
                messages.append(EngineMessage("assistant", exchange.answer, exchange.reasoning))
        return GenerationRequest(
            messages=tuple(messages),
            max_tokens=self.max_tokens,
            sampling=self.sampling,
            context_size=self.context_size,
            caller=caller,
            keep=True,
            model=self.model,
        )

    def later_start(self, start: int, tokens: int) -> int | None:
        """Return a start after `start`, from where the transcript has `tokens` tokens and does not fit.

        None where only the last question is left.
        """
        rate = window.tokens_per_character(tokens, self.system_prompt, self.exchanges[start:])
        return window.later_start(self.system_prompt, self.exchanges, start, rate, self.context_size, self.answer_room)

    def window_start(self, start: int) -> UUID | None:
        """Return the value of `Message.window_start` for an answer that sees the exchanges from `start` on."""
        first = self.exchanges[start].id
        return None if first == self.branch_start else first


def read_transcript(answer_id: UUID) -> Transcript:
    """Return the transcript that an answer follows, or continues, for the model of its conversation.

    Questions without an answer are left out, because chat templates have no place for them. Raise
    Message.DoesNotExist, and UnknownModel where the conversation's model is not served.
    """
    answer = Message.objects.select_related("conversation").get(pk=answer_id)
    conversation = answer.conversation
    model = conversation.model or ""
    defaults = service.defaults(model)
    context_size = defaults.context_size
    path = branches.path(conversation, answer.pk)
    previous = _previous_run(path, answer)
    first = path.index(previous.window_start_id) if previous and previous.window_start_id in path else 0
    rows = Message.objects.only("role", "text", "files", "reasoning").in_bulk(path[first:])
    exchanges = _exchanges([rows[each] for each in path[first:] if each in rows])

    system_prompt = defaults.system_prompt if conversation.system_prompt is None else conversation.system_prompt
    system_prompt = system_prompt if system_prompt.strip() else ""
    max_tokens = min(conversation.max_tokens or defaults.max_tokens, defaults.max_answer_tokens, context_size)
    rate = window.TOKENS_PER_CHARACTER
    if previous and previous.runs:
        tokens = context_tokens(previous.runs[-1])
        counted = exchanges if previous.pk == answer.pk else exchanges[:-1]
        rate = window.tokens_per_character(tokens, system_prompt, counted)
    room = window.answer_room(max_tokens, context_size)
    return Transcript(
        system_prompt,
        exchanges,
        start=window.start(system_prompt, exchanges, 0, rate, context_size, room),
        rate=rate,
        branch_start=path[0],
        sampling=Sampling(
            defaults.temperature if conversation.temperature is None else conversation.temperature,
            defaults.top_p if conversation.top_p is None else conversation.top_p,
            seed=conversation.seed,
        ),
        max_tokens=max_tokens,
        context_size=context_size,
        model=model,
        private=conversation.temporary,
    )


def _previous_run(path: list[UUID], answer: Message) -> Message | None:
    """Return the answer whose window and token counts apply: this one if it is continued, else the one before it."""
    if answer.text or answer.reasoning:
        return answer
    if len(path) < 4:
        return None
    return Message.objects.only("runs", "window_start_id").filter(pk=path[-3]).first()


def _exchanges(messages: list[Message]) -> list[Exchange]:
    exchanges: list[Exchange] = []
    for message in messages:
        if message.role == Message.Role.USER:
            if exchanges and not exchanges[-1].answer.strip():
                exchanges.pop()
            exchanges.append(Exchange(message.pk, whole_text(message)))
        elif exchanges:
            exchanges[-1] = replace(exchanges[-1], answer=message.text, reasoning=message.reasoning)
    return exchanges
