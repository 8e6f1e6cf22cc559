"""Runs the commands of a build, shows how far they are, and leaves none of them behind. No Django in here."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, BinaryIO, Protocol, cast

SECONDS_BETWEEN_PLAIN_LINES = 5.0
SECONDS_TO_STOP = 10.0
ERROR_LINES = 15

NINJA_PROGRESS = re.compile(r"\[(\d+)/(\d+)\] (.*)")


class EngineBuildError(Exception):
    """The engine cannot be built here. The message says what was wrong, what was expected and what to do."""


class Output(Protocol):
    """Where the progress goes: a text file, as far as it is needed."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


class Display:
    """Steps are lines. Progress is one updating line on a terminal, and a plain line every few seconds elsewhere."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._updating = False
        self._shown = ""
        self._last_plain_line = 0.0

    def step(self, text: str) -> None:
        self.clear()
        self._write(f"{text}\n")
        self._last_plain_line = time.monotonic()

    def progress(self, text: str) -> None:
        if self._terminal:
            if not self._updating or text != self._shown:
                self._write("\r\x1b[K" + text[: shutil.get_terminal_size().columns - 1])
            self._updating, self._shown = True, text
        elif time.monotonic() - self._last_plain_line >= SECONDS_BETWEEN_PLAIN_LINES:
            self.step(text)

    def clear(self) -> None:
        """Takes an updating line away, so that whatever is printed next starts on an empty line."""
        if self._updating:
            self._write("\r\x1b[K")
            self._updating = False

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class Runner:
    """Runs programs one after another; what they print goes into the log."""

    def __init__(self, log: BinaryIO, display: Display, environment: dict[str, str]) -> None:
        self._log = log
        self._display = display
        self._environment = environment
        self._interrupted = False

    def run(self, command: Sequence[str], title: str, *, failure: str, expected: str, advice: str) -> None:
        """Runs a program to its end; raises EngineBuildError with its last lines if it fails.

        When an exception interrupts the wait (KeyboardInterrupt), the program and its children are stopped first.
        """
        self._display.step(title)
        started = time.monotonic()
        printed = b""
        with self._start(command) as child:
            try:
                if self._interrupted:
                    raise KeyboardInterrupt
                output = cast(IO[bytes], child.stdout)
                position = ""
                while True:
                    if select.select([output], [], [], 1.0)[0]:
                        chunk = os.read(output.fileno(), 65536)
                        if not chunk:
                            break
                        printed += chunk
                        self._log.write(chunk)
                        position = _ninja_position(printed) or position
                    self._display.progress(position or f"… {time.monotonic() - started:.0f} s")
                code = child.wait()
            except BaseException:
                _stop(child)
                raise
            finally:
                self._display.clear()
        if code != 0:
            raise EngineBuildError(f"{failure}. It printed:\n{_last_lines(printed)}\nExpected: {expected}.\n{advice}")

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Starts a program. An interrupt meanwhile is only noted: raised here, it would leave the program running."""
        default = signal.signal(signal.SIGINT, lambda *_: setattr(self, "_interrupted", True))
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment,
                process_group=0,  # its interrupts come from _stop alone, to it and to its children
            )
        finally:
            signal.signal(signal.SIGINT, default)


def _ninja_position(printed: bytes) -> str:
    """The last whole `[n/m] …` line, with only the name of the file that is being built; empty if there is none."""
    for line in reversed(printed[-4096:].decode(errors="replace").split("\n")[:-1]):
        if match := NINJA_PROGRESS.fullmatch(line):
            done, total, what = match.groups()
            return f"[{done:>{len(total)}}/{total}] {what.rsplit('/', 1)[-1].removesuffix('.o')}"
    return ""


def _last_lines(printed: bytes) -> str:
    """The last lines that a program printed, indented; of ninja's, those from the failure on."""
    lines = printed.decode(errors="replace").splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith("FAILED: ")), -ERROR_LINES)
    return "\n".join(f"    {line}" for line in lines[first:][:ERROR_LINES])


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Interrupts a program and its children, as Ctrl-C does (ninja removes half-written files); kills what stays."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(SECONDS_TO_STOP)
            return
