"""A pytest plugin that writes docs/promises.md from a run with `PROVE` set to that path."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.server import ROOT

from . import PROMISES

Proof = Callable[..., None]
HEADINGS = {1: "Processes", 11: "Requests", 19: "Chat and data", 24: "Who may do what", 31: "Everything at once"}


@pytest.fixture
def proof(record_property: Callable[[str, object], None]) -> Proof:
    """Record what a test did: `proof("SIGKILL before the first token", times=1000, lost=0)`."""

    def record(done: str, *, times: int, lost: int = 0) -> None:
        record_property("proof", (done, times, lost))

    return record


@dataclass
class Evidence:
    """What the tests of one promise did. `done`: times and losses by what was done."""

    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)
    done: dict[str, tuple[int, int]] = field(default_factory=dict)
    seconds: float = 0.0


class PromiseReport:
    """Collects the reports of tests that prove a promise. With xdist, in the process that controls the workers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun = time.monotonic()
        self.evidence: dict[int, Evidence] = defaultdict(Evidence)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = list(report.user_properties)
        for number in {int(str(value)) for name, value in properties if name == "promise"}:
            evidence = self.evidence[number]
            evidence.seconds += report.duration
            if report.failed:
                evidence.failed.append(report.nodeid)
            elif report.skipped:
                evidence.skipped += 1
            elif report.when == "call":
                evidence.passed += 1
            if report.when == "call":
                for done, times, lost in (value for name, value in properties if name == "proof"):  # type: ignore[misc]
                    before = evidence.done.get(done, (0, 0))
                    evidence.done[done] = before[0] + times, before[1] + lost

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.path.write_text("\n".join(self.lines()) + "\n")

    def lines(self) -> list[str]:
        """Return the page in Markdown."""
        minutes = (time.monotonic() - self.begun) / 60
        failed = sum(bool(each.failed) for each in self.evidence.values())
        lines = [
            "# What the server promises",
            "",
            "Written by `make prove`, which runs the tests of each promise with full counts, against real processes,",
            "sockets, browsers and databases.",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, {_machine()}, {minutes:.0f} minutes: "
            + (f"**{failed} promises failed**." if failed else "all promises held."),
        ]
        for number, promise in PROMISES.items():
            if number in HEADINGS:
                head = "| | promise | what was done | times | lost | tests |"
                lines += ["", f"## {HEADINGS[number]}", "", head, "| --- | --- | --- | --- | --- | --- |"]
            lines += _rows(number, promise, self.evidence.get(number, Evidence()))
        return lines


def _rows(number: int, promise: str, evidence: Evidence) -> list[str]:
    tests = f"{evidence.passed} passed"
    tests += f", {evidence.skipped} skipped" if evidence.skipped else ""
    tests += f", **{len(evidence.failed)} failed**" if evidence.failed else ""
    tests = tests if evidence.passed or evidence.skipped or evidence.failed else "**not run**"
    done = list(evidence.done.items()) or [("the tests' own cases", (evidence.passed, len(evidence.failed)))]
    first, *rest = (f"{what} | {times:,} | {lost:,}" for what, (times, lost) in done)
    return [f"| {number} | {promise} | {first} | {tests} |", *(f"| | | {each} | |" for each in rest)]


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip() or "unknown"


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())
    return f"{model}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"


def mark_promises(items: list[pytest.Item]) -> None:
    """Give each test the numbers of the promises that it proves, so that its report names them."""
    for item in items:
        for mark in item.iter_markers("promise"):
            for number in mark.args:
                assert number in PROMISES, f"{item.nodeid} proves an unknown promise: {number}"
                item.user_properties.append(("promise", number))


def register(config: pytest.Config) -> None:
    """Write the page at the end of the run, if `PROVE` is its path; xdist's workers do not."""
    path = os.environ.get("PROVE")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(PromiseReport(ROOT / path))
