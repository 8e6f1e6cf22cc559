"""How cores are shared out and leased."""

from __future__ import annotations

import pytest

from inference.engine.llama_cli.scheduling.leases import LeaseTable, MachineCores, Team


@pytest.mark.parametrize(
    ("max_threads", "instances", "cores", "team"),
    [(4, 1, 2, 2), (4, 2, 2, 1), (4, 3, 2, 1), (4, 1, 16, 4), (4, 2, 6, 3), (1, 1, 8, 1), (4, 1, 1, 1), (4, 9, 1, 1)],
)
def test_teams_share_no_core(max_threads: int, instances: int, cores: int, team: int) -> None:
    assert MachineCores(cores).team(max_threads, instances) == Team(team, team)
    assert team * min(instances, cores // team) <= cores


@pytest.mark.parametrize(
    ("max_threads", "instances", "cores", "team"),
    [
        (4, 1, 2, Team(2, 2)),
        (4, 2, 2, Team(1, 2)),
        (1, 2, 2, Team(1, 1)),
        (4, 2, 4, Team(2, 4)),
        (16, 4, 16, Team(4, 8)),
    ],
)
def test_processes_have_threads_for_cores_that_they_are_lent(
    max_threads: int, instances: int, cores: int, team: Team
) -> None:
    assert MachineCores(cores, tuple(range(cores))).team(max_threads, instances) == team


def test_free_cores_are_lent_in_turn_and_never_twice() -> None:
    leases = LeaseTable(8)
    for holder in "abc":
        leases.acquire(holder, 1)
    assert leases.lend({"b": 4, "a": 3}) == {"a": (0, 4, 6), "b": (1, 3, 5, 7), "c": (2,)}
    assert leases.lend({"a": 1}) == {"a": (0,), "b": (1,), "c": (2,)}
    assert leases.lend({"waiting": 8}) == dict(leases.held)


def test_no_core_is_leased_twice() -> None:
    leases = LeaseTable(3)
    assert leases.acquire("a", 2)
    assert not leases.acquire("b", 2)
    assert leases.acquire("c", 1)
    assert sorted(core for cores in leases.held.values() for core in cores) == [0, 1, 2]
    leases.release("a")
    assert leases.free == 2
    assert leases.acquire("b", 2)
    with pytest.raises(ValueError, match="already"):
        leases.acquire("b", 1)
    with pytest.raises(KeyError):
        leases.release("a")
