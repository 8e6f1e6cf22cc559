"""From a request to what the pool needs: the prompt's parts, the launch profile, the transcripts before and after."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from inference.engine.errors import ChatTemplateError
from inference.engine.gguf.header import ModelFile
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.prompts.chat_template import ChatTemplate, Prompt, raw_prompt
from inference.engine.prompts.special_tokens import make_inert
from inference.engine.types import FinishReason, GenerationRequest, Message

P = ParamSpec("P")
R = TypeVar("R")

LONG = 50_000  # characters of a request


@dataclass(frozen=True, slots=True)
class Plan:
    """`conversation`: key of the transcript up to the new line; None where no process could hold it."""

    request: GenerationRequest
    prompt: Prompt
    profile: Profile
    conversation: str | None

    @property
    def first(self) -> bool:
        """Whether it begins a conversation, with a launch that has no question in it and so may suit others."""
        return self.conversation is None and self.prompt.line is not None

    @property
    def keep(self) -> bool:
        """Whether its process may wait for the next turn."""
        return self.request.keep and self.prompt.keeps_conversation

    def conversation_after(self, text: str, reason: FinishReason) -> str:
        """Key of the transcript with the answer `text`, which is open where it was cut."""
        messages = answered(self.request, text)
        return conversation_key(self.request.owner, messages, answer_open=reason is FinishReason.LENGTH)


async def off_loop(request: GenerationRequest, plan: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `plan` returns; for a long request from a thread, since rendering megabytes takes tenths of a second."""
    size = len(request.prompt or "") + sum(len(message.content) for message in request.messages)
    return await asyncio.to_thread(plan, *args, **kwargs) if size > LONG else plan(*args, **kwargs)


def answered(request: GenerationRequest, text: str) -> tuple[Message, ...]:
    """The request's transcript with the answer in it."""
    *earlier, last = request.messages
    if last.role == "assistant":
        return (*earlier, replace(last, content=last.content + text))
    return (*earlier, last, Message("assistant", text))


def conversation_key(owner: str, messages: Sequence[Message], *, answer_open: bool = False) -> str:
    """Digest by which a process is found that holds just this transcript for this owner."""
    turns = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps([owner, turns, answer_open]).encode()).hexdigest()


class Planner:
    """Plans for one model. `team`: threads of every process, unless a request asks for fewer. `engine`: see `Profile`.

    A model without a usable chat template still does raw completion; conversations raise what was wrong with it.
    """

    def __init__(self, model: ModelFile, template: str | None, team: int, engine: str = "") -> None:
        self._model = model
        self._team = team
        self._engine = engine
        self._template: ChatTemplate | None = None
        self.template_error: ChatTemplateError | None = None
        try:
            self._template = ChatTemplate(model, template)
        except ChatTemplateError as error:
            self.template_error = error

    def plan(self, request: GenerationRequest) -> Plan:
        """Raises ChatTemplateError where the template refuses the transcript."""
        if request.prompt is not None:
            return self._plan(request, raw_prompt(self._model, request.prompt), None)
        prompt = self._prompt(request.messages)
        *earlier, last = request.messages
        if last.role == "assistant":
            return self._plan(request, prompt, conversation_key(request.owner, request.messages, answer_open=True))
        begun = any(message.role == "user" for message in earlier)
        return self._plan(request, prompt, conversation_key(request.owner, earlier) if begun else None)

    def replay(self, request: GenerationRequest, text: str) -> tuple[str, Profile] | None:
        """What a process must hold for the next question after the answer `text`: the key and its profile.

        None where the template does not let a process go on from there.
        """
        messages = answered(request, text)
        try:
            prompt = self._prompt((*messages, Message("user", "?")))
        except ChatTemplateError:
            return None
        if not prompt.keeps_conversation:
            return None
        profile = self._profile(replace(request, sampling=replace(request.sampling, seed=None)), prompt)
        return conversation_key(request.owner, messages), profile

    def whole(self, plan: Plan) -> Profile:
        """A launch with all of the prompt in it, the line made inert: it tells how many tokens that is."""
        prompt = plan.prompt
        line = make_inert(prompt.line or "", self._model.control_tokens)
        return replace(plan.profile, initial=prompt.initial + prompt.in_prefix + line + prompt.in_suffix)

    def _plan(self, request: GenerationRequest, prompt: Prompt, conversation: str | None) -> Plan:
        return Plan(request, prompt, self._profile(request, prompt), conversation)

    def _profile(self, request: GenerationRequest, prompt: Prompt) -> Profile:
        threads = min(request.threads or self._team, self._team)
        return Profile.of(prompt, request.sampling, request.context_size, threads, self._engine)

    def _prompt(self, messages: Sequence[Message]) -> Prompt:
        if self._template is None:
            raise self.template_error or ChatTemplateError("The model has no chat template.")
        return self._template.prompt(messages)
