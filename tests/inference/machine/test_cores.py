"""Cores by affinity and by the quotas of every group, and their times."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from inference.machine.cores import (
    Throttling,
    available_cores,
    cpu_quota,
    cpu_times,
    of_usable_cores,
    throttling,
    usable_cores,
)

from .trees import v1, v2

AFFINITY = len(os.sched_getaffinity(0))
OWN, PARENT = "a.slice/b.service/cpu.max", "a.slice/cpu.max"
V1_OWN, V1_PARENT = "cpu,cpuacct/docker/abc", "cpu,cpuacct/docker"
CPU_STAT = "usage_usec 9\nnr_periods 200\nnr_throttled 50\nthrottled_usec 2500000\n"
CPU_STAT_V1 = "nr_periods 200\nnr_throttled 50\nthrottled_time 2500000000\n"


def v1_quota(folder: str, quota: str, period: str = "100000") -> dict[str, str]:
    return {f"{folder}/cpu.cfs_quota_us": f"{quota}\n", f"{folder}/cpu.cfs_period_us": f"{period}\n"}


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({OWN: "max 100000\n"}, None),
        ({OWN: "100000 100000\n"}, 1),
        ({OWN: "150000 100000\n"}, 1.5),
        ({"cpu.max": "50000 100000\n"}, 0.5),
        ({PARENT: "200000 100000\n"}, 2),
        ({OWN: "300000 100000\n", PARENT: "200000 100000\n", "cpu.max": "max 100000\n"}, 2),
        ({OWN: "100000 100000\n", PARENT: "200000 100000\n"}, 1),
        ({OWN: "max 100000\n", PARENT: "50000 20000\n"}, 2.5),
        *(({OWN: text, PARENT: "400000 100000"}, 4) for text in ("", "max", "what", "0 100000", "1 0", "-1 100000")),
    ],
)
def test_the_smallest_quota_on_the_way_to_the_root_applies(
    files: dict[str, str], quota: float | None, tmp_path: Path
) -> None:
    root = v2(tmp_path, "/a.slice/b.service", {"a.slice/b.service/cpu.stat": ""} | files)
    assert cpu_quota(root) == quota
    assert available_cores(root) == (AFFINITY if quota is None else max(1, min(AFFINITY, int(quota))))


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        (v1_quota(V1_OWN, "-1"), None),
        (v1_quota(V1_OWN, "150000"), 1.5),
        (v1_quota(V1_OWN, "-1") | v1_quota(V1_PARENT, "100000", "50000"), 2),
        (v1_quota(V1_OWN, "300000") | v1_quota("cpu,cpuacct", "100000"), 1),
        ({f"{V1_OWN}/cpu.cfs_quota_us": "100000\n"}, None),
        (v1_quota(V1_OWN, "100000", "0"), None),
        (v1_quota(V1_OWN, "what"), None),
    ],
)
def test_quotas_of_version_1(files: dict[str, str], quota: float | None, tmp_path: Path) -> None:
    assert cpu_quota(v1(tmp_path, "/docker/abc", files)) == quota


def test_less_than_one_core_counts_as_one(tmp_path: Path) -> None:
    assert available_cores(v2(tmp_path, "/", {"cpu.max": "50000 100000\n"})) == 1


def test_a_quota_above_the_affinity_changes_nothing(tmp_path: Path) -> None:
    assert available_cores(v2(tmp_path, "/", {"cpu.max": "99900000 100000\n"})) == AFFINITY


def test_throttling_of_version_2_is_that_of_the_smallest_quota(tmp_path: Path) -> None:
    files = {"a/b/cpu.stat": "nr_periods 9\nnr_throttled 1\nthrottled_usec 0\n", "a/cpu.stat": CPU_STAT}
    quotas = {"a/b/cpu.max": "200000 100000", "a/cpu.max": "100000 100000"}
    assert throttling(v2(tmp_path, "/a/b", files | quotas)) == Throttling(50, 200, 2.5)


def test_throttling_of_version_1(tmp_path: Path) -> None:
    assert throttling(v1(tmp_path, "/docker/abc", {f"{V1_OWN}/cpu.stat": CPU_STAT_V1})) == Throttling(50, 200, 2.5)


@pytest.mark.parametrize("text", ["", "usage_usec 9\n", "nr_periods\nnr_throttled x\n"])
def test_throttling_is_none_without_counters(text: str, tmp_path: Path) -> None:
    assert throttling(v2(tmp_path, "/", {"cpu.stat": text})) is None


def test_times_grow_and_are_of_the_usable_cores() -> None:
    before = cpu_times()
    now = cpu_times()
    assert before and now
    assert 0 < before.busy <= now.busy < now.total
    assert before.total == pytest.approx(
        sum(sum(core[:8]) for core in of_usable_cores(psutil.cpu_times(percpu=True))), rel=0.01
    )


def test_usable_cores_are_picked_by_number() -> None:
    everywhere = [SimpleNamespace(core=number) for number in range(usable_cores()[-1] + 2)]
    assert [each.core for each in of_usable_cores(everywhere)] == usable_cores()
    assert of_usable_cores([]) == []


def test_this_machine_has_cores() -> None:
    assert 1 <= available_cores() <= AFFINITY
