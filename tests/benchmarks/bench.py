"""What every row needs: the model, the programs, rounds with progress, servers."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from inference.machine.cores import available_cores
from tests.server import Server

CORES = available_cores()
PATIENCE = 300.0  # seconds until a server with a large model answers


@dataclass
class Bench:
    """One run. `programs`: folder of llama-cli and llama-server. `quick`: few and short answers, to try a row."""

    model: Path
    programs: Path
    rounds: int
    quick: bool
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="benchmark-")))
    row: int = 0

    def __post_init__(self) -> None:
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def tokens(self, count: int) -> int:
        """Return the length of an answer, in tokens."""
        return max(4, count // 4) if self.quick else count

    def each_round(self, count: int = 0) -> Iterator[int]:
        """Yield the numbers of the rounds, from 0, with the progress on stderr. `count`: at most so many."""
        count, begun = min(count or self.rounds, self.rounds), time.monotonic()
        for number in range(count):
            left = (time.monotonic() - begun) / number * (count - number) if number else None
            self.say(f"round {number + 1} of {count}" + (f", {left:.0f} s left" if left else ""))
            yield number

    def say(self, text: str) -> None:
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} row {self.row}: {text}\n")
        sys.stderr.flush()

    @contextmanager
    def server(self, **environment: str) -> Iterator[Server]:
        """Run a server that is ready and idle. Its caller has all cores for each answer."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        settings = {
            "MODEL_PATH": str(self.model),
            "MODELS_DIR": str(folder),
            "LLAMA_CLI": str(self.programs / "llama-cli"),
            "MAX_THREADS": "64",
            "QUEUE_TIMEOUT": "900",
            "MAX_CONNECTIONS_PER_ADDRESS": "1000",
        }
        with Server(folder, **settings | environment) as server:
            wait_until_idle(server)
            yield server


def wait_until_idle(server: Server) -> None:
    """Wait until the server answers, and nothing computes or is prepared: its standbys are ready, and sleep."""
    deadline, calm = time.monotonic() + PATIENCE, 0
    with server.client() as client:
        while calm < 2:
            assert time.monotonic() < deadline, server.log
            time.sleep(0.1)  # between two checks of the condition
            calm = calm + 1 if _idle(client) else 0


def _idle(client: httpx.Client) -> bool:
    try:
        answer = client.get("/model_info")
    except httpx.TransportError:  # not listening yet
        return False
    if answer.status_code != 200:
        return False
    workers = answer.json()["engine"]["workers"]
    return bool(workers) and all(each["role"] in ("standby", "resident") and each["pid"] for each in workers)


def worker(server: Server) -> psutil.Process:
    """Return the process that answers requests: gunicorn's worker."""
    [process] = psutil.Process(server.process.pid).children()
    return process


def own_processes(server: Server) -> list[psutil.Process]:
    """Return the server's processes without llama-cli: the worker, and those in which chat templates run."""
    answering = worker(server)
    return [answering, *(each for each in answering.children() if _renders(each))]


def _renders(process: psutil.Process) -> bool:
    try:
        return "renderer_process" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a llama-cli that has just ended
        return False


def environment() -> dict[str, str]:
    """Return the environment of a program that is started by hand."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ} | {"LANG": "C.UTF-8"}
