"""The commands of a build: their output, their progress and their end."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.provisioning.engine.build_steps import Display, EngineBuildError, Runner


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_output_of_a_failed_program_is_shown_from_the_failure_on() -> None:
    out, log = io.StringIO(), io.BytesIO()
    command = ["sh", "-c", "echo '[1/2] fine'; echo 'FAILED: two.o'; echo why >&2; exit 1"]
    with pytest.raises(EngineBuildError) as error:
        Runner(log, Display(out), {**os.environ}).run(
            command, "Compiling", failure="It failed", expected="success", advice="Try again."
        )
    assert str(error.value) == "It failed. It printed:\n    FAILED: two.o\n    why\nExpected: success.\nTry again."
    assert log.getvalue() == b"[1/2] fine\nFAILED: two.o\nwhy\n"


# Starts a child, tells its process group, and has its parent interrupted, as Ctrl-C does.
INTERRUPTING_PROGRAM = """
import os, pathlib, signal, subprocess, sys
child = subprocess.Popen(["sleep", "60"])
try:
    pathlib.Path(sys.argv[1]).write_text(str(os.getpgrp()))
    os.kill(os.getppid(), signal.SIGINT)
    child.wait()
finally:
    child.wait()
"""


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt in this process, also where it runs in the background or as a worker of pytest-xdist."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


def test_an_interrupt_stops_the_program_with_its_children(tmp_path: Path, interruptible: None) -> None:
    group = tmp_path / "group"
    command = [sys.executable, "-c", INTERRUPTING_PROGRAM, str(group)]
    with pytest.raises(KeyboardInterrupt):
        Runner(io.BytesIO(), Display(io.StringIO()), {**os.environ}).run(
            command, "Compiling", failure="It failed", expected="success", advice="Try again."
        )
    with pytest.raises(ProcessLookupError):
        os.killpg(int(group.read_text()), 0)


@pytest.mark.parametrize(
    ("out", "shown"),
    [
        (Terminal(), "Compiling\n\r\x1b[K[ 9/10] b.cpp\r\x1b[KDone\n"),
        (io.StringIO(), "Compiling\nDone\n"),  # at most one line in 5 seconds
    ],
)
def test_progress_is_one_updating_line_on_a_terminal(out: io.StringIO, shown: str) -> None:
    display = Display(out)
    command = ["printf", "[8/10] Building CXX object a.cpp.o\n[9/10] Building CXX object src/b.cpp.o\n[10/10"]
    Runner(io.BytesIO(), display, {**os.environ}).run(command, "Compiling", failure="", expected="", advice="")
    display.step("Done")
    assert out.getvalue() == shown
