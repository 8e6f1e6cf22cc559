"""Plan requests for the pool: the parts of the prompt, the launch profile, and keys of the transcript."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, ParamSpec, Protocol, TypeVar

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.gguf.header import ModelFile
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.prompts.prompt import Prompt, raw_prompt
from inference.engine.prompts.special_tokens import make_inert
from inference.engine.prompts.thoughts import OPENING, without_thoughts
from inference.engine.types import FinishReason, GenerationRequest, Message, Sampling

P = ParamSpec("P")
R = TypeVar("R")

LONG_REQUEST: Final = 50_000  # characters
COUNTING_CONTEXT: Final = 8  # tokens; the smallest that llama-cli takes


@dataclass(frozen=True, slots=True)
class Plan:
    """`conversation`: the key of the transcript up to the new line; None if no process can hold it."""

    request: GenerationRequest
    prompt: Prompt
    profile: Profile
    conversation: str | None

    @property
    def first(self) -> bool:
        """Whether it starts a conversation with an initial prompt that contains no question and can suit others."""
        return self.conversation is None and self.prompt.line is not None

    @property
    def keep(self) -> bool:
        """Whether its process can wait for the next turn."""
        return self.request.keep and self.prompt.keeps_conversation

    def conversation_after(self, text: str, reasoning: str, reason: FinishReason) -> str:
        """Return the key of the transcript with the answer `text`, which is open if it was cut."""
        messages = answered(self.request, text, reasoning)
        if reason is FinishReason.LENGTH:
            return conversation_key(self.request, messages, answer_open=True)
        return conversation_key(self.request, _rendered(messages, self.prompt))


class Template(Protocol):
    """Renders the prompts of conversations. See `prompts.renderer.Renderer`."""

    async def prompt(self, messages: Sequence[Message], think: bool | None = None) -> Prompt:
        """Return the parts for `messages`. Raise PromptRefused or ChatTemplateError."""


def answered(request: GenerationRequest, text: str, reasoning: str) -> tuple[Message, ...]:
    """Return the request's transcript with the answer."""
    *earlier, last = request.messages
    if last.role == "assistant":
        return (*earlier, replace(last, content=last.content + text, reasoning=last.reasoning + reasoning))
    return (*earlier, last, Message("assistant", text, reasoning))


def conversation_key(request: GenerationRequest, messages: Sequence[Message], *, answer_open: bool = False) -> str:
    """Return the digest by which the pool finds a process that holds exactly these messages for a request's caller.

    A template can render them otherwise where the request decides about thinking.
    """
    turns = [[message.role, message.content, message.reasoning] for message in messages]
    return hashlib.sha256(json.dumps([request.caller, request.think, turns, answer_open]).encode()).hexdigest()


class Planner:
    """Plans requests for one model. `team`: threads per process, unless a request wants fewer. `engine`: see `Profile`.

    `template`: an error if the model has no usable chat template; conversations raise it, and completions are planned.
    `resets_grammar`: see `Program`; without it, a process with a grammar answers once.
    """

    def __init__(
        self,
        model: ModelFile,
        template: Template | ChatTemplateError,
        team: int,
        engine: str = "",
        *,
        resets_grammar: bool = True,
    ) -> None:
        self._model = model
        self._template = template
        self._team = team
        self._engine = engine
        self._resets_grammar = resets_grammar

    @property
    def can_chat(self) -> bool:
        """Whether the model has a usable chat template."""
        return not isinstance(self._template, ChatTemplateError)

    async def plan(self, request: GenerationRequest) -> Plan:
        """Plan a request. Raise PromptRefused, or ChatTemplateError if the model cannot chat or its template fails."""
        if request.prompt is not None:
            prompt = await _off_loop(request, raw_prompt, self._model, request.prompt)
        else:
            if request.sampling.grammar:
                request = replace(request, think=False)
            prompt = await self._prompt(request.messages, request.think)
            if request.sampling.grammar and prompt.answer_begins in ("opened", "inside"):
                raise PromptRefused(
                    f"The chat template has the model begin its answer with a thought ({OPENING}), but a grammar or a "
                    "response format applies from the first token on. Ask without them, or use a model whose template "
                    "can turn thinking off."
                )
        return await _off_loop(request, self.plan_with, request, prompt)

    def plan_with(self, request: GenerationRequest, prompt: Prompt) -> Plan:
        """Plan a request whose prompt has been rendered."""
        if request.prompt is not None:
            return self._plan(request, prompt, None)
        *earlier, last = (*_rendered(request.messages[:-1], prompt), request.messages[-1])
        if last.role == "assistant":
            return self._plan(request, prompt, conversation_key(request, [*earlier, last], answer_open=True))
        has_question = any(message.role == "user" for message in earlier)
        return self._plan(request, prompt, conversation_key(request, earlier) if has_question else None)

    async def holds_transcript(self, plan: Plan, answer: str, text: str, reasoning: str) -> bool:
        """Return whether the context of a process is what the template renders before the next question.

        `answer`: what was generated, whose parts are `text` and `reasoning`. A template can leave out the thought, or
        write it with other white space.
        """
        continues = plan.request.messages[-1].role == "assistant"
        if answer == text and not (continues and plan.request.messages[-1].reasoning):
            return True
        prompt = None if continues else await self._next_prompt(plan.request, text, reasoning)
        return prompt is not None and prompt.text.startswith(
            plan.prompt.text + " " * plan.prompt.leading_spaces + answer
        )

    async def replay(self, request: GenerationRequest, text: str, reasoning: str) -> tuple[str, Profile] | None:
        """Return key and profile of a process that is ready for the next question after the answer `text`.

        None if the template does not allow a process to continue from there.
        """
        prompt = await self._next_prompt(request, text, reasoning)
        if prompt is None:
            return None
        messages = _rendered(answered(request, text, reasoning), prompt)
        profile = self._profile(replace(request, sampling=replace(request.sampling, seed=None)), prompt)
        return conversation_key(request, messages), profile

    async def plan_count(self, request: GenerationRequest) -> Plan:
        """Plan a launch that only counts the tokens of a request's prompt. Raise as `plan` does.

        The context is so small that llama-cli refuses the prompt, with its tokens, before it evaluates any of them. A
        given seed always needs a launch, so that no process which is of use to others is taken.
        """
        plan = await self.plan(request)
        whole = Prompt(self._whole(plan.prompt), "", None, "", 0, False)
        counted = replace(request, context_size=COUNTING_CONTEXT, sampling=Sampling(seed=0), keep=False)
        return self._plan(counted, whole, None)

    def full_prompt_profile(self, plan: Plan) -> Profile:
        """Return a profile with the whole prompt as initial prompt: to count its tokens."""
        return replace(plan.profile, initial=self._whole(plan.prompt))

    def _whole(self, prompt: Prompt) -> str:
        """Return the whole prompt, its line made inert. Without a line, llama-cli adds neither prefix nor suffix."""
        if prompt.line is None:
            return prompt.initial
        line = make_inert(prompt.line, self._model.control_tokens)
        return prompt.initial + prompt.in_prefix + line + prompt.in_suffix

    def _plan(self, request: GenerationRequest, prompt: Prompt, conversation: str | None) -> Plan:
        if request.sampling.grammar and not self._resets_grammar:
            request = replace(request, keep=False)
        return Plan(request, prompt, self._profile(request, prompt), conversation)

    def _profile(self, request: GenerationRequest, prompt: Prompt) -> Profile:
        threads = min(request.threads or self._team, self._team)
        return Profile.of(prompt, request.sampling, request.context_size, threads, self._engine)

    async def _prompt(self, messages: Sequence[Message], think: bool | None) -> Prompt:
        if isinstance(self._template, ChatTemplateError):
            raise self._template
        return await self._template.prompt(messages, think)

    async def _next_prompt(self, request: GenerationRequest, text: str, reasoning: str) -> Prompt | None:
        """Return the prompt of the next question after an answer; None if no process can have been kept for it."""
        try:
            prompt = await self._prompt((*answered(request, text, reasoning), Message("user", "?")), request.think)
        except (ChatTemplateError, PromptRefused):
            return None
        return prompt if prompt.keeps_conversation else None


def _rendered(messages: Sequence[Message], prompt: Prompt) -> tuple[Message, ...]:
    """Return earlier messages as the template renders them: without thoughts that it leaves out."""
    return tuple(messages) if prompt.keeps_thoughts else without_thoughts(messages)


async def _off_loop(request: GenerationRequest, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `work`, for a long request in a thread, because a digest of megabytes takes hundredths of a second."""
    size = len(request.prompt or "") + sum(len(message.content) for message in request.messages)
    return await asyncio.to_thread(work, *args, **kwargs) if size > LONG_REQUEST else work(*args, **kwargs)
