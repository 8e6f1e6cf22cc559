r"""llama-cli's two output streams, parsed without I/O: bytes in, signals out.

With `-i --special -lv 1` the child writes text to stdout and debug lines to stderr, both from one log thread, in order.
stdout arrives through a packet-mode pipe: each packet is one write, an echoed prefix or suffix or one sampled token.
What a packet means is told by stderr:

    stderr                                   stdout
    embd_inp.size(): N, n_consumed: M                          N − M tokens are about to be evaluated
    n_past = N                                                 N tokens in the context after an evaluation
    n_remain: …                              <token>           one sampled token (and one line for the turn's input)
    found an EOG token                       \n                 that token ended the answer
    waiting for user input                   <in-prefix>       the turn is over
    appending input suffix: …                <in-suffix>       a turn's line was read

A token's `n_remain` line is written before its packet, and its packet before any later line. So the reader takes what
stderr has, then *drains* stdout, feeds the packets first and the lines after: a packet may be early here, never late.
Packets wait for the line that tells their meaning, so every way of cutting and mixing the streams gives the same
signals. A token that prints nothing (NUL; those of type UNUSED) has no packet: with the next line none has come. Where
later packets were early, one stands in for it, so that the text is the same; but not the newline and the prefix that
end a turn, which wait for the next line to tell them from tokens.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

LINE_LIMIT = 256  # bytes kept of a line: those that matter are shorter, others were seen with over 1 MB
TAIL_LINES = 12  # printed before the prompt was logged; told when a launch fails

LOG_PREFIX = rb"(?:\d+\.\d\d\.\d\d\d\.\d\d\d [A-Z] )?"  # of newer builds: time and level
_PREFIX = re.compile(LOG_PREFIX)
_PROMPT = re.compile(LOG_PREFIX + rb'prompt: "')
_CONTEXT = re.compile(rb"n_ctx: (\d+), add_bos: (-?\d+)$")
_PAST = re.compile(rb"n_past = (\d+)$")
_EVALUATION = re.compile(rb"embd_inp\.size\(\): (\d+), n_consumed: (\d+)$")
_TOO_LONG = re.compile(rb"main: prompt is too long \((\d+) tokens, max (\d+)\)")


@dataclass(frozen=True, slots=True)
class Context:
    """The context that the process really has, in tokens, and whether it begins with a BOS token of llama-cli's own."""

    size: int
    adds_bos: bool


@dataclass(frozen=True, slots=True)
class LaunchPromptTooLong:
    """The initial prompt alone, of `tokens` tokens, does not fit; the process exits."""

    tokens: int


@dataclass(frozen=True, slots=True)
class Evaluating:
    """`new` tokens are about to be evaluated on top of `past` that the context holds. Once a turn, and at launch."""

    past: int
    new: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The evaluation is over and the first token of the turn sampled; the context held `past` tokens before it."""

    past: int


@dataclass(frozen=True, slots=True)
class Token:
    """The bytes of one sampled token, perhaps a part of a character; none for a control token, which is in no text."""

    data: bytes


@dataclass(frozen=True, slots=True)
class EndOfGeneration:
    """The last sampled token ended the answer. It is in the context and in no text."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The process waits for a line; every piece of the turn has been told."""


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """The child printed something that the protocol has no place for."""

    explanation: str


Signal = Context | LaunchPromptTooLong | Evaluating | Evaluated | Token | EndOfGeneration | Waiting | OutOfStep


class StreamParser:
    """The state of both streams of one child.

    `launch_prompt`: the initial prompt's bytes, which the child logs raw, newlines and all: exactly as many are
    skipped, so that no text in it can pass for a debug line. `control_tokens`: texts of the vocabulary's control and
    end-of-generation tokens.
    """

    def __init__(self, launch_prompt: bytes, control_tokens: Collection[bytes]) -> None:
        self._prompt_size = len(launch_prompt)
        self.prompt_seen = False  # whether the launch got as far as its prompt
        self._skip = 0  # bytes of the logged prompt still to come
        self._line = b""
        self._control_tokens = control_tokens
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)  # what was printed last before the prompt was logged
        self._packets: deque[bytes] = deque()  # of stdout, whose meaning is not known yet
        self._echo: deque[bytes] = deque()  # what the child prints before the first token of the turn
        self._prefix = b""  # the part of it that is printed when the turn before is over
        self._after_control = False  # whether the packet told last was a control token's
        self._newlines = 0  # one for each end-of-generation line since the last wait
        self._in_turn = False
        self._past = 0  # tokens in the context
        self._reset_turn()

    def _reset_turn(self) -> None:
        self._sampled = 0  # tokens by stderr, the end-of-generation token included
        self._told = 0  # of these, those whose packet has come, or will not
        self._reading_input = False
        self._evaluation_told = False

    def begin_turn(self, echo: Iterable[bytes]) -> list[Signal]:
        """A line is about to be written. `echo`: the prefix, and what else is printed before the first token."""
        self._reset_turn()
        self._in_turn = True
        self._prefix, *rest = echo
        self._echo.extend(part for part in (self._prefix, *rest) if part)
        return self._settle()

    def feed_stdout(self, packet: bytes) -> list[Signal]:
        """One read of the packet-mode pipe."""
        self._packets.append(packet)
        return self._settle()

    def feed_stderr(self, data: bytes) -> list[Signal]:
        """Any chunk of the debug stream, cut anywhere."""
        signals: list[Signal] = []
        while data:
            if self._skip:
                skipped = min(self._skip, len(data))
                self._skip -= skipped
                data = data[skipped:]
                continue
            if not self.prompt_seen and (logged := _PROMPT.match(head := self._line + data)):
                self.prompt_seen, self._skip = True, self._prompt_size
                self._line, data = b"", head[logged.end() :]
                continue
            end = data.find(b"\n")
            self._line += data[: end if end >= 0 else None][: LINE_LIMIT - len(self._line)]
            if end < 0:
                break
            line, self._line, data = self._line, b"", data[end + 1 :]
            signals += self._read_line(line)
        return signals

    def _settle(self, *, turn_goes_on: bool = False) -> list[Signal]:
        """Give its meaning to every packet whose line has come. Those after a turn's last token wait for its end."""
        signals: list[Signal] = []
        while self._packets and self._in_turn:
            if self._echo:
                packet, expected = self._packets.popleft(), self._echo.popleft()
                if packet != expected:
                    signals.append(OutOfStep(f"{len(packet)} bytes came where the echo of {expected!r} was due"))
            elif self._told < self._sampled and (turn_goes_on or not self._may_end_turn(self._packets[0])):
                packet = self._packets.popleft()
                self._told += 1
                self._after_control = packet in self._control_tokens
                signals.append(Token(b"" if self._after_control else packet))
            else:
                break
        return signals

    def _may_end_turn(self, packet: bytes) -> bool:
        """Whether it could be printed by the end of a turn, instead of being a token."""
        return packet == self._prefix or (packet == b"\n" and self._after_control)

    def _complete(self, line: bytes) -> list[Signal]:
        """A line follows that of a sampled token: its packet has come, or there is none."""
        turn_goes_on = line not in (b"found an EOG token", b"waiting for user input")
        signals = self._settle(turn_goes_on=True) if turn_goes_on else []
        without_packet = self._sampled - self._told
        self._told = self._sampled
        return [*signals, *[Token(b"")] * without_packet]

    def _read_line(self, line: bytes) -> list[Signal]:
        if line[:1].isdigit():
            line = _PREFIX.sub(b"", line, count=1)
        if self._told < self._sampled:
            return [*self._complete(line), *self._read_line(line)]
        if not self.prompt_seen:
            self.tail.append(line.decode(errors="replace"))
            if context := _CONTEXT.match(line):
                return [Context(int(context[1]), context[2] != b"0")]
        elif past := _PAST.match(line):
            self._past = int(past[1])
        elif line.startswith(b"n_remain: "):
            return self._read_sampled()
        elif line.startswith(b"input tokens:"):
            self._reading_input = True
        elif evaluation := _EVALUATION.match(line):
            return self._read_evaluation(int(evaluation[1]) - int(evaluation[2]))
        elif line == b"found an EOG token":
            return self._read_end()
        elif line == b"waiting for user input":
            return self._read_wait()
        elif too_long := _TOO_LONG.match(line):
            return [LaunchPromptTooLong(int(too_long[1]))]
        return []

    def _read_sampled(self) -> list[Signal]:
        if self._reading_input:
            return []  # this one counts the turn's input
        self._sampled += 1
        return [*([Evaluated(self._past)] if self._sampled == 1 else ()), *self._settle()]

    def _read_evaluation(self, new: int) -> list[Signal]:
        self._reading_input = False
        if not new or self._evaluation_told:
            return []  # nothing new, or the rest of a prompt that is larger than a batch
        self._evaluation_told = True
        return [Evaluating(self._past, new)]

    def _read_end(self) -> list[Signal]:
        self._newlines += 1
        if not self._sampled:
            return []  # at launch: the prompt's own last token, told at each look at it
        self._in_turn = False
        return [EndOfGeneration()]

    def _read_wait(self) -> list[Signal]:
        self._in_turn = False
        signals: list[Signal] = []
        for _ in range(self._newlines):
            if not self._packets or self._packets.popleft() != b"\n":
                signals.append(OutOfStep("no newline came after the token that ended the answer"))
                break
        self._newlines = 0
        return [*signals, Waiting()]
