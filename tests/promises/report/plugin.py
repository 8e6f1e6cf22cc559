"""A pytest plugin that writes docs/promises.md from a run with `PROVE` set to that path."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.promises import PROMISES
from tests.server import ROOT

from .page import Evidence, Run, page
from .progress import Progress, name_of

Proof = Callable[..., None]
FULL_SOAK = 30.0  # minutes


@pytest.fixture
def proof(record_property: Callable[[str, object], None]) -> Proof:
    """Record what a test did: `proof("SIGKILL before the first token", times=1000, lost=0)`."""

    def record(done: str, *, times: int, lost: int = 0) -> None:
        record_property("proof", (done, times, lost))

    return record


class PromiseReport:
    """Collects the reports of tests that prove a promise. With xdist, in the process that controls the workers."""

    def __init__(self, path: Path, config: pytest.Config) -> None:
        self.path, self.config = path, config
        self.run = Run(datetime.now(UTC))
        self.evidence: dict[int, Evidence] = defaultdict(Evidence)
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = list(report.user_properties)
        self.seconds[report.nodeid] += report.duration
        numbers = {int(str(value)) for name, value in properties if name == "promise"}
        if not numbers or not (report.failed or report.skipped or report.when == "call"):
            if report.when == "teardown":
                self._add_time(report.nodeid, numbers)
            return
        for number in numbers:
            evidence = self.evidence[number]
            if report.failed:
                evidence.failed.append(report.nodeid)
            elif report.skipped:
                evidence.skipped[_reason(report)] += 1
            else:
                evidence.passed += 1
                self._add_deeds(evidence, report)

    def _add_deeds(self, evidence: Evidence, report: pytest.TestReport) -> None:
        """Add what the test recorded, or else its name, which says what it does."""
        properties = list(report.user_properties)
        seeds = [str(value) for name, value in properties if name == "seed"]
        each = next((int(str(value)) for name, value in properties if name == "times"), 1)
        recorded = [value for name, value in properties if name == "proof"]
        for done, times, lost in recorded or [(_sentence(report.nodeid), each, 0)]:  # type: ignore[misc]
            evidence.deeds[done].add(times, lost, seeds)

    def _add_time(self, nodeid: str, numbers: set[int]) -> None:
        for number in numbers:
            self.evidence[number].seconds += self.seconds[nodeid]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.run.end(self._missing(exitstatus))
        target = self.path.with_name(f"{self.path.stem}.part.md") if self.run.missing else self.path
        target.write_text("\n".join(page(self.run, self.evidence)) + "\n")
        self.written = target

    def _missing(self, exitstatus: int) -> str:
        """Return why this is not a run of all tests with full counts, or nothing."""
        reasons = []
        selected = [str(each) for each in self.config.invocation_params.args if "tests/" in str(each)]
        option = self.config.option
        if selected or option.keyword or option.deselect or option.maxfail:
            reasons.append("a part of the tests was chosen")
        if os.environ.get("SOAK") != "1":
            reasons.append("counts were reduced (SOAK=1 raises them)")
        if float(os.environ.get("SOAK_MINUTES", FULL_SOAK)) < FULL_SOAK:
            reasons.append(f"the soak took {os.environ['SOAK_MINUTES']} minutes instead of {FULL_SOAK:g}")
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            reasons.append("it was interrupted")
        return ", ".join(reasons)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        shown = self.written.relative_to(ROOT) if self.written.is_relative_to(ROOT) else self.written
        terminalreporter.section("promises")
        terminalreporter.write_line(f"{self.run.verdict(self.evidence)}")
        terminalreporter.write_line(f"Written to {shown}.")
        if self.run.missing:
            terminalreporter.write_line(f"{self.path.name} is unchanged: {self.run.missing}.")


def _sentence(nodeid: str) -> str:
    """Return a test's name as words."""
    return name_of(nodeid).removeprefix("test_").replace("_", " ")


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def mark_promises(items: list[pytest.Item]) -> None:
    """Give each test the numbers of the promises that it proves, so that its report names them.

    `promise(…, times=N)`: how many cases one run of the test tries, where the test cannot tell.
    """
    for item in items:
        for mark in item.iter_markers("promise"):
            for number in mark.args:
                assert number in PROMISES, f"{item.nodeid} proves an unknown promise: {number}"
                item.user_properties.append(("promise", number))
            if times := mark.kwargs.get("times"):
                item.user_properties.append(("times", times))


def register(config: pytest.Config) -> None:
    """Write the page at the end of the run, if `PROVE` is its path; xdist's workers do not."""
    path = os.environ.get("PROVE")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(PromiseReport(ROOT / path, config))
        config.pluginmanager.register(Progress(os.fdopen(os.dup(2), "w")))
