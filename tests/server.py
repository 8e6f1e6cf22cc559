"""The real server as a process, with the command of `make run`, on a free port and with its own data folder."""

from __future__ import annotations

import logging
import os
import re
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import httpx

from tests import warm_python
from tests.databases import migrated_database

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request would hide the cause of a failure

ROOT = Path(__file__).parent.parent
DEMO_MODEL = ROOT / "models" / "demo-bitnet.gguf"
PATIENCE = 60.0  # seconds; the limit for any operation on a busy machine
NOISE = 3  # factor for promised times, since the machine may do other work
QUOTED_OUTPUT = re.compile(r' output:\\n(?:[^"\\]|\\.)*')  # of a child, to the end of the JSON string that quotes it


def write_fake_cli(folder: Path) -> Path:
    """Write the fake llama-cli as a program, and return its path; `fake_llama_cli.py` documents its switches."""
    program = folder / "llama-cli"
    # As a module, which Python compiles once.
    run = f"import sys; sys.path.append({str(ROOT / 'tests')!r}); import fake_llama_cli; fake_llama_cli.main()"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -ISE -c {shlex.quote(run)} "$@"\n')
    program.chmod(0o755)
    return program


class Server:
    """A running server, stopped at the end of the context. `url`: its address. `log`: all its output."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self._log = data_dir / "server.log"
        # One thread per process: larger teams are very slow while other tests use the cores.
        settings = {"DATA_DIR": str(data_dir), "MODEL_PATH": str(DEMO_MODEL), "MAX_THREADS": "1"}
        if not (data_dir / "db.sqlite3").exists():
            shutil.copyfile(migrated_database(), data_dir / "db.sqlite3")
        with self._log.open("wb") as log, Path(os.devnull).open("rb") as empty:
            files = empty.fileno(), log.fileno(), log.fileno()
            self.process = warm_python.start(self.command, os.environ | settings | environment, *files)

    @property
    def command(self) -> list[str]:
        bind = f"127.0.0.1:{self.port}"
        return [sys.executable, "-m", "gunicorn", "-c", "python:bitnetsite.gunicorn", "--bind", bind]

    @property
    def log(self) -> str:
        return self._log.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()

    def client(self) -> httpx.Client:
        # Loading certificates, of which there are none here, takes as long as ten requests.
        return httpx.Client(base_url=self.url, timeout=PATIENCE, verify=False)  # noqa: S501

    def wait_for_health(self, status: str = "ok") -> dict[str, str]:
        """Wait until `/health` reports this status, and return the body."""
        deadline = time.monotonic() + PATIENCE
        last = "nothing"
        with self.client() as client:
            while time.monotonic() < deadline:
                try:
                    body = client.get("/health").json()
                except httpx.TransportError as error:  # not listening yet
                    last = repr(error)
                else:
                    if body["status"] == status:
                        return body
                    last = str(body)
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)  # between two checks of the condition
        raise AssertionError(f"/health never reported {status}, but {last}. The server printed:\n{self.log}")

    def children(self) -> list[int]:
        """Return the process ids of this server's llama-cli processes."""
        with self.client() as client:
            workers = client.get("/model_info").json()["engine"]["workers"]
        return [worker["pid"] for worker in workers if worker["pid"]]  # without those to be launched


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Return whether the condition became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # between two checks of the condition
    return True


def tracebacks(log: str) -> list[str]:
    """Return the lines of a server's log with a traceback of its own, not those that quote what a child printed."""
    return [line for line in log.split("\n") if "Traceback" in QUOTED_OUTPUT.sub("", line)]
