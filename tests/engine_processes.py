"""Shared by tests of llama-cli processes: switches of the fake, time limits, and checks for leftovers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inference.engine.config import ProcessTimeouts
from inference.engine.gguf.header import read_model_file
from inference.engine.llama_cli.models.program import find_program
from inference.engine.llama_cli.process.process import Command
from inference.engine.prompts import renderer_process

PATIENCE = 30.0  # seconds; the limit for what takes a fraction of one on an idle machine
SOAK = os.environ.get("SOAK") == "1"  # run the full counts instead of samples


def examples(count: int) -> int:
    """Return how many examples Hypothesis tries: the full count with SOAK=1, else a fifth."""
    return count if SOAK else max(5, count // 5)


@dataclass(frozen=True)
class Footprint:
    """The open files, child processes (zombies included) and threads of this process."""

    files: int
    children: int
    threads: int

    @classmethod
    def now(cls) -> Footprint:
        return cls(len(list(Path("/proc/self/fd").iterdir())), len(child_pids()), threading.active_count())


def child_pids() -> list[int]:
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread has just ended
            pids += map(int, (task / "children").read_text().split())
    return pids


def renders(pid: int) -> bool:
    """Return whether a process is one in which a chat template runs."""
    try:
        return renderer_process.__name__.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for a condition that no event announces."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        await asyncio.sleep(0.005)


def switches(*names: str) -> tuple[str, ...]:
    """Return extra arguments that set switches of the fake."""
    return tuple(word for name in names for word in ("--fake", name))


def never_ends(model: Path, count: int = 2) -> tuple[str, ...]:
    """Return extra arguments that ban the last tokens of a small model's vocabulary, which end an answer."""
    size = read_model_file(model).vocabulary_size
    return tuple(word for number in range(1, count + 1) for word in ("-l", f"{size - number}-1000"))


def steady(model: Path, count: int = 2) -> tuple[str, ...]:
    """Return `never_ends`, one token at a time, and no token 0: then two runs are equal to the last token.

    Other batch sizes change the last bits of the numbers. Token 0 is NUL, which prints nothing: it can be reported
    late, which would move the position of a cut.
    """
    return (*never_ends(model, count), "-ub", "1", "-l", "0-1000")


def command(binary: Path, model: Path, *extra: str, timeouts: ProcessTimeouts | None = None) -> Command:
    """Return the command that a pool would use."""
    file = read_model_file(model)
    control = frozenset(token.encode() for token in file.control_tokens | file.end_tokens)
    program = find_program(binary)
    arguments = (*program.arguments, *extra)
    return Command(program.path, model, arguments, control, timeouts or ProcessTimeouts(PATIENCE, PATIENCE, PATIENCE))
