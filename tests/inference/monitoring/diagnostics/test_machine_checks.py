"""What is concluded from two readings of the machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.history.queries import Spent
from inference.machine.cores import Throttling, Times
from inference.machine.pressure import Pressure
from inference.machine.processes import Work
from inference.machine.reading import Reading
from inference.monitoring.diagnostics import Evidence, Verdict, judged, worst

from .evidence import CALM, after, check

UNKNOWN = set(Reading.__slots__) - {"at", "cores"}


def test_checks_without_readings_are_unknown() -> None:
    nothing = replace(CALM, **dict.fromkeys(UNKNOWN))  # type: ignore[arg-type]
    checks = judged(Evidence(nothing, replace(nothing, at=102.0), None, 2, Spent(0, 0, 0, 0, 0, 0, 0, 0)))
    unknown_checks = {each.name for each in checks if each.verdict is Verdict.UNKNOWN}
    assert {"Stolen by the host", "Other programs", "Swap", "Heat and clock", "Disk"} <= unknown_checks


def test_a_calm_machine_has_no_reason_to_be_slow() -> None:
    checks = judged(after())
    assert {each.verdict for each in checks} <= {Verdict.FINE, Verdict.UNKNOWN}
    assert worst(checks) is None
    assert all(each.number for each in checks)


def test_other_programs_count_if_they_leave_too_few_cores() -> None:
    finding = check(after(times=Times(4.0, 0.0, 4.0), ours=Work(1.0, 0)), "Other programs")
    assert finding.verdict is Verdict.SLOW
    assert finding.reason.startswith("Other programs use 1.5 of 2 cores")
    assert "MAX_THREADS" in finding.advice
    assert check(after(times=Times(2.2, 0.0, 4.0), ours=Work(2.0, 0)), "Other programs").verdict is Verdict.FINE


def test_the_worst_comes_first() -> None:
    evidence = after(times=Times(2.0, 0.2, 4.0), throttling=Throttling(90, 100, 5.0))
    evidence = replace(evidence, before=replace(CALM, throttling=Throttling(0, 0, 0.0)))
    assert [each.name for each in judged(evidence)][:2] == ["Processor quota", "Stolen by the host"]
    finding = check(evidence, "Processor quota")
    assert finding.number == "90% of periods, 5.0 s paused in 2.0 s"


def test_a_finding_worth_a_look_is_the_worst_where_no_other_is() -> None:
    """So that no page says that nothing slows answers down next to a finding."""
    finding = worst(judged(after(disk=100 << 20)))
    assert finding is not None
    assert (finding.name, finding.verdict) == ("Disk", Verdict.WATCH)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("Stolen by the host", {"times": Times(2.0, 0.4, 4.0)}, "10%"),
        ("Swap", {"swapped": (10 << 20, 0)}, "5.0 MiB a second"),
        ("Memory", {"killed": 2}, "just killed 2"),
        ("Memory", {"memory_pressure": Pressure(25.0, 5.0)}, "25% of the last ten seconds"),
        ("Model in memory", {"ours": Work(2.0, 400), "model_cached": 0.4}, "200 times a second"),
        ("Heat and clock", {"slowed": 3}, "too hot"),
        ("Disk", {"io_pressure": Pressure(60.0, 40.0)}, "40%"),
    ],
)
def test_a_cause_of_slow_answers_is_explained_with_its_number(
    name: str, changes: dict[str, object], expected: str
) -> None:
    finding = check(after(**changes), name)
    assert finding.verdict is Verdict.SLOW
    assert expected in finding.reason
    assert finding.advice


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Memory", {"memory": 100 << 20}),
        ("Model in memory", {"model_cached": 0.5}),
        ("Heat and clock", {"frequency": (1000.0, 3000.0)}),
        ("Disk", {"disk": 100 << 20}),
    ],
)
def test_a_possible_cause_is_worth_a_look(name: str, changes: dict[str, object]) -> None:
    finding = check(after(**changes), name)
    assert finding.verdict is Verdict.WATCH
    assert finding.reason
    assert finding.advice


def test_the_cached_part_of_the_model_is_not_guessed() -> None:
    finding = check(after(model_cached=None), "Model in memory")
    assert finding.verdict is Verdict.FINE
    assert finding.number == "0 reads from disk a second"
