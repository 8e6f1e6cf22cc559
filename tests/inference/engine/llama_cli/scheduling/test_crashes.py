"""When it is time to launch again, and when something must be broken."""

from __future__ import annotations

from inference.engine.llama_cli.scheduling.crashes import FIRST_DELAY, HEALTHY, LONGEST_DELAY, MOST, Deaths


def delays(deaths: Deaths, count: int, now: float = 0.0) -> list[float]:
    """Of so many deaths, each at the moment of the launch that the one before allowed."""
    found = []
    for _ in range(count):
        deaths.add(now, "died")
        found.append(deaths.retry_at - now)
        now = deaths.retry_at
    return found


def test_the_delay_doubles_with_jitter_up_to_a_limit() -> None:
    for at, delay in enumerate(delays(Deaths(), 20)):
        expected = min(LONGEST_DELAY, FIRST_DELAY * 2**at)
        assert 0.75 * expected <= delay <= 1.25 * expected


def test_pools_do_not_launch_in_step() -> None:
    assert len({delays(Deaths(), 1)[0] for _ in range(10)}) > 1


def test_after_a_process_that_lived_the_next_death_is_the_first_again() -> None:
    deaths = Deaths()
    delays(deaths, 8)
    deaths.healthy(1000.0)
    assert delays(deaths, 1, 1000.0 + HEALTHY)[0] <= 1.25 * FIRST_DELAY


def test_processes_that_die_as_soon_as_they_are_ready_are_launched_less_and_less_and_are_a_failure() -> None:
    deaths, now = Deaths(), 0.0
    for _ in range(MOST + 1):
        deaths.healthy(now)
        deaths.add(now, "An idle process died.")
        delay, now = deaths.retry_at - now, deaths.retry_at
    assert delay >= 0.75 * FIRST_DELAY * 2**MOST
    assert deaths.failed


def test_more_deaths_than_chance_explains_are_a_failure_until_a_process_is_ready() -> None:
    deaths = Deaths()
    for at in range(MOST):
        deaths.add(float(at), "bad model file")
    assert not deaths.failed
    deaths.add(float(MOST), "worse model file")
    assert deaths.failed
    assert (deaths.reason, deaths.count) == ("worse model file", MOST + 1)
    deaths.healthy(float(MOST + 1))
    assert not deaths.failed


def test_a_failure_lasts_while_launches_are_as_rare_as_they_get() -> None:
    deaths = Deaths()
    delays(deaths, 20)
    assert deaths.failed


def test_deaths_far_apart_are_no_failure() -> None:
    deaths = Deaths()
    for at in range(3 * MOST):
        deaths.healthy(2 * at * HEALTHY)
        deaths.add((2 * at + 1) * HEALTHY, "once in a while")
        assert not deaths.failed
