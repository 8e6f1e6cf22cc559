"""The real server as a process, as `make run` starts it, on a free port and with a data folder of its own."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Self

import httpx

logging.getLogger("httpx").setLevel(logging.WARNING)  # one line a request would hide what a failure tells

ROOT = Path(__file__).parent.parent
DEMO_MODEL = ROOT / "models" / "demo-bitnet.gguf"
PATIENCE = 60.0  # seconds: how long a busy machine may take for anything


@cache
def migrated_database() -> Path:
    """An empty database, made once: every server of the tests begins with a copy of it."""
    folder = Path(tempfile.mkdtemp(prefix="database-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    command = [sys.executable, "manage.py", "migrate", "--skip-checks"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATA_DIR": str(folder)}, check=True, capture_output=True)
    for other in folder.glob("db.sqlite3-*"):  # the last one to close it has written everything into the file
        other.unlink()
    return folder / "db.sqlite3"


class Server:
    """A running server; a context manager that ends it. `url`: where it answers. `log`: all that it printed."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self._log = data_dir / "server.log"
        # One thread a process: teams of several crawl while other tests use the cores.
        settings = {"DATA_DIR": str(data_dir), "MODEL_PATH": str(DEMO_MODEL), "MAX_THREADS": "1"}
        if not (data_dir / "db.sqlite3").exists():
            shutil.copyfile(migrated_database(), data_dir / "db.sqlite3")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=os.environ | settings | environment, stdout=log, stderr=subprocess.STDOUT
            )

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
        return httpx.Client(base_url=self.url, timeout=PATIENCE)

    def wait_for_health(self, status: str = "ok") -> dict[str, str]:
        """Until `/health` tells this status; its body."""
        deadline = time.monotonic() + PATIENCE
        told = "nothing"
        with self.client() as client:
            while time.monotonic() < deadline:
                try:
                    body = client.get("/health").json()
                except httpx.TransportError as error:  # not listening yet
                    told = repr(error)
                else:
                    if body["status"] == status:
                        return body
                    told = str(body)
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)  # between two looks at the condition
        raise AssertionError(f"/health never told {status}, but {told}. The server printed:\n{self.log}")

    def children(self) -> list[int]:
        """Process ids of the llama-cli that belong to this server."""
        with self.client() as client:
            return [process["pid"] for process in client.get("/model_info").json()["pool"]["processes"]]


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # between two looks at the condition
    return True
