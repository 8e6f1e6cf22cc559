"""How cores are shared out and leased."""

from __future__ import annotations

import pytest

from inference.engine.llama_cli.scheduling.leases import LeaseTable, team_size


@pytest.mark.parametrize(
    ("max_threads", "instances", "cores", "team"),
    [(4, 1, 2, 2), (4, 2, 2, 1), (4, 3, 2, 1), (4, 1, 16, 4), (4, 2, 6, 3), (1, 1, 8, 1), (4, 1, 1, 1), (4, 9, 1, 1)],
)
def test_teams_share_no_core(max_threads: int, instances: int, cores: int, team: int) -> None:
    assert team_size(max_threads, instances, cores) == team
    assert team * min(instances, cores // team) <= cores


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
