"""When to launch again after a crash, and when crashes are a failure of a model."""

from __future__ import annotations

import pytest

from inference.engine.llama_cli.scheduling.crashes import HEALTHY_AFTER, MAX_DELAY, MAX_IN_A_ROW, Crashes, CrashLog

FIRST_DELAY = 0.5  # seconds


def delays(crashes: Crashes, count: int, now: float = 0.0) -> list[float]:
    """Return the delays after `count` crashes, each at the end of the delay before."""
    found = []
    for _ in range(count):
        crashes.add(now, "crashed")
        found.append(crashes.retry_at - now)
        now = crashes.retry_at
    return found


@pytest.mark.promise(3)
def test_the_delay_doubles_with_jitter_up_to_a_limit() -> None:
    for at, delay in enumerate(delays(Crashes(FIRST_DELAY), 20)):
        expected = min(MAX_DELAY, FIRST_DELAY * 2**at)
        assert 0.75 * expected <= delay <= 1.25 * expected


def test_pools_do_not_launch_in_step() -> None:
    assert len({delays(Crashes(FIRST_DELAY), 1)[0] for _ in range(10)}) > 1


@pytest.mark.promise(3)
def test_a_crash_after_a_healthy_process_counts_as_the_first() -> None:
    crashes = Crashes(FIRST_DELAY)
    delays(crashes, 8)
    crashes.healthy(1000.0)
    assert delays(crashes, 1, 1000.0 + HEALTHY_AFTER)[0] <= 1.25 * FIRST_DELAY


def test_processes_that_crash_once_ready_are_launched_ever_less_often_and_are_a_failure() -> None:
    crashes, now = Crashes(FIRST_DELAY), 0.0
    for _ in range(MAX_IN_A_ROW + 1):
        crashes.healthy(now)
        crashes.add(now, "An idle process died.")
        delay, now = crashes.retry_at - now, crashes.retry_at
    assert delay >= 0.75 * FIRST_DELAY * 2**MAX_IN_A_ROW
    assert crashes.failed


def test_more_crashes_than_chance_explains_are_a_failure_until_a_process_is_ready() -> None:
    crashes = Crashes(FIRST_DELAY)
    for at in range(MAX_IN_A_ROW):
        crashes.add(float(at), "bad model file")
    assert not crashes.failed
    crashes.add(float(MAX_IN_A_ROW), "worse model file")
    assert crashes.failed
    assert (crashes.reason, crashes.count) == ("worse model file", MAX_IN_A_ROW + 1)
    crashes.healthy(float(MAX_IN_A_ROW + 1))
    assert not crashes.failed


def test_a_failure_lasts_while_launches_have_the_maximum_delay() -> None:
    crashes = Crashes(FIRST_DELAY)
    delays(crashes, 20)
    assert crashes.failed


def test_crashes_far_apart_are_no_failure() -> None:
    crashes = Crashes(FIRST_DELAY)
    for at in range(3 * MAX_IN_A_ROW):
        crashes.healthy(2 * at * HEALTHY_AFTER)
        crashes.add((2 * at + 1) * HEALTHY_AFTER, "once in a while")
        assert not crashes.failed


def test_crashes_of_one_model_do_not_count_against_another() -> None:
    log = CrashLog(FIRST_DELAY)
    for at in range(MAX_IN_A_ROW + 1):
        log.add("one", float(at), "bad model file")
    log.add_during_request()
    assert log.of("one").failed
    assert not log.of("two").failed
    assert log.held_back(float(MAX_IN_A_ROW)) == {"one"}
    assert log.held_back(1000.0) == set()
    log.keep_only({"two"})
    assert not log.of("one").failed
    assert (log.count, log.during_requests) == (MAX_IN_A_ROW + 1, 1)
