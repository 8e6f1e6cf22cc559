"""Real servers for the tests of sockets: their processes, and the answers of their fake llama-cli."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.server import Server

SOAK = bool(os.environ.get("SOAK"))


MANY = 1900  # words: nearly all of the context


Start = Callable[..., Server]


def words(count: int) -> str:
    """Return the fake's answer with `tokens=count`."""
    return " ".join(f"w{number}" for number in range(count))


def worker(server: Server) -> int:
    """Return the pid of the web worker, gunicorn's child."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return int(children[0])


def kill(server: Server) -> None:
    """Kill the server and its worker with SIGKILL."""
    pid = worker(server)
    os.kill(pid, signal.SIGKILL)
    server.process.kill()
    server.process.wait()


def memory(pid: int) -> float:
    """Return the resident memory of a process, in MiB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def serving(server: Server) -> bool:
    """Return whether a process of the engine is generating."""
    with server.client() as client:
        processes = client.get("/model_info").json()["engine"]["workers"]
    return any(process["role"] == "serving" for process in processes)
