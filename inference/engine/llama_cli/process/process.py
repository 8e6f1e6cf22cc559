"""One llama-cli child and its states: launched, then one answer after another, in one conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from inference.engine.errors import EngineCrashed, EngineTimeout, LaunchError, PromptTooLong
from inference.engine.types import FinishReason, Started, Text

from .answer import Answer, Verdict
from .child import Child, prompt_file
from .profile import Profile, encode_line, escape
from .signals import Context, Evaluating, LaunchPromptTooLong, Signal, Token, Waiting
from .stream_parser import StreamParser

SETTLING: Final = 5.0  # seconds that a process gets to wait again after an answer; it takes a token, or is stuck


class State(Enum):
    """The life of a process; `Process._take` and `Process.exited` alone move it on."""

    LAUNCHING = "launching"  # loads the model and evaluates its initial prompt
    READY = "ready"  # waits for a line
    ANSWERING = "answering"  # evaluates a line and generates
    INTERRUPTED = "interrupted"  # was cut at its length, and generates until it notices
    DEAD = "dead"  # reaped; it never comes back


@dataclass(frozen=True, slots=True)
class ProcessTimeouts:
    """Seconds a process may take: to be ready, to sample the first token of an answer, and each token after it."""

    launch: float = 120.0
    first_token: float = 300.0
    token: float = 60.0


@dataclass(frozen=True, slots=True)
class Command:
    """What all processes of a pool have in common. `control_tokens`: texts of control and end-of-generation tokens."""

    llama_cli: Path
    model: Path
    extra_arguments: Sequence[str]
    control_tokens: Collection[bytes]
    timeouts: ProcessTimeouts


class Process:
    """A llama-cli child. It belongs to one conversation: it remembers everything that it was told.

    `profile` must carry a seed. `cache_arguments`: see `PromptCache`. `on_exit` is called once it is dead.
    `launch_tokens`: in its context after the launch. `carry`: for the next `Answer`, where the last one was cut in the
    middle of a character.
    """

    def __init__(
        self,
        command: Command,
        profile: Profile,
        *,
        cache_arguments: Sequence[str] = (),
        on_exit: Callable[[], None] = lambda: None,
    ) -> None:
        self._command = command
        self._timeouts = command.timeouts
        self._cache_arguments = cache_arguments
        self._on_exit = on_exit
        self.profile = profile
        self.state = State.LAUNCHING
        self.context_size = profile.context_size
        self.adds_bos = False
        self.launch_tokens = 0
        self.since = time.monotonic()
        self._parser = StreamParser(profile.initial.encode(), command.control_tokens)
        self.carry = b""
        self._child: Child | None = None
        self._answer: Answer | None = None
        self._keep = False
        self._doomed = False
        self._overrun: list[bytes] = []  # tokens sampled between the cut and its notice: the next part of the answer
        self._too_long: PromptTooLong | None = None
        self._changed = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def tokens_per_second(self) -> float | None:
        """Of the answer that it makes, or made last; None before the first."""
        return self._answer.tokens_per_second if self._answer else None

    async def start(self) -> None:
        """Launch and wait until it is ready.

        Raises PromptTooLong where the initial prompt does not fit, EngineCrashed where the process dies over it, and
        LaunchError for every other way not to get ready. However it ends but well, the child is dead.
        """
        try:
            self._child = self._spawn()
        except OSError as error:
            self._set(State.DEAD)
            self._on_exit()
            raise LaunchError(
                f"{self._command.llama_cli} cannot be started: {error.strerror}. Build the engine with "
                "`manage.py build_engine`, or set LLAMA_CLI to a llama-cli."
            ) from error
        try:
            async with asyncio.timeout(self._timeouts.launch):
                while self.state is State.LAUNCHING and not self._parser.loaded:
                    await self._change()
            async with asyncio.timeout(self._timeouts.first_token):
                while self.state is State.LAUNCHING:
                    await self._change()
        except TimeoutError:
            seconds = self._timeouts.first_token if self._parser.loaded else self._timeouts.launch
            raise LaunchError(
                f"{self._command.llama_cli} was not ready after {seconds:g} s. {self._printed()}"
            ) from None
        finally:
            if self.state is State.LAUNCHING:
                self.kill()
        if self.state is State.DEAD and self._parser.loaded:
            raise self._too_long or EngineCrashed("The engine process died while it read the conversation so far.")
        if self.state is State.DEAD:
            raise LaunchError(
                f"{self._command.llama_cli} did not understand how it was launched, or could not load "
                f"{self._command.model.name}. {self._printed()}"
            )

    async def answer(self, line: str | None, answer: Answer, *, keep: bool) -> AsyncGenerator[Started | Text, None]:
        """Send one line and tell what comes of it; `line` None goes on with the open answer that the context ends in.

        With `keep` the process stays, waiting, after an answer that ended by itself or was cut at its length; await
        `settled` before the next one. Else, and after every error or when the iterator is closed early, it is killed.
        Raises the answer's error after the text that came before it.
        """
        if self.state is not State.READY:
            raise RuntimeError(f"a process that is {self.state.value} cannot answer")
        held = self._answer.context_tokens if self._answer else 0
        self._answer, self._keep, self.carry = answer, keep, b""
        self._set(State.ANSWERING)
        self._begin(line, answer, held)
        try:
            async for event in self._events(answer):
                yield event
        finally:
            if not (keep and answer.over and not answer.error):
                self.kill()
        if answer.error:
            raise answer.error

    async def settled(self) -> bool:
        """After a kept answer: whether the process waits again, with all of the answer in its context."""
        try:
            async with asyncio.timeout(SETTLING):
                while self.state in (State.ANSWERING, State.INTERRUPTED):
                    await self._change()
        except TimeoutError:
            self.kill()
        return self.state is State.READY

    def kill(self) -> None:
        """End it at once. Whatever waits for it is told when it is dead."""
        self._doomed = True
        if self._child:
            self._child.kill()

    async def wait(self) -> None:
        """Until it is dead and reaped."""
        if self._child:
            await self._child.wait()

    def _begin(self, line: str | None, answer: Answer, held: int) -> None:
        """Begin with the tokens that are sampled already; `held` of the context's came before them."""
        profile = self.profile
        overrun, self._overrun = self._overrun, []
        if overrun:
            answer.receive(Evaluating(held, 0))
        for at, data in enumerate(overrun):
            before = answer.tokens
            answer.receive(Token(data))
            if answer.reason is FinishReason.LENGTH:
                self._overrun = overrun[at + answer.tokens - before :]
                self.carry = answer.unfinished
                self._set(State.READY)
                return
        if answer.over:
            self.kill()
            return
        echo = [profile.in_prefix] if line is None else [profile.in_prefix, profile.in_suffix]
        for signal in self._parser.begin_turn(part.encode() for part in echo):
            self._take(signal)
        if self._child:
            self._child.write(encode_line(line))

    async def _events(self, answer: Answer) -> AsyncGenerator[Started | Text, None]:
        tokens, heard = answer.tokens, time.monotonic()
        while True:
            for event in answer.take():
                yield event
            if answer.over:
                return
            if answer.tokens != tokens:
                tokens, heard = answer.tokens, time.monotonic()
            limit = self._timeouts.token if answer.sampling else self._timeouts.first_token
            try:
                async with asyncio.timeout(heard + limit - time.monotonic()):
                    await self._change()
            except TimeoutError:
                what = "the next token" if answer.sampling else "the first token"
                answer.fail(EngineTimeout(f"The engine was silent for {limit:g} s before {what}, and was stopped."))
                self.kill()

    def _spawn(self) -> Child:
        with prompt_file(escape(self.profile.initial)) as file:
            arguments = self.profile.arguments(self._command.model, file.name)
            extra = [*self._command.extra_arguments, *self._cache_arguments]
            return Child([str(self._command.llama_cli), *arguments, *extra], self, pass_fds=[file.fd])

    async def _change(self) -> None:
        """Until something was received; a loop around it checks what."""
        self._changed.clear()
        await self._changed.wait()

    def _set(self, state: State) -> None:
        self.state = state
        self.since = time.monotonic()
        self._changed.set()

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        """See `Receiver`."""
        for packet in packets:
            for signal in self._parser.feed_stdout(packet):
                self._take(signal)
        for signal in self._parser.feed_stderr(debug):
            self._take(signal)
        self._changed.set()

    def exited(self, returncode: int) -> None:
        """See `Receiver`."""
        if self._answer:
            how = f"killed by signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
            self._answer.fail(EngineCrashed(f"The engine process died in the middle of this answer ({how})."))
        self._set(State.DEAD)
        self._on_exit()

    def _take(self, signal: Signal) -> None:
        """The one place where a signal changes anything."""
        if self._doomed:
            return
        match self.state, signal:
            case State.LAUNCHING, Context(size, adds_bos):
                self.context_size, self.adds_bos = size, adds_bos
            case State.LAUNCHING, LaunchPromptTooLong(tokens):
                self._too_long = PromptTooLong(tokens, self.context_size)
            case State.LAUNCHING, Evaluating(past, new):
                self.launch_tokens = past + new
            case State.INTERRUPTED, Token(data):
                self._overrun.append(data)
            case ((State.LAUNCHING | State.INTERRUPTED), Waiting()):
                self._set(State.READY)
            case State.ANSWERING, Waiting() if self._answer and self._answer.over:
                self._set(State.READY)
            case State.ANSWERING, _ if self._answer:
                self._obey(signal, self._answer)
            case _:  # an answer that ended in the very moment of its cut, or something that has no place here
                self.kill()

    def _obey(self, signal: Signal, answer: Answer) -> None:
        before = answer.tokens
        verdict = answer.receive(signal)
        if verdict is Verdict.CUT and self._keep and answer.reason is FinishReason.LENGTH:
            self.carry = answer.unfinished
            if isinstance(signal, Token) and answer.tokens == before:  # only this one told that the limit was reached
                self._overrun.append(signal.data)
            self._set(State.INTERRUPTED)
            if self._child:
                self._child.interrupt()
        elif verdict is not Verdict.GO_ON:
            self.kill()

    def _printed(self) -> str:
        tail = "\n".join(line for line in self._parser.tail if line.strip())
        return f"It printed last:\n{tail}" if tail else "It printed nothing."
