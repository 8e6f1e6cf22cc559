"""Show what a long run is doing: a line every half minute, and one for each failure."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TextIO

import pytest

INTERVAL = 30.0  # seconds between two lines
SHOWN = 4  # running tests in a line, the longest first


class Progress:
    """Follows the tests as they begin and end. With xdist, those of all workers."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._begun = time.monotonic()
        self._running: dict[str, float] = {}
        self._ended = self._failed = self._all = 0
        self._finished = threading.Event()

    def pytest_sessionstart(self) -> None:
        threading.Thread(target=self._show, name="progress", daemon=True).start()

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._all = len(ids)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._all = self._all or len(session.items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running[nodeid] = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed += 1
            self._print(f"FAILED {report.nodeid} ({report.when})")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.pop(nodeid, None)
        self._ended += 1

    def pytest_sessionfinish(self) -> None:
        self._finished.set()

    def _show(self) -> None:
        while not self._finished.wait(INTERVAL):
            now = time.monotonic()
            oldest = sorted(self._running.items(), key=lambda each: each[1])
            running = [f"{name_of(nodeid)} ({now - begun:.0f} s)" for nodeid, begun in oldest]
            more = [f"{len(running) - SHOWN} more"] if len(running) > SHOWN else []
            failed = f", {self._failed} failed" if self._failed else ""
            self._print(f"{self._ended} of {self._all} tests{failed}; running: {', '.join(running[:SHOWN] + more)}")

    def _print(self, text: str) -> None:
        elapsed = timedelta(seconds=round(time.monotonic() - self._begun))
        self._output.write(f"\n[{elapsed}] {text}\n")
        self._output.flush()


def name_of(nodeid: str) -> str:
    """Return the name of a test's function."""
    return nodeid.partition("[")[0].partition("@")[0].split("::")[-1]
