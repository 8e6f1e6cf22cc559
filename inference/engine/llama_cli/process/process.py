"""One llama-cli process: launched, then one answer after another in a single conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from inference.engine.errors import EngineCrashed, EngineError, EngineTimeout, GrammarError, LaunchError, PromptTooLong
from inference.engine.llama_cli.config import ProcessTimeouts
from inference.engine.llama_cli.exits import ending, launch_failure
from inference.engine.types import FinishReason

from . import wire
from .answer import MIN_ANSWER_ROOM, Answer, AnswerEvent, Verdict
from .child import Child, text_file
from .profile import Profile, encode_line, escape
from .signals import Context, Evaluating, GrammarRefused, LaunchPromptTooLong, Signal, Token, Waiting
from .state import State
from .stream_parser import StreamParser
from .turn import CutAnswer, Turn

SETTLE_TIMEOUT: Final = 5.0  # seconds until a process has to wait again after an answer; it takes about one token


@dataclass(frozen=True, slots=True)
class Command:
    """What processes share. `control_tokens`: texts that are no part of answers. `environment`: as in `Child`."""

    llama_cli: Path
    model: Path
    extra_arguments: Sequence[str]
    control_tokens: Collection[bytes]
    timeouts: ProcessTimeouts
    environment: Mapping[str, str] = field(default_factory=dict)


class Process:
    """A llama-cli process. It belongs to one conversation, because its context keeps everything it was sent.

    `profile` must have a seed. `cache_arguments`: see `PromptCache`. `on_exit` is called when the process is dead.
    `since`: start of the current state, `loaded_at`: when the model was loaded, both on the monotonic clock.
    `context_size`, `adds_bos`: as llama-cli reports them. `launch_tokens`: in the context after the launch.
    `returncode`: None until it is dead, and after `kill`.
    """

    def __init__(
        self,
        command: Command,
        profile: Profile,
        *,
        cache_arguments: Sequence[str] = (),
        on_exit: Callable[[], None] = lambda: None,
    ) -> None:
        self.profile = profile
        self.state = State.LAUNCHING
        self.since = time.monotonic()
        self.loaded_at: float | None = None
        self.context_size, self.adds_bos = profile.context_size, False
        self.launch_tokens = 0
        self.returncode: int | None = None
        self._command = command
        self._cache_arguments = cache_arguments
        self._on_exit = on_exit
        self._parser = StreamParser(profile.initial.encode(), command.control_tokens)
        self._child: Child | None = None
        self._launch_error: EngineError | None = None
        self._turn: Turn | None = None
        self._cut: CutAnswer | None = None
        self._changed = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def carry(self) -> bytes:
        """The bytes that the last answer held back when it was cut; to be passed to the next `Answer`."""
        return self._cut.unfinished if self._cut else b""

    @property
    def tokens_per_second(self) -> float | None:
        """The speed of the current or last answer; None before the first."""
        return self._turn.answer.tokens_per_second if self._turn else None

    @property
    def ending(self) -> str:
        """How the process ended, with the likely cause."""
        return ending(self.returncode, out_of_memory=self._parser.out_of_memory)

    async def start(self) -> None:
        """Launch the process, and wait until it is ready.

        Raises PromptTooLong if the initial prompt does not fit, GrammarError if the grammar does not compile,
        EngineCrashed if the process dies while it evaluates the prompt, and LaunchError for all other failures. After
        any exception, the child is dead or killed.
        """
        try:
            self._child = self._spawn()
        except OSError as error:
            self._enter(State.DEAD)
            self._on_exit()
            raise LaunchError(
                f"{self._command.llama_cli} cannot be started: {error.strerror}. Build the engine with "
                "`manage.py build_engine` (for weights in I2_S with --bitnet), or set LLAMA_CLI to a llama-cli."
            ) from error
        timeouts = self._command.timeouts
        try:
            async with asyncio.timeout(timeouts.launch):
                while self._launching and not self._parser.loaded:
                    await self._change()
            async with asyncio.timeout(timeouts.first_token):
                while self._launching:
                    await self._change()
        except TimeoutError:
            seconds = timeouts.first_token if self._parser.loaded else timeouts.launch
            program = self._command.llama_cli
            raise LaunchError(f"{program} was not ready after {seconds:g} s. {self._parser.last_output}") from None
        finally:
            if self._launching:
                self.kill()
        if self.state is State.DEAD and self._launch_error:
            raise self._launch_error
        if self.state is State.DEAD:
            if self._parser.loaded:
                raise EngineCrashed(f"The engine process died while it read the prompt ({self.ending}).")
            program, model = self._command.llama_cli, self._command.model
            raise LaunchError(launch_failure(program, model, self.returncode, self.ending, self._parser.last_output))

    async def answer(self, line: str | None, answer: Answer, *, keep: bool) -> AsyncGenerator[AnswerEvent, None]:
        """Send one line and yield the events of its answer. `line` None continues the open answer in the context.

        With `keep`, the process waits for the next line after an answer that ended by itself or reached its limit;
        await `settled` before that line. In all other cases (errors, and a generator that is closed early) it is
        killed. Raises the answer's error, after the events before it.
        """
        if self.state in (State.KILLED, State.DEAD):
            answer.fail(EngineCrashed("The engine process died before this answer."))
        elif self.state is not State.READY:
            raise RuntimeError(f"a process that is {self.state.value} cannot answer")
        else:
            self._begin(line, Turn(answer, keep))
        try:
            async for event in self._events(answer):
                yield event
        finally:
            if not (keep and answer.over and not answer.error):
                self.kill()
        if answer.error:
            raise answer.error

    async def settled(self) -> bool:
        """Wait until the process waits for a line again, with all of the last answer in its context.

        Return False if it is killed or dead.
        """
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT):
                while self.state in (State.ANSWERING, State.INTERRUPTED, State.KILLED):
                    await self._change()
        except TimeoutError:
            self.kill()
        return self.state is State.READY

    def kill(self, error: EngineError | None = None) -> None:
        """Send SIGKILL; the current answer fails with `error`. What waits for the process continues when it is dead."""
        if error and self._turn:
            self._turn.answer.fail(error)
        if self._child and self.state is not State.DEAD:
            wire.signalled(self.pid, self.state, "SIGKILL")
            if self.state is not State.KILLED:
                self._enter(State.KILLED)
            self._child.kill()

    async def wait(self) -> None:
        """Wait until the process is dead and reaped."""
        if self._child:
            await self._child.wait()

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        """See `Receiver`."""
        wire.received(self.pid, self.state, packets, debug)
        signals = [signal for packet in packets for signal in self._parser.feed_stdout(packet)]
        signals += self._parser.feed_stderr(debug)
        for signal in signals:
            self._take(signal)
        if signals or (self._launching and self._parser.loaded):
            self._changed.set()

    def exited(self, returncode: int) -> None:
        """See `Receiver`."""
        if self.state is not State.KILLED:
            self.returncode = returncode
        if self._turn:
            self._turn.answer.fail(EngineCrashed(f"The engine process died during this answer ({self.ending})."))
        self._enter(State.DEAD)
        self._on_exit()

    @property
    def _launching(self) -> bool:
        """Whether the launch has not ended; after a kill, it ends when the process is dead."""
        return self.state in (State.LAUNCHING, State.KILLED)

    def _enter(self, state: State) -> None:
        self.state = state
        self.since = time.monotonic()
        self._changed.set()

    async def _change(self) -> None:
        """Wait for output or a new state. Callers check their condition in a loop."""
        self._changed.clear()
        await self._changed.wait()

    def _begin(self, line: str | None, turn: Turn) -> None:
        """Start the turn with the tokens that were sampled after the last cut, then send the line."""
        answer, profile = turn.answer, self.profile
        cut, self._cut, self._turn = self._cut, None, turn
        if cut and (rest := cut.continue_with(answer)):
            self._cut = rest
            self._enter(State.READY)
            return
        if answer.over:  # at a stop string or with an error, while the context holds more
            self.kill()
            return
        self._enter(State.ANSWERING)
        echo = [profile.in_prefix] if line is None else [profile.in_prefix, profile.in_suffix]
        for signal in self._parser.begin_turn(part.encode() for part in echo):
            self._take(signal)
        if self._child:
            wire.sent(self.pid, self.state, data := encode_line(line))
            self._child.write(data)

    def _take(self, signal: Signal) -> None:
        """Process a signal of the parser."""
        match self.state, signal:
            case ((State.KILLED | State.DEAD), _):
                pass
            case State.LAUNCHING, Context(size, adds_bos):
                self.context_size, self.adds_bos, self.loaded_at = size, adds_bos, time.monotonic()
            case State.LAUNCHING, LaunchPromptTooLong(tokens):
                self._launch_error = PromptTooLong(tokens, self.context_size, MIN_ANSWER_ROOM)
            case State.LAUNCHING, GrammarRefused(reason) if self.profile.sampling.grammar:
                self._launch_error = GrammarError(reason)
                self.kill()
            case State.LAUNCHING, Evaluating(past, new):
                self.launch_tokens = past + new
            case State.INTERRUPTED, Token(data) if self._cut:
                self._cut.overrun.append(data)
            case ((State.LAUNCHING | State.INTERRUPTED), Waiting()):
                self._enter(State.READY)
            case State.ANSWERING, Waiting() if self._turn and self._turn.answer.over:
                self._enter(State.READY)
            case State.ANSWERING, _ if self._turn:
                self._continue(signal, self._turn)
            case _:  # the answer ended by itself just when it was cut, or the output has no place in this state
                self.kill()

    def _continue(self, signal: Signal, turn: Turn) -> None:
        """Pass a signal to the answer, and do what it requires."""
        answer = turn.answer
        before = answer.tokens
        verdict = answer.receive(signal)
        if verdict is Verdict.CUT and turn.keep and answer.reason is FinishReason.LENGTH:
            self._cut = CutAnswer(answer.context_tokens, answer.unfinished)
            if isinstance(signal, Token) and answer.tokens == before:  # it had reached its limit before this token
                self._cut.overrun.append(signal.data)
            if self._child:
                wire.signalled(self.pid, self.state, "SIGINT")
                self._child.interrupt()
            self._enter(State.INTERRUPTED)
        elif verdict is not Verdict.CONTINUE:
            self.kill()

    async def _events(self, answer: Answer) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the answer's events until it is over. Fail it, and kill the process, if a token takes too long."""
        tokens, heard_at = answer.tokens, time.monotonic()
        while True:
            for event in answer.take():
                yield event
            if answer.over:
                return
            if answer.tokens != tokens:
                tokens, heard_at = answer.tokens, time.monotonic()
            limit = self._command.timeouts.token if answer.sampling else self._command.timeouts.first_token
            try:
                async with asyncio.timeout(heard_at + limit - time.monotonic()):
                    await self._change()
            except TimeoutError:
                what = "the next token" if answer.sampling else "the first token"
                answer.fail(EngineTimeout(f"The engine was silent for {limit:g} s before {what}, and was stopped."))
                self.kill()

    def _spawn(self) -> Child:
        with text_file(escape(self.profile.initial)) as prompt, text_file(self.profile.sampling.grammar) as grammar:
            options = self.profile.arguments(self._command.model, prompt.name, grammar.name)
            command = [str(self._command.llama_cli), *options, *self._command.extra_arguments, *self._cache_arguments]
            return Child(command, self, pass_fds=[prompt.fd, grammar.fd], environment=self._command.environment)
