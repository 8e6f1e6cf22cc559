"""Memory left below the limits of every group, in which the file cache does not count as used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from inference.machine.memory import available_memory, killed_for_memory, private_memory, swapped_bytes

from .trees import tree, v1, v2

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
NO_LIMIT = "9223372036854771712\n"  # as version 1 writes it


def group(folder: str, limit: str, used: int, stat: str = "") -> dict[str, str]:
    return {
        f"{folder}memory.max": f"{limit}\n",
        f"{folder}memory.current": f"{used}\n",
        f"{folder}memory.stat": stat,
    }


def group_v1(folder: str, limit: str, used: int, stat: str = "") -> dict[str, str]:
    return {
        f"memory/{folder}memory.limit_in_bytes": f"{limit}\n",
        f"memory/{folder}memory.usage_in_bytes": f"{used}\n",
        f"memory/{folder}memory.stat": stat,
    }


@pytest.mark.parametrize(
    ("files", "left"),
    [
        (group("a/b/", str(100 * MIB), 40 * MIB), 60 * MIB),
        (group("a/b/", "max", 40 * MIB) | group("a/", str(90 * MIB), 80 * MIB), 10 * MIB),
        (group("a/b/", str(50 * MIB), 10 * MIB) | group("a/", str(90 * MIB), 80 * MIB), 10 * MIB),
        (group("a/b/", str(50 * MIB), 45 * MIB) | group("a/", str(90 * MIB), 60 * MIB), 5 * MIB),
        (group("a/b/", str(50 * MIB), 60 * MIB), 0),
    ],
)
def test_the_tightest_limit_on_the_way_to_the_root_applies(files: dict[str, str], left: int, tmp_path: Path) -> None:
    assert available_memory(v2(tmp_path, "/a/b", {"a/b/cpu.stat": ""} | files)) == left


@pytest.mark.parametrize(
    ("files", "left"),
    [
        (group_v1("docker/abc/", str(100 * MIB), 40 * MIB), 60 * MIB),
        (group_v1("docker/abc/", NO_LIMIT, 40 * MIB) | group_v1("docker/", str(90 * MIB), 80 * MIB), 10 * MIB),
    ],
)
def test_limits_of_version_1(files: dict[str, str], left: int, tmp_path: Path) -> None:
    assert available_memory(v1(tmp_path, "/docker/abc", files)) == left


def test_the_file_cache_is_not_used_memory(tmp_path: Path) -> None:
    stat = f"anon 1\nfile {70 * MIB}\nshmem {20 * MIB}\ninactive_file {30 * MIB}\nactive_file {20 * MIB}\n"
    root = v2(tmp_path, "/a", group("a/", str(100 * MIB), 80 * MIB, stat))
    assert available_memory(root) == 70 * MIB


def test_the_file_cache_of_version_1_is_that_of_all_groups_below(tmp_path: Path) -> None:
    stat = f"inactive_file 0\nactive_file 0\ntotal_inactive_file {30 * MIB}\ntotal_active_file {20 * MIB}\n"
    root = v1(tmp_path, "/docker/abc", group_v1("docker/", str(100 * MIB), 80 * MIB, stat))
    assert available_memory(root) == 70 * MIB


def test_more_cache_than_use_leaves_no_more_than_the_limit(tmp_path: Path) -> None:
    root = v2(tmp_path, "/", group("", str(100 * MIB), 10 * MIB, f"active_file {20 * MIB}\n"))
    assert available_memory(root) == 100 * MIB


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"memory.max": "1048576\n"},
        {"memory.max": "what\n", "memory.current": "0\n"},
        group("", "max", 10),
        group("", "", 10),
    ],
)
def test_without_a_limit_the_machine_decides(files: dict[str, str], tmp_path: Path) -> None:
    machine = psutil.virtual_memory().available
    assert available_memory(v2(tmp_path, "/", files)) == pytest.approx(machine, rel=0.2)


def test_killed_processes_are_those_of_the_own_group(tmp_path: Path) -> None:
    files = {"a/memory.events": "oom 3\noom_kill 2\n", "memory.events": "oom_kill 7\n"}
    assert killed_for_memory(v2(tmp_path / "2", "/a", files)) == 2
    assert killed_for_memory(v2(tmp_path / "nested", "/a/b", files)) == 2
    assert killed_for_memory(v1(tmp_path / "1", "/a", {"memory/a/memory.oom_control": "oom_kill 1\n"})) == 1
    assert killed_for_memory(tmp_path) is None


def test_private_memory_leaves_out_what_is_shared(tmp_path: Path) -> None:
    """A process with 64 MiB of its own, and as much of a mapped file, both in memory."""
    file = tmp_path / "weights"
    file.write_bytes(b"w" * (64 * MIB))
    program = (
        "import mmap, sys\n"
        "own = b'x' * (64 << 20)\n"
        f"file = open({str(file)!r}, 'rb')\n"
        "mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)\n"
        "sum(mapped[::4096])\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        process.stdout.readline()
        assert 64 * MIB <= private_memory(process.pid) < 100 * MIB
        assert psutil.Process(process.pid).memory_info().rss > 128 * MIB
        process.kill()
    assert private_memory(process.pid) == 0


def test_this_machine_has_memory_and_counts_what_it_swaps() -> None:
    assert 0 < available_memory() <= psutil.virtual_memory().total
    swapped = swapped_bytes()
    assert swapped
    assert min(swapped) >= 0


@pytest.mark.parametrize(
    ("vmstat", "swapped"),
    [
        ("pswpin 3\npswpout 5\n", (3 * PAGE, 5 * PAGE)),
        ("nr_free_pages 3\n", None),  # a kernel without swap
        (None, None),
    ],
)
def test_swap_that_is_not_counted_is_unknown_and_not_zero(
    tmp_path: Path, vmstat: str | None, swapped: tuple[int, int] | None
) -> None:
    if vmstat is not None:
        tree(tmp_path, {"proc/vmstat": vmstat})
    assert swapped_bytes(tmp_path) == swapped
