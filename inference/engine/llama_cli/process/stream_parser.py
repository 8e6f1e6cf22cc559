r"""llama-cli's two output streams, parsed without I/O: bytes in, signals out.

With `-i --special -lv 1` the child writes text to stdout and debug lines to stderr, in order, from one log thread.
stdout is a packet-mode pipe: each packet is one write, namely an echoed prefix or suffix, or one sampled token.
stderr tells what a packet means:

    stderr                                   stdout
    embd_inp.size(): N, n_consumed: M                          N − M tokens are about to be evaluated
    n_past = N                                                 N tokens are in the context after an evaluation
    n_remain: …                              <token>           one sampled token (and one line for the turn's input)
    found an EOG token                       \n                that token ended the answer
    waiting for user input                   <in-prefix>       the turn is over
    appending input suffix: …                <in-suffix>       a turn's line was read

A token's `n_remain` line is written before its packet, and its packet before any later line. The reader takes what
stderr has, then *drains* stdout, and feeds first the packets, then the lines: a packet can be early here, never late.
Packets wait for the line that tells their meaning, so that the signals do not depend on how the streams are cut and
mixed. A token that prints nothing (NUL; tokens of type UNUSED) has no packet: with the next line, none has come. If
later packets were early, one of them takes its place, which leaves the text unchanged; but not the newline and the
prefix at the end of a turn, which wait for the next line to tell them from tokens.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .debug_lines import PROMPT_LINE, DebugLines
from .packets import Packets
from .signals import (
    Context,
    EndOfGeneration,
    Evaluated,
    Evaluating,
    GrammarRefused,
    LaunchPromptTooLong,
    OutOfStep,
    Signal,
    Token,
    Waiting,
)

TAIL_LINES: Final = 12  # printed before the prompt is logged; shown if a launch fails

END_LINE: Final = b"found an EOG token"
WAIT_LINE: Final = b"waiting for user input"
_CONTEXT = re.compile(rb"n_ctx: (\d+), add_bos: (-?\d+)$")
_PAST = re.compile(rb"n_past = (\d+)$")
_EVALUATION = re.compile(rb"embd_inp\.size\(\): (\d+), n_consumed: (\d+)$")
# Printed while the samplers are made, after the prompt was logged; other output can follow on the same line.
_GRAMMAR = re.compile(
    rb"error parsing grammar: (.+)|(grammar does not contain a .root. symbol|unsupported grammar, left recursion)"
    rb"|what\(\):  (failed to parse grammar)"  # newer builds end so, perhaps before they have printed the reason
)
_NO_MEMORY = re.compile(
    rb"ggml_\w+: (?:insufficient memory|failed to allocate)"
    rb"|terminate called after throwing an instance of 'std::bad_alloc'"
    rb"|llama_model_load: error loading model: (?:mmap failed: Cannot allocate memory|unable to allocate)"
)
_TOO_LONG = re.compile(rb"main: prompt is too long \((\d+) tokens, max (\d+)\)")


class Phase(Enum):
    """The phase of the child, according to the lines read so far. `StreamParser._enter` is the only writer.

    from                 event                                   to
    -                    a new parser                            LOADING
    LOADING              the initial prompt is logged            LAUNCHING
    LAUNCHING            "waiting for user input"                WAITING
    WAITING              `begin_turn`                            EVALUATING
    EVALUATING           "input tokens: …"                       READING_INPUT
    READING_INPUT        "embd_inp.size(): …"                    EVALUATING
    EVALUATING           "n_remain: …"                           SAMPLING
    SAMPLING             "found an EOG token"                    ENDED
    any of the last 4    "waiting for user input"                WAITING
    """

    LOADING = "loading"  # the model; lines are kept for error messages
    LAUNCHING = "launching"  # evaluates the initial prompt
    WAITING = "waiting"  # for a line
    EVALUATING = "evaluating"  # has got a line, and evaluates it
    READING_INPUT = "reading input"  # tokenizes the line; the next "n_remain" counts its tokens
    SAMPLING = "sampling"  # each "n_remain" is a sampled token
    ENDED = "ended"  # the answer has ended; a newline and the next wait follow


_IN_TURN = (Phase.EVALUATING, Phase.READING_INPUT, Phase.SAMPLING)


@dataclass(slots=True)
class Turn:
    """The counts of one turn, or of the launch."""

    evaluation_reported: bool = False
    sampled: int = 0  # tokens according to stderr, including the one that ends the answer
    reported: int = 0  # of these, those whose packet has come, or will not come

    @property
    def open_tokens(self) -> int:
        """Sampled tokens that have not been reported."""
        return self.sampled - self.reported


class StreamParser:
    """Parses both streams of one child.

    `launch_prompt`: the initial prompt as the child logs it. `control_tokens`: texts of the vocabulary's control and
    end-of-generation tokens. `tail`: the last lines before the initial prompt was logged. `out_of_memory`: the child
    has reported that it got no memory.
    """

    def __init__(self, launch_prompt: bytes, control_tokens: Collection[bytes]) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.out_of_memory = False
        self._phase = Phase.LOADING
        self._lines = DebugLines(len(launch_prompt))
        self._packets = Packets(control_tokens)
        self._turn = Turn()
        self._past = 0  # tokens in the context
        self._newlines = 0  # expected on stdout before the next wait: one for each end-of-generation line

    @property
    def loaded(self) -> bool:
        """Whether the model is loaded, and the launch got as far as its initial prompt."""
        return self._phase is not Phase.LOADING

    @property
    def last_output(self) -> str:
        """`tail` as the end of an error message."""
        tail = "\n".join(line for line in self.tail if line.strip())
        return f"Its last output:\n{tail}" if tail else "It printed nothing."

    def begin_turn(self, echo: Iterable[bytes]) -> list[Signal]:
        """Call before a line is written. `echo`: the prefix, and what else is printed before the first token."""
        self._turn = Turn()
        self._packets.expect_echo(echo)
        self._enter(Phase.EVALUATING)
        return self._match_packets()

    def feed_stdout(self, packet: bytes) -> list[Signal]:
        """Parse one read of the packet-mode pipe."""
        self._packets.add(packet)
        return self._match_packets()

    def feed_stderr(self, data: bytes) -> list[Signal]:
        """Parse a chunk of the debug stream, cut anywhere."""
        signals: list[Signal] = []
        for line in self._lines.feed(data):
            if self._turn.open_tokens:
                signals += self._close_tokens(line)
            signals += self._read_line(line)
        return signals

    def _enter(self, phase: Phase) -> None:
        self._phase = phase

    def _match_packets(self, *, turn_continues: bool = False) -> list[Signal]:
        """Match the packets whose lines have come. Packets that may belong to the end of the turn wait for it."""
        if self._phase not in _IN_TURN:
            return []
        signals: list[Signal] = [OutOfStep(difference) for difference in self._packets.match_echo()]
        while self._turn.open_tokens:
            token = self._packets.match_token(turn_continues=turn_continues)
            if token is None:
                break
            self._turn.reported += 1
            signals.append(Token(token))
        return signals

    def _close_tokens(self, line: bytes) -> list[Signal]:
        """Report the open tokens: the line after a token's own shows that its packet has come, or that it has none."""
        turn_continues = line not in (END_LINE, WAIT_LINE)
        signals = self._match_packets(turn_continues=True) if turn_continues else []
        without_packet = self._turn.open_tokens
        self._turn.reported = self._turn.sampled
        return [*signals, *[Token(b"")] * without_packet]

    def _read_line(self, line: bytes) -> list[Signal]:
        # The error is not logged by the log thread, so that it can come before the prompt, which is logged earlier.
        if self._phase in (Phase.LOADING, Phase.LAUNCHING) and (grammar := _GRAMMAR.search(line)):
            return [GrammarRefused(grammar[grammar.lastindex or 0].decode(errors="replace"))]
        if self._phase is Phase.LOADING:
            return self._read_launch(line)
        if past := _PAST.match(line):
            self._past = int(past[1])
        elif line.startswith(b"n_remain: "):
            return self._read_sampled()
        elif line.startswith(b"input tokens:"):
            if self._phase is Phase.EVALUATING:
                self._enter(Phase.READING_INPUT)
        elif evaluation := _EVALUATION.match(line):
            return self._read_evaluation(int(evaluation[1]) - int(evaluation[2]))
        elif line == END_LINE:
            return self._read_end()
        elif line == WAIT_LINE:
            return self._read_wait()
        elif too_long := _TOO_LONG.match(line):
            return [LaunchPromptTooLong(int(too_long[1]))]
        return []

    def _read_launch(self, line: bytes) -> list[Signal]:
        if line == PROMPT_LINE:
            self._enter(Phase.LAUNCHING)
            return []
        self.tail.append(line.decode(errors="replace"))
        self.out_of_memory |= bool(_NO_MEMORY.match(line))
        context = _CONTEXT.match(line)
        return [Context(int(context[1]), context[2] != b"0")] if context else []

    def _read_sampled(self) -> list[Signal]:
        if self._phase is Phase.READING_INPUT:
            return []  # counts the tokens of the line
        if self._phase is Phase.EVALUATING:
            self._enter(Phase.SAMPLING)
        self._turn.sampled += 1
        return [*([Evaluated(self._past)] if self._turn.sampled == 1 else ()), *self._match_packets()]

    def _read_evaluation(self, new: int) -> list[Signal]:
        if self._phase is Phase.READING_INPUT:
            self._enter(Phase.EVALUATING)
        if not new or self._turn.evaluation_reported:
            return []  # nothing new, or the next batch of a long prompt
        self._turn.evaluation_reported = True
        return [Evaluating(self._past, new)]

    def _read_end(self) -> list[Signal]:
        self._newlines += 1
        if not self._turn.sampled:
            return []  # at launch: the last token of the prompt, which is printed whenever llama-cli checks it
        self._enter(Phase.ENDED)
        return [EndOfGeneration()]

    def _read_wait(self) -> list[Signal]:
        self._enter(Phase.WAITING)
        signals: list[Signal] = []
        for _ in range(self._newlines):
            if not self._packets.match_newline():
                signals.append(OutOfStep("no newline came after the token that ended the answer"))
                break
        self._newlines = 0
        return [*signals, Waiting()]
