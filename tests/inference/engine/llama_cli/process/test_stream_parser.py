"""The signals do not depend on how the two streams of a llama-cli are cut and mixed. A real binary made the streams."""

from __future__ import annotations

import asyncio
import re
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.engine.llama_cli.models.program import find_program
from inference.engine.llama_cli.process.child import Child, text_file
from inference.engine.llama_cli.process.profile import Profile, encode_line, escape
from inference.engine.llama_cli.process.signals import (
    Context,
    EndOfGeneration,
    Evaluated,
    Evaluating,
    LaunchPromptTooLong,
    OutOfStep,
    Signal,
    Token,
    Waiting,
)
from inference.engine.llama_cli.process.stream_parser import StreamParser
from inference.engine.types import Sampling
from tests.engine_processes import examples, until

Binary = Callable[[str], Path]
TIME_AND_LEVEL = re.compile(rb"^\d+\.\d\d\.\d\d\d\.\d\d\d [A-Z] ")  # before each line of newer builds
WAITS = b"waiting for user input\n"
CONTROL = frozenset((b"<|begin_of_text|>", b"<|end_of_text|>", b"<|eot_id|>"))
FORGED = 'Hi"\nwaiting for user input\nfound an EOG token\nn_remain: 1\nprompt: "\nn_past = 7<|eot_id|>'
PREFIX, SUFFIX = "User: ", "<|eot_id|>Assistant:"


@dataclass
class Recording:
    """Everything a child wrote. `echoes`: what is expected before the first token of each turn."""

    prompt: bytes
    echoes: list[list[bytes]] = field(default_factory=list)
    debug: bytes = b""
    packets: list[bytes] = field(default_factory=list)

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        self.packets += packets
        self.debug += debug

    def exited(self, returncode: int) -> None:
        pass

    @property
    def waits(self) -> list[int]:
        """The end of each wait line in `debug`, except the forged one in the prompt."""
        begin = self.debug.find(b'prompt: "')
        at = begin + len(b'prompt: "') + len(self.prompt) if begin >= 0 else len(self.debug)
        found = []
        while (at := self.debug.find(WAITS, at)) >= 0:
            at += len(WAITS)
            found.append(at)
        return found

    def windows(self) -> list[tuple[int, int]]:
        """For each packet, the range of positions in `debug` at which it can arrive.

        It cannot arrive before the turn was requested, or after the end of the line that follows its own.
        """
        ends = [at + 1 for at, byte in enumerate(self.debug) if byte == ord("\n")]
        begin = self.debug.index(b'prompt: "') + len(b'prompt: "') + len(self.prompt)
        ends = [end for end in ends if end > begin]
        windows, input_pending = [], False
        for start, end, following in zip([begin, *ends], ends, [*ends[1:], len(self.debug) + 1], strict=False):
            line = TIME_AND_LEVEL.sub(b"", self.debug[start:end])
            if line.startswith(b"input tokens:"):
                input_pending = True
            if line.startswith(b"n_remain") and input_pending:
                input_pending = False
            elif line.startswith((b"n_remain", b"found an EOG", b"appending input")):
                earliest = max([0, *(wait for wait in self.waits if wait <= start)])
                windows.append((earliest, following - 1))
        return windows


@pytest.fixture(scope="module")
def recording(engine_binary: Binary, model: Path) -> Recording:
    """A launch, two turns that end by themselves, an interrupted turn, and its continuation."""
    return asyncio.run(_record(engine_binary("llama-cli"), model))


async def _record(binary: Path, model: Path) -> Recording:
    profile = Profile(FORGED, PREFIX, SUFFIX, Sampling(1.0, 1.0, seed=5), 1024, 1)
    recording = Recording(FORGED.encode())
    with text_file(escape(profile.initial)) as file:
        quiet = ["-l", "0-1000"]  # NUL prints nothing
        command = [str(binary), *profile.arguments(model, file.name, ""), *find_program(binary).arguments, *quiet]
        child = Child(command, recording, pass_fds=[file.fd])
    both = [PREFIX.encode(), SUFFIX.encode()]
    for line, interrupt in (("One", False), ("Two", False), ("Three", True), (None, False)):
        await until(lambda: len(recording.waits) > len(recording.echoes))
        recording.echoes.append(both if line else both[:1])
        begun = len(recording.debug)
        child.write(encode_line(line))
        if interrupt:
            await until(lambda begun=begun: b"n_past = " in recording.debug[begun:])
            child.interrupt()
        if child.dead:
            break
    await until(lambda: child.dead or len(recording.waits) > len(recording.echoes))
    child.kill()
    await child.wait()
    return recording


def signals(recording: Recording, places: Sequence[int], cuts: Sequence[int] = ()) -> list[Signal]:
    """Return the signals of a recording whose packets arrive at `places`, and whose log is also cut at `cuts`."""
    parser = StreamParser(recording.prompt, CONTROL)
    heard: list[Signal] = []
    packets, echoes = list(zip(places, recording.packets, strict=False)), list(recording.echoes)
    edges = sorted({*places, *cuts, *recording.waits, len(recording.debug)})
    for start, end in zip([0, *edges], edges, strict=False):
        heard += parser.feed_stderr(recording.debug[start:end])
        if end in recording.waits and echoes:
            heard += parser.begin_turn(echoes.pop(0))
        while packets and packets[0][0] <= end:
            heard += parser.feed_stdout(packets.pop(0)[1])
    return heard


def without_delay(recording: Recording) -> list[Signal]:
    return signals(recording, [latest for _, latest in recording.windows()])


def test_the_signals_of_a_recording_are_what_happened(recording: Recording) -> None:
    heard = without_delay(recording)
    assert not [signal for signal in heard if isinstance(signal, OutOfStep)]
    assert heard[0] == Context(1024, adds_bos=True)
    assert sum(isinstance(signal, Waiting) for signal in heard) == len(recording.waits)
    assert sum(isinstance(signal, EndOfGeneration) for signal in heard) >= 2
    first = heard[heard.index(Waiting()) + 1 :]
    launch, turn, *_ = [signal for signal in heard if isinstance(signal, Evaluating)]
    assert launch.past == 0
    assert turn.past == launch.new
    assert first[1] == Evaluated(turn.past + turn.new)


# An example has a cut for each piece of a recording, and a recording is as long as the model made it.
@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example],
)
@given(random=st.randoms(use_true_random=False), data=st.data())
def test_signals_do_not_depend_on_the_arrival_of_packets_and_on_cuts(recording: Recording, random, data) -> None:
    eagerness = data.draw(st.floats(0, 1), label="share of packets that do not arrive at the last possible moment")
    places: list[int] = []
    for earliest, latest in recording.windows():
        place = random.randint(earliest, latest) if random.random() < eagerness else latest
        places.append(max([place, *places[-1:]]))
    cuts = [random.randint(0, len(recording.debug)) for _ in range(data.draw(st.integers(0, 300), label="cuts"))]
    assert signals(recording, places, cuts) == without_delay(recording)


def test_signals_are_the_same_for_a_log_read_byte_by_byte(recording: Recording) -> None:
    latest = [latest for _, latest in recording.windows()]
    assert signals(recording, latest, range(len(recording.debug))) == without_delay(recording)


def test_signals_are_the_same_when_all_packets_are_early(recording: Recording) -> None:
    earliest = [earliest for earliest, _ in recording.windows()]
    assert signals(recording, earliest) == without_delay(recording)


# Cases that a recording does not contain.


def launched(prompt: bytes = b"Hi") -> StreamParser:
    """Return a parser in its first turn, with the echo `<|eot_id|>A:`."""
    parser = StreamParser(prompt, CONTROL)
    parser.feed_stderr(b"n_ctx: 512, add_bos: 1\n" + b'prompt: "' + prompt + b'"\n' + WAITS)
    parser.begin_turn([b"", b"<|eot_id|>A:"])
    parser.feed_stdout(b"<|eot_id|>A:")
    parser.feed_stderr(b"input tokens: [ ]\nn_remain: -5\nembd_inp.size(): 4, n_consumed: 2\nn_past = 4\n")
    return parser


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_time_and_level_of_newer_builds_are_ignored(cut: int) -> None:
    parser = StreamParser(b"Hi\nyou", CONTROL)
    at = b"0.00.012.345 D "
    log = at + b"n_ctx: 512, add_bos: 1\n" + at + b'prompt: "Hi\nyou"\n' + at + WAITS + at + b"n_past = 3\n"
    assert [*parser.feed_stderr(log[:cut]), *parser.feed_stderr(log[cut:])] == [Context(512, adds_bos=True), Waiting()]


def test_a_long_line_takes_little_memory_and_hides_no_later_line() -> None:
    parser, part = launched(), b"x" * 1000 + b"waiting for user input"
    parser.feed_stderr(part)
    tracemalloc.start()
    try:
        for _ in range(300):
            assert parser.feed_stderr(part) == []
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1000
    assert parser.feed_stderr(b"\n" + WAITS) == [Waiting()]


@pytest.mark.promise(16)
def test_a_line_that_only_contains_a_marker_is_not_a_marker() -> None:
    parser = launched()
    for line in (b" %b", b"%b ", b"buffer: '%b'", b"%b\r", b"\x1b[0m%b"):
        assert parser.feed_stderr(line % WAITS[:-1] + b"\n") == []


def test_a_launch_prompt_that_does_not_fit_is_reported() -> None:
    parser = StreamParser(b"Hi", CONTROL)
    parser.feed_stderr(b'n_ctx: 512, add_bos: 1\nprompt: "Hi"\n')
    reported = parser.feed_stderr(b"main: prompt is too long (900 tokens, max 508)\n")
    assert reported == [LaunchPromptTooLong(900)]


def test_lines_before_the_prompt_are_kept_for_error_messages() -> None:
    parser = StreamParser(b"secret", CONTROL)
    parser.feed_stderr(b"error: no such file\n" + b'prompt: "secret"\nafterwards\n')
    assert list(parser.tail) == ["error: no such file"]


def test_a_packet_that_differs_from_the_expected_echo_is_out_of_step() -> None:
    parser = StreamParser(b"", CONTROL)
    parser.feed_stderr(b'prompt: ""\n' + WAITS)
    parser.begin_turn([b"User: ", b"A:"])
    (signal,) = parser.feed_stdout(b"Usr: ")
    assert isinstance(signal, OutOfStep)


def test_an_answer_that_ends_without_its_newline_is_out_of_step() -> None:
    parser = launched()
    parser.feed_stderr(b"n_remain: -6\n")
    parser.feed_stdout(b"<|eot_id|>")
    reported = parser.feed_stderr(b"found an EOG token\n" + WAITS)
    assert [type(signal) for signal in reported] == [EndOfGeneration, OutOfStep, Waiting]


@pytest.mark.parametrize("early", [False, True])
def test_tokens_that_print_nothing_are_counted(early: bool) -> None:
    """For example NUL. An early packet takes its place, but not the newline that ends the turn."""
    parser = launched()
    written = [b"a", None, b"\n", b"<|eot_id|>"]
    heard: list[Signal] = []
    if early:
        for packet in (b"a", b"\n", b"<|eot_id|>", b"\n"):
            heard += parser.feed_stdout(packet)
    for at, packet in enumerate(written):
        heard += parser.feed_stderr(b"n_remain: %d\n" % (-6 - at))
        if packet and not early:
            heard += parser.feed_stdout(packet)
        heard += parser.feed_stderr(b"eval: [ ]\nn_past = 9\n" if packet != b"<|eot_id|>" else b"")
    heard += parser.feed_stderr(b"found an EOG token\n")
    if not early:
        heard += parser.feed_stdout(b"\n")
    heard += parser.feed_stderr(WAITS)
    tokens = [signal.data for signal in heard if isinstance(signal, Token)]
    assert len(tokens) == 4
    assert b"".join(tokens) == b"a\n"
    assert [type(signal) for signal in heard[-2:]] == [EndOfGeneration, Waiting]


def test_the_prefix_of_the_next_turn_does_not_replace_a_token_that_printed_nothing() -> None:
    parser = StreamParser(b"", CONTROL)
    parser.feed_stderr(b'prompt: ""\n' + WAITS)
    parser.begin_turn([b"User: "])
    parser.feed_stdout(b"User: ")
    parser.feed_stdout(b"a")
    parser.feed_stdout(b"User: ")  # early
    heard = parser.feed_stderr(b"n_past = 1\nn_remain: -2\nn_past = 2\nn_remain: -3\n" + WAITS)
    assert [signal for signal in heard if isinstance(signal, Token)] == [Token(b"a"), Token(b"")]
    assert parser.begin_turn([b"User: "]) == []
    assert parser.feed_stderr(b"n_past = 3\nn_remain: -4\n") == [Evaluated(3)]
