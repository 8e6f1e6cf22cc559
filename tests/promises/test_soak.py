"""Mixed load for half an hour: what grows, and how fast. `SOAK_MINUTES` changes the time.

It runs beside the other tests, on a worker of its own, and leaves them most of the machine: it measures its own server
only.
"""

from __future__ import annotations

import os
import statistics
import threading
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.chat.transport.servers import worker
from tests.commands import api_key, user
from tests.engine_processes import SOAK
from tests.server import Server, tracebacks

from .load import Load
from .report import Proof

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
SAMPLES = 120
PAUSE = 1.0  # seconds between two conversations of a caller


@dataclass(frozen=True)
class Sample:
    """What a server uses: MiB of its worker, its descriptors and threads, its child processes, MiB of its database."""

    memory: float
    descriptors: float
    threads: float
    children: float
    database: float

    @classmethod
    def of(cls, server: Server) -> Sample:
        process = psutil.Process(worker(server))
        database = sum(path.stat().st_size for path in server.data_dir.glob("db.sqlite3*"))
        return cls(
            process.memory_info().rss / 2**20,
            process.num_fds(),
            process.num_threads(),
            len(process.children(recursive=True)),
            database / 2**20,
        )


@pytest.mark.promise(37, 8, 10)
@pytest.mark.skipif(not SOAK, reason="takes half an hour; make prove runs it")
def test_nothing_grows_under_hours_of_mixed_load(tmp_path: Path, fake_cli: Path, proof: Proof) -> None:
    user(tmp_path)
    keys = [api_key(tmp_path) for _ in range(4)]
    settings = {"MAX_THREADS": "2", "MODEL_INSTANCES": "2", "LLAMA_ARGS": "--fake seconds-per-token=0.005"}
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), **settings) as server:
        server.wait_for_health()
        load = Load(lambda: server, keys, pause=PAUSE)
        tally = load.start()
        samples = []
        for _ in range(SAMPLES):
            threading.Event().wait(MINUTES * 60 / SAMPLES)  # between two samples
            samples.append(Sample.of(server))
        load.stop()
        assert tracebacks(server.log) == []
    assert tally.leaks == []
    assert tally.forgotten == []
    assert not tally.refusals
    early, late = samples[SAMPLES // 4 : SAMPLES // 2], samples[-SAMPLES // 4 :]
    growth = {
        name: statistics.median(getattr(each, name) for each in late)
        - statistics.median(getattr(each, name) for each in early)
        for name in Sample.__dataclass_fields__
    }
    hours = MINUTES / 60 * 5 / 8  # between the middles of the two parts
    proof(
        f"turns in {MINUTES:.0f} minutes of mixed load; growth per hour: worker {growth['memory'] / hours:.1f} MiB, "
        f"descriptors {growth['descriptors'] / hours:.0f}, threads {growth['threads'] / hours:.0f}, "
        f"database {growth['database'] / tally.total * 1024:.1f} KiB per turn",
        times=tally.total,
    )
    assert growth["memory"] < 10 + 5 * hours  # MiB; the history's queue and caches fill up at first
    assert growth["descriptors"] <= 5
    assert growth["threads"] <= 2
    assert growth["children"] <= 3
    assert growth["database"] * 1024 / tally.total < 20  # KiB; rows that are kept for HISTORY_DAYS
