"""How many cores there are, and who has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference.engine.llama_cli.scheduling.cores import LeaseTable, available_cores, team_size

AFFINITY = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, AFFINITY),
        ({"cpu.max": "max 100000"}, AFFINITY),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "150000 100000"}, 1),
        ({"cpu.max": "99900000 100000"}, AFFINITY),
        ({"cpu.max": ""}, AFFINITY),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, AFFINITY),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
    ],
)
def test_a_containers_quota_limits_the_cores(files: dict[str, str], expected: int, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert available_cores(tmp_path) == expected


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
