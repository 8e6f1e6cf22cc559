"""A reading of the whole machine: of fake files, of this machine, and of one that reports nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from inference.machine.cores import Throttling
from inference.machine.heat import slowed_by_heat
from inference.machine.page_cache import PAGE, resident_share
from inference.machine.pressure import Pressure, cpu_pressure, io_pressure, memory_pressure
from inference.machine.processes import major_faults
from inference.machine.reading import Reading, read
from tests.server import PATIENCE

from .trees import tree, v2

STAT = "412 (llama-cli) (x) 1) S 1 2 3 4 5 6 100 0 7 3 200 100 50 25 20 0 4 0 99 1000 200\n"
PRESSURE = "some avg10=12.50 avg60=1.00 avg300=0.10 total=99\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=9\n"
NOISE = ["", "\n", "what", "some avg10=x", "full avg10=1.0", "( ) S", "\x00\x01"]


def test_major_faults_are_found_behind_any_name_and_include_children_that_ended() -> None:
    assert major_faults(STAT) == 7 + 3


def test_pressure_of_the_group_goes_before_that_of_the_machine(tmp_path: Path) -> None:
    root = tree(tmp_path, {f"proc/pressure/{name}": PRESSURE for name in ("cpu", "io", "memory")})
    assert cpu_pressure(root) == io_pressure(root) == memory_pressure(root) == Pressure(12.5, 3.0)
    v2(root, "/a", {"a/memory.pressure": PRESSURE.replace("12.50", "1.00")})
    assert memory_pressure(root) == Pressure(1.0, 3.0)


def test_the_processor_counts_how_often_it_slowed_down(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    assert slowed_by_heat(tmp_path) is None
    path = f"sys/devices/system/cpu/cpu{core}/thermal_throttle/core_throttle_count"
    assert slowed_by_heat(tree(tmp_path, {path: "5\n"})) == 5


@pytest.mark.parametrize("text", NOISE)
def test_values_that_cannot_be_parsed_are_none(text: str, tmp_path: Path) -> None:
    root = v2(tmp_path, "/", {"memory.pressure": text, "memory.events": text})
    assert memory_pressure(root) is None
    assert major_faults(text) == 0


def test_unreadable_values_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))
    nothing = read([1], tmp_path / "missing.gguf", tmp_path / "missing", root=tmp_path)
    unknown = {name for name in Reading.__slots__ if getattr(nothing, name) is None}
    assert unknown >= set(Reading.__slots__) - {"at", "cores", "temperature", "frequency"}


def test_a_whole_tree_is_read(tmp_path: Path) -> None:
    files = {
        "server/cpu.stat": "usage_usec 9\nnr_periods 200\nnr_throttled 50\nthrottled_usec 2500000\n",
        "server/cpu.max": "150000 100000\n",
        "server/memory.events": "oom_kill 1\n",
        "server/memory.pressure": PRESSURE,
        "server/memory.max": "1000\n",
        "server/memory.current": "400\n",
    }
    reading = read([], None, tmp_path, root=v2(tmp_path, "/server", files))
    assert (reading.quota, reading.throttling, reading.killed) == (1.5, Throttling(50, 200, 2.5), 1)
    assert (reading.memory, reading.memory_pressure) == (600, Pressure(12.5, 3.0))
    assert reading.disk


def test_a_file_that_was_just_written_is_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"w" * (3 * PAGE + 1))
    assert resident_share(file) == 1.0
    assert resident_share(tmp_path / "missing") is None
    (tmp_path / "empty").touch()
    assert resident_share(tmp_path / "empty") is None


def test_work_counts_the_named_processes_and_stays_when_they_end(tmp_path: Path) -> None:
    """A real process on this machine."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            before = read([busy.pid], None, tmp_path)
            deadline = time.monotonic() + PATIENCE
            while True:
                now, without = (read(pids, None, tmp_path) for pids in ([busy.pid], []))
                assert before.ours and now.ours and without.ours
                if min(now.ours.seconds - each.ours.seconds for each in (before, without) if each.ours) > 0.5:
                    break
                assert time.monotonic() < deadline
                time.sleep(0.05)  # between two checks of the condition
        finally:
            busy.kill()
    ended = read([busy.pid], None, tmp_path)
    assert ended.ours is not None
    assert ended.ours.seconds >= now.ours.seconds


def test_this_machine_is_read_without_failing(tmp_path: Path) -> None:
    reading = read([os.getpid()], None, tmp_path)
    assert reading.cores >= 1
    assert reading.times is not None
    assert reading.memory
    assert reading.disk
    assert reading.ours is not None
    assert reading.ours.seconds > 0
