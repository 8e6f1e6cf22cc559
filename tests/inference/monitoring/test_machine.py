"""What files of /proc and /sys say, and what is concluded from them; of samples, for this machine has only one kind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine.llama_cli.status import Lease, PoolStatus, Waiting
from inference.history.queries import Spent
from inference.monitoring import machine
from inference.monitoring.diagnostics import Check, Evidence, Readings, Verdict, judged, worst
from inference.monitoring.machine import Pressure, Reading, Throttling, Times, Work
from inference.monitoring.page_cache import PAGE, resident_share
from tests.server import PATIENCE

STAT = """\
cpu  400 40 120 3000 80 4 16 40 0 0
cpu0 100 10 30 800 20 1 4 10 0 0
cpu1 300 30 90 2200 60 3 12 30 0 0
cpu10 9 9 9 9 9 9 9 9 0 0
intr 12345
"""
CHILD = "412 (llama-cli) (x) 1) S 1 2 3 4 5 6 100 0 7 3 200 100 50 25 20 0 4 0 99 1000 200\n"
CPU_STAT = "usage_usec 9\nnr_periods 200\nnr_throttled 50\nthrottled_usec 2500000\n"
CPU_STAT_V1 = "nr_periods 200\nnr_throttled 50\nthrottled_time 2500000000\n"
PRESSURE = "some avg10=12.50 avg60=1.00 avg300=0.10 total=99\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=9\n"
NOISE = ["", "\n", "what", "cpu0 a b c", "some avg10=x", "nr_periods\n", "max", "max 100000", "( ) S", "\x00\x01"]

CALM = Reading(
    at=100.0,
    cores=2,
    quota=None,
    times=Times(0.0, 0.0, 0.0),
    ours=Work(0.0, 0),
    throttling=None,
    swapped=(0, 0),
    killed=0,
    cpu_pressure=None,
    memory_pressure=Pressure(0.0, 0.0),
    io_pressure=Pressure(0.0, 0.0),
    memory=8 << 30,
    model_cached=1.0,
    frequency=(3000.0, 3000.0),
    temperature=50.0,
    cooled=0,
    disk=50 << 30,
)
STATUS = PoolStatus(
    state="running",
    failure="",
    paused=False,
    revision=1,
    changing=False,
    model="model.gguf",
    places=1,
    threads=2,
    cores=2,
    launches={},
    deaths=0,
    deaths_over_requests=0,
    processes=[],
    queue=[],
    leases=[Lease((0, 1), 412, "serving", "key")],
)
QUIET = Spent(10, 1, 0.1, 0.5, 0.5, 20.0, 1000, 600)


def after(seconds: float = 2.0, **changes: object) -> Evidence:
    """Calm before; after so many seconds, in which two cores did what the engine had them do, these changes."""
    values = {"at": CALM.at + seconds, "times": Times(seconds, 0.0, 2 * seconds), "ours": Work(seconds, 0)}
    return Evidence(CALM, replace(CALM, **(values | changes)), STATUS, 2, QUIET)  # type: ignore[arg-type]


def check(evidence: Evidence, name: str) -> Check:
    [found] = [each for each in judged(evidence) if each.name == name]
    return found


def test_processor_time_is_of_the_cores_that_we_may_use() -> None:
    told = machine.times(STAT, [0, 1])
    assert told is not None
    ticks = machine.TICKS
    assert told.busy == pytest.approx((400 + 40 + 120 + 4 + 16) / ticks)
    assert told.stolen == pytest.approx(40 / ticks)
    assert told.whole == pytest.approx((400 + 40 + 120 + 3000 + 80 + 4 + 16 + 40) / ticks)
    one = machine.times(STAT, [1])
    assert one is not None
    assert one.stolen == pytest.approx(30 / ticks)


def test_work_is_found_behind_any_name_and_counts_children_that_ended() -> None:
    assert machine.work([CHILD, CHILD, ""]) == Work(2 * (200 + 100 + 50 + 25) / machine.TICKS, 2 * (7 + 3))


@pytest.mark.parametrize("text", [CPU_STAT, CPU_STAT_V1])
def test_throttling_of_both_versions_of_cgroups(text: str) -> None:
    assert machine.throttling(text) == Throttling(50, 200, 2.5)


def test_quotas() -> None:
    assert machine.quota("150000 100000") == 1.5
    assert machine.quota("max 100000") is None
    assert machine.quota("-1 100000") is None


def test_pressure_swap_clock_and_heat() -> None:
    assert machine.pressure(PRESSURE) == Pressure(12.5, 3.0)
    assert machine.swapped("pgfault 1\npswpin 20\npswpout 3\n") == (20, 3)
    assert machine.number("low 0\noom 3\noom_kill 2\n", "oom_kill") == 2
    assert machine.frequency(["1500000\n", "2500000\n"], ["3000000\n", "3000000\n"]) == (2000.0, 3000.0)
    assert machine.hottest(["45000\n", "61500\n", "-3000"]) == 61.5
    assert machine.together(["2\n", "5\n", ""]) == 7


@pytest.mark.parametrize("text", NOISE)
def test_what_is_not_understood_is_not_known(text: str) -> None:
    assert machine.quota(text) is None
    assert machine.times(text, [0]) is None
    assert machine.work([text]) is None
    assert machine.throttling(text) is None
    assert machine.swapped(text) is None
    assert machine.pressure(text) is None
    assert machine.number(text, "oom_kill") is None
    assert machine.frequency([text], [text]) is None
    assert machine.hottest([text]) is None
    assert machine.together([text]) is None


def test_where_nothing_can_be_read_nothing_is_known_and_nothing_fails(tmp_path: Path) -> None:
    told = machine.read([1], tmp_path / "missing.gguf", tmp_path / "missing", root=tmp_path)
    unknown = {name for name in Reading.__slots__ if getattr(told, name) is None}
    assert unknown == set(Reading.__slots__) - {"at", "cores", "memory"}
    again = machine.read([1], tmp_path / "missing.gguf", tmp_path / "missing", root=tmp_path)
    checks = judged(Evidence(told, again, None, 2, Spent(0, 0, 0, 0, 0, 0, 0, 0)))
    unknown_checks = {each.name for each in checks if each.verdict is Verdict.UNKNOWN}
    assert {"Stolen by the host", "Other programs", "Swap", "Heat and clock", "Disk"} <= unknown_checks


def test_a_whole_tree_is_read(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    files = {
        "proc/stat": STAT.replace("cpu0", f"cpu{core}"),
        f"proc/{os.getpid()}/stat": CHILD,
        "proc/vmstat": "pswpin 20\npswpout 3\n",
        "proc/self/cgroup": "0::/server\n",
        "sys/fs/cgroup/server/cpu.stat": CPU_STAT,
        "sys/fs/cgroup/server/cpu.max": "150000 100000\n",
        "sys/fs/cgroup/server/memory.events": "oom_kill 1\n",
        "sys/fs/cgroup/server/memory.pressure": PRESSURE,
        "sys/class/thermal/thermal_zone0/temp": "61500\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    told = machine.read([], None, tmp_path, root=tmp_path)
    assert (told.quota, told.throttling, told.killed) == (1.5, Throttling(50, 200, 2.5), 1)
    assert (told.swapped, told.memory_pressure, told.temperature) == ((20, 3), Pressure(12.5, 3.0), 61.5)
    assert told.times is not None
    assert told.ours == Work(375 / machine.TICKS, 10)
    assert told.disk


def test_a_file_that_was_just_written_is_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"w" * (3 * PAGE + 1))
    assert resident_share(file) == 1.0
    assert resident_share(tmp_path / "missing") is None
    (tmp_path / "empty").touch()
    assert resident_share(tmp_path / "empty") is None


def test_a_calm_machine_has_no_reason_to_be_slow() -> None:
    checks = judged(after())
    assert {each.verdict for each in checks} <= {Verdict.FINE, Verdict.UNKNOWN}
    assert worst(checks) is None
    assert all(each.number for each in checks)


def test_other_programs_are_seen_by_what_they_leave() -> None:
    told = check(after(times=Times(4.0, 0.0, 4.0), ours=Work(1.0, 0)), "Other programs")
    assert told.verdict is Verdict.SLOW
    assert told.said.startswith("Other programs use 1.5 of 2 cores")
    assert "MAX_THREADS" in told.advice
    assert check(after(times=Times(2.2, 0.0, 4.0), ours=Work(2.0, 0)), "Other programs").verdict is Verdict.FINE


def test_the_worst_comes_first() -> None:
    evidence = after(times=Times(2.0, 0.2, 4.0), throttling=Throttling(90, 100, 5.0))
    evidence = replace(evidence, before=replace(CALM, throttling=Throttling(0, 0, 0.0)))
    assert [each.name for each in judged(evidence)][:2] == ["Processor quota", "Stolen by the host"]
    told = check(evidence, "Processor quota")
    assert told.number == "90% of periods, 5.0 s paused in 2.0 s"


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("Stolen by the host", {"times": Times(2.0, 0.4, 4.0)}, "10%"),
        ("Swap", {"swapped": (2560, 0)}, "5.0 MiB a second"),
        ("Memory", {"killed": 2}, "just killed 2"),
        ("Memory", {"memory_pressure": Pressure(25.0, 5.0)}, "25% of the last ten seconds"),
        ("Model in memory", {"ours": Work(2.0, 400), "model_cached": 0.4}, "200 times a second"),
        ("Heat and clock", {"cooled": 3}, "too hot"),
        ("Disk", {"io_pressure": Pressure(60.0, 40.0)}, "40%"),
    ],
)
def test_what_slows_answers_down_is_said_with_its_number(name: str, changes: dict[str, object], said: str) -> None:
    told = check(after(**changes), name)
    assert told.verdict is Verdict.SLOW
    assert said in told.said
    assert told.advice


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Memory", {"memory": 100 << 20}),
        ("Model in memory", {"model_cached": 0.5}),
        ("Heat and clock", {"frequency": (1000.0, 3000.0)}),
        ("Disk", {"disk": 100 << 20}),
    ],
)
def test_what_may_become_a_reason_is_worth_a_look(name: str, changes: dict[str, object]) -> None:
    told = check(after(**changes), name)
    assert told.verdict is Verdict.WATCH
    assert told.said
    assert told.advice


def test_the_model_in_memory_is_not_guessed_where_the_kernel_does_not_tell() -> None:
    told = check(after(model_cached=None), "Model in memory")
    assert told.verdict is Verdict.FINE
    assert told.number == "0 reads from disk a second"


def test_threads_against_cores() -> None:
    calm = after()
    assert check(calm, "Cores against threads").number == "2 cores, 2 threads × 1 answer at once"
    fewer = replace(calm, now=replace(calm.now, cores=1))
    assert "Restart the server" in check(fewer, "Cores against threads").advice
    half = replace(calm, now=replace(calm.now, quota=0.5))
    assert "0.5 of a core" in check(half, "Cores against threads").said
    assert calm.status is not None
    shared = replace(calm, status=replace(calm.status, places=2, threads=1))
    assert check(shared, "Cores against threads").verdict is Verdict.WATCH
    idle = replace(calm, status=replace(calm.status, threads=1), max_threads=1)
    assert "never used" in check(idle, "Cores against threads").said


def test_the_engine_says_when_it_is_paused_or_broken() -> None:
    calm = after()
    assert calm.status is not None
    waiting = [Waiting(1, "key", 3.0, None)]
    paused = judged(replace(calm, status=replace(calm.status, paused=True, queue=waiting)))[0]
    assert (paused.name, paused.verdict) == ("Engine", Verdict.SLOW)
    assert "1 request is waiting" in paused.said
    broken = judged(replace(calm, status=replace(calm.status, failure="They die.")))[0]
    assert broken.said == "They die."


def test_the_last_hour_says_where_requests_spent_their_time() -> None:
    waits = replace(after(), spent=Spent(10, 0, 30.0, 0.0, 5.0, 25.0, 1000, 100))
    assert check(waits, "Queue").number == "50% of the time of the last 10 requests, 3.0 s each"
    assert check(waits, "Queue").verdict is Verdict.SLOW
    launched = replace(after(), spent=Spent(10, 8, 0.0, 20.0, 0.0, 20.0, 1000, 100))
    assert "8 of 10 requests in the last hour had to wait for a launch" in check(launched, "Launches on the way").said
    reads = replace(after(), spent=Spent(10, 0, 0.0, 0.0, 30.0, 20.0, 4000, 200))
    assert "only 5% of their tokens were held already" in check(reads, "Reading prompts").said
    nothing = replace(after(), spent=Spent(0, 0, 0.0, 0.0, 0.0, 0.0, 0, 0))
    assert {check(nothing, name).verdict for name in ("Queue", "Reading prompts")} == {Verdict.FINE}


def test_readings_are_compared_with_the_oldest_of_the_last_seconds() -> None:
    clock = [0.0]
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    def read() -> Reading:
        return replace(CALM, at=clock[0])

    readings = Readings(wait)
    assert readings.pair_at_once(read) is None
    first, second = readings.pair(read)
    assert second.at - first.at == waited[0] == 0.5
    clock[0] = 4.0
    first, second = readings.pair(read)
    assert (first.at, second.at) == (0.0, 4.0)
    clock[0] = 60.0
    first, second = readings.pair(read)
    assert (first.at, second.at) == (60.0, 60.5)
    assert len(waited) == 2
    clock[0] = 62.0
    assert readings.pair_at_once(read) is not None


def test_what_our_processes_compute_is_ours_and_what_others_do_is_not(tmp_path: Path) -> None:
    """A real one, on this machine: it counts where it is named, and goes on counting once it has ended."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            before = machine.read([busy.pid], None, tmp_path)
            deadline = time.monotonic() + PATIENCE
            while True:
                now, without = (machine.read(pids, None, tmp_path) for pids in ([busy.pid], []))
                assert before.ours and now.ours and without.ours
                if now.ours.seconds - before.ours.seconds > 0.5:
                    break
                assert time.monotonic() < deadline
                time.sleep(0.05)  # between two looks at the condition
            assert now.ours.seconds - without.ours.seconds > 0.4
        finally:
            busy.kill()
    ended = machine.read([busy.pid], None, tmp_path)
    assert ended.ours is not None
    assert ended.ours.seconds >= now.ours.seconds


def test_this_machine_is_read_without_failing(tmp_path: Path) -> None:
    told = machine.read([os.getpid()], None, tmp_path)
    assert told.cores >= 1
    assert told.times is not None
    assert told.ours is not None
    assert told.ours.seconds > 0
