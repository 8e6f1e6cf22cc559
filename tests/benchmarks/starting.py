"""Row 11: `make run`, from a fresh clone and the second time."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

from tests.server import ROOT

from .bench import PATIENCE, Bench
from .figures import Figure, Target

FIRST = 900.0  # seconds, downloads included


def make_run(bench: Bench) -> list[Figure]:
    """The first run downloads into a cache; the one that counts finds everything there, and builds everything."""
    clone, caches = bench.folder / "clone", bench.folder / "caches"
    first, second = [], []
    bench.say("downloading what the first run downloads")
    _clone(clone)
    _until_healthy(clone, caches)
    for _ in bench.each_round(1):
        shutil.rmtree(clone)
        # What was built is built again; what pip downloaded is not.
        shutil.rmtree(caches / "home", ignore_errors=True)
        _clone(clone)
        first.append(_until_healthy(clone, caches))
    second += [_until_healthy(clone, caches) for _ in bench.each_round()]
    return [Figure("the first", first, "s", Target(100)), Figure("the second", second, "s", Target(5))]


def _clone(folder: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)  # noqa: S607


def _until_healthy(clone: Path, caches: Path) -> float:
    """Return the seconds from `make run` until the server answers a trial request."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"XDG_CACHE_HOME": str(caches / "home"), "PIP_CACHE_DIR": str(caches / "pip")}
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATA_DIR", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL")
    }
    log = (caches.parent / "make.log").open("wb")
    begun = time.perf_counter()
    with (
        log,
        subprocess.Popen(
            ["make", "run", f"PORT={port}"],  # noqa: S607
            cwd=clone,
            env=inherited | own,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            while not _healthy(port):
                late = time.perf_counter() - begun > FIRST
                assert process.poll() is None and not late, Path(log.name).read_text()[-2000:]
                time.sleep(0.05)  # between two checks of the condition
            return time.perf_counter() - begun
        finally:
            with contextlib.suppress(ProcessLookupError):  # it failed, and has ended
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
