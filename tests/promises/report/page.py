"""The page docs/promises.md: the promises, what was done for each, and what came of it."""

from __future__ import annotations

import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.benchmarks import machine
from tests.promises import PROMISES

HEADINGS = {1: "Processes", 11: "Requests", 19: "Chat and data", 24: "Who may do what", 31: "Everything at once"}
SPACE = "\N{NO-BREAK SPACE}"  # in narrow columns
INTRODUCTION = """\
# What the server promises

`make prove` writes this page. It runs the tests of each promise with full counts, against real processes, sockets,
browsers and databases. Each row under a promise says what the tests did, how often, and how many of these were lost:
answers that were wrong or missing, messages that were not saved, secrets that were seen elsewhere, requests that no one
answered. A seed repeats the random faults of its row: `make prove TESTS=tests/promises/… SEED=…`.

Where a promise names a time, its tests allow three to five times as much, because the machine does other work. Times in
the rows are measured."""


@dataclass
class Deed:
    """One thing that tests did. `seeds`: of its random faults."""

    times: int = 0
    lost: int = 0
    seeds: list[str] = field(default_factory=list)

    def add(self, times: int, lost: int, seeds: list[str]) -> None:
        self.times += times
        self.lost += lost
        self.seeds += [seed for seed in seeds if seed not in self.seeds]


@dataclass
class Evidence:
    """What the tests of one promise did. `failed`: their ids; `skipped`: how many, by reason."""

    passed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    deeds: dict[str, Deed] = field(default_factory=lambda: defaultdict(Deed))
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        return bool(self.passed) and not self.failed


class Run:
    """When and where the tests ran. `missing`: why this was not all of them, or nothing."""

    def __init__(self, begun: datetime) -> None:
        self.begun, self._monotonic = begun, time.monotonic()
        self.commit, self.machine = machine.commit(), _machine()  # before anything is changed
        self.minutes, self.missing = 0.0, ""

    def end(self, missing: str) -> None:
        self.minutes, self.missing = (time.monotonic() - self._monotonic) / 60, missing

    def verdict(self, evidence: Mapping[int, Evidence]) -> str:
        """Return in a sentence which promises held, failed, and were not tested."""
        none = Evidence()
        held = [number for number in PROMISES if evidence.get(number, none).held]
        failed = [number for number in PROMISES if evidence.get(number, none).failed]
        rest = [number for number in PROMISES if number not in held and number not in failed]
        parts = [f"{len(held)} of {len(PROMISES)} promises held"]
        parts += [f"failed: {_list(failed)}"] if failed else []
        parts += [f"not tested: {_list(rest)}"] if rest else []
        return "; ".join(parts) + "."


def page(run: Run, evidence: Mapping[int, Evidence]) -> Iterator[str]:
    """Yield the lines of the page in Markdown."""
    yield INTRODUCTION
    if run.missing:
        yield f"\n**Not a whole proof:** {run.missing}."
    tests = sum(each.seconds for each in evidence.values()) / 60
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| result | **{run.verdict(evidence)}** |"
    yield f"| date | {run.begun:%Y-%m-%d %H:%M} UTC |"
    yield f"| duration | {run.minutes:.0f} minutes; the tests' own times, which overlap, add up to {tests:.0f} |"
    yield f"| commit | {run.commit} |"
    yield f"| machine | {run.machine} |"
    for number, promise in PROMISES.items():
        if number in HEADINGS:
            yield from ("", f"## {HEADINGS[number]}", "")
            yield from ("| | promise, and what was done | times | lost | time |", "| ---: | --- | ---: | ---: | ---: |")
        yield from _rows(number, promise, evidence.get(number, Evidence()))


def _rows(number: int, promise: str, evidence: Evidence) -> Iterator[str]:
    if not (evidence.passed or evidence.failed or evidence.skipped):
        yield f"| **{number}** | **{promise}** | **not{SPACE}run** | | |"
        return
    tests = f"{evidence.passed}{SPACE}test{'' if evidence.passed == 1 else 's'}"
    yield f"| **{number}** | **{promise}** | {tests} | | {_duration(evidence.seconds)} |"
    for done, deed in sorted(evidence.deeds.items(), key=lambda each: -each[1].times):
        seeds = f" (seed {', '.join(deed.seeds)})" if deed.seeds else ""
        yield f"| | {_cell(done[:1].upper() + done[1:])}{seeds} | {deed.times:,} | {deed.lost:,} | |"
    for nodeid in dict.fromkeys(evidence.failed):
        yield f"| | **failed:** `{_cell(nodeid)}` | | | |"
    for reason, count in evidence.skipped.items():
        yield f"| | skipped: {_cell(reason)} | {count} | | |"


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f}{SPACE}s" if seconds < 100 else f"{seconds / 60:.0f}{SPACE}min"


def _machine() -> str:
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    return f"{machine.description()}; {system}, Linux {platform.release()}, Python {platform.python_version()}"
