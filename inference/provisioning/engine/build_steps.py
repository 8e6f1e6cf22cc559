"""Run the commands of a build, show their progress, and leave none of them running. No Django in here."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, BinaryIO, Protocol, cast

SECONDS_BETWEEN_PLAIN_LINES = 5.0
SECONDS_TO_STOP = 10.0
ERROR_LINES = 15

PROGRESS = re.compile(r"\[ *(\d+)/ *(\d+)\] +(.*)")  # of ninja and llama-quantize


class EngineBuildError(Exception):
    """The engine cannot be built here. The message says what went wrong, what was expected and what to do."""


class Output(Protocol):
    """The part of a text file's interface that is needed to print progress."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


class Display:
    """Print steps as lines, and progress as one updating line on a terminal or a plain line every few seconds."""

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
        """Erase an updating line, so that the next output starts on an empty line."""
        if self._updating:
            self._write("\r\x1b[K")
            self._updating = False

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class Runner:
    """Run programs one after another, with their output in the log."""

    def __init__(self, log: BinaryIO, display: Display, environment: dict[str, str]) -> None:
        self._log = log
        self._display = display
        self._environment = environment
        self._interrupted = False

    def run(self, command: Sequence[str], title: str, *, failure: str, expected: str, advice: str) -> None:
        """Run a program to its end. Raise EngineBuildError with its last lines if it fails.

        An exception during the wait (KeyboardInterrupt) stops the program and its children first.
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
                        position = _position(printed) or position
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
        """Start a program. Defer an interrupt during the start, which would leave the program running.

        Interrupts only reach the main thread, and only there can they be deferred.
        """
        if threading.current_thread() is not threading.main_thread():
            return self._popen(command)
        default = signal.signal(signal.SIGINT, lambda *_: setattr(self, "_interrupted", True))
        try:
            return self._popen(command)
        finally:
            signal.signal(signal.SIGINT, default)

    def _popen(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            process_group=0,  # its interrupts come from _stop alone, to it and to its children
        )


def _position(printed: bytes) -> str:
    """Return the last complete `[n/m] …` line with the name of the file that is being built; empty if there is none."""
    for line in reversed(printed[-4096:].decode(errors="replace").split("\n")[:-1]):
        if match := PROGRESS.fullmatch(line):
            done, total, what = match.groups()
            return f"[{done:>{len(total)}}/{total}] {what.partition(' - ')[0].rsplit('/', 1)[-1].removesuffix('.o')}"
    return ""


def _last_lines(printed: bytes) -> str:
    """Return the last lines that a program printed, indented; for ninja, those from the failure on."""
    lines = printed.decode(errors="replace").splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith("FAILED: ")), -ERROR_LINES)
    return "\n".join(f"    {line}" for line in lines[first:][:ERROR_LINES])


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Interrupt a program and its children, as Ctrl-C does (ninja removes partial files); kill what remains."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(SECONDS_TO_STOP)
            return
