"""Random signals to the processes of a server under mixed load. `SEED` repeats a run."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import time
from pathlib import Path

import psutil
import pytest

from tests.chat.transport.servers import worker
from tests.commands import api_key, user
from tests.engine_processes import SOAK, alive
from tests.server import NOISE, Server, tracebacks, until

from .load import Load
from .report import Proof

FAULTS = 150 if SOAK else 4
SETTINGS = {"MAX_THREADS": "4", "MODEL_INSTANCES": "4", "TOKEN_TIMEOUT": "2", "FIRST_TOKEN_TIMEOUT": "10"}
SETTINGS |= {"LAUNCH_TIMEOUT": "20"}  # of a process that is stopped as it loads: the default is 120 s
SWITCHES = "--fake seconds-per-token=0.002"


class Target:
    """A server on one data folder, started again when its master is killed."""

    def __init__(self, folder: Path, cli: Path, rng: random.Random) -> None:
        self.folder, self.cli, self.rng = folder, cli, rng
        self.logs: list[str] = []
        self.server = self._start()

    def _start(self) -> Server:
        return Server(self.folder, LLAMA_CLI=str(self.cli), LLAMA_ARGS=SWITCHES, **SETTINGS)

    def signal_child(self, number: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that has just ended
            children = psutil.Process(worker(self.server)).children()
            engines = [child for child in children if "fake_llama" in str(child.cmdline())]
            if engines:
                self.rng.choice(engines).send_signal(number)

    def stop_child(self) -> None:
        self.signal_child(signal.SIGSTOP)

    def kill_child(self) -> None:
        self.signal_child(self.rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV]))

    def kill_worker(self) -> None:
        os.kill(worker(self.server), signal.SIGKILL)

    def pause_worker(self) -> None:
        pid = worker(self.server)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(self.rng.uniform(0.1, 1))  # how long it is stopped
        os.kill(pid, signal.SIGCONT)

    def kill_master(self) -> None:
        left = [child.pid for child in psutil.Process(self.server.process.pid).children(recursive=True)]
        self.server.process.kill()
        self.server.process.wait()
        assert until(lambda: not any(alive(pid) for pid in left), seconds=2 * NOISE)
        self.logs.append(self.server.log)
        self.server = self._start()

    def strike(self) -> None:
        """Do one of these faults: mostly small ones, because large ones hide the others."""
        faults = [self.kill_child] * 6 + [self.stop_child] * 3 + [self.pause_worker, self.kill_worker, self.kill_master]
        self.rng.choice(faults)()


@pytest.mark.promise(31, 10, 21)
def test_a_server_under_load_survives_random_signals(
    tmp_path: Path, fake_cli: Path, rng: random.Random, proof: Proof
) -> None:
    user(tmp_path)
    keys = [api_key(tmp_path) for _ in range(4)]
    target = Target(tmp_path, fake_cli, rng)
    target.server.wait_for_health()
    load = Load(lambda: target.server, keys)
    tally = load.start()
    try:
        for _ in range(FAULTS):
            before = tally.turns["answered"]
            target.strike()
            target.server.wait_for_health()
            assert until(lambda: tally.turns["answered"] > before)  # noqa: B023 – called in this round only
        load.stop()
        log = "".join([*target.logs, target.server.log])
    finally:
        load.ending.set()
        target.server.__exit__()
    assert tally.leaks == []
    assert tally.forgotten == []
    assert tracebacks(log) == []
    assert [each for each in tally.refusals if "engine_error" in each or each.startswith("(500")] == []
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        saved = dict(database.execute("SELECT id, text FROM chat_message WHERE role = 'user'"))
    database.close()
    lost = [key for key, text in tally.acknowledged.items() if saved.get(key) != text]
    assert lost == []
    proof("random signals to llama-cli, worker and master; the server answered again after each", times=FAULTS)
    proof("answers under these faults, with planted secrets", times=tally.turns["answered"], lost=len(tally.leaks))
    proof("questions that the page was told are saved", times=len(tally.acknowledged), lost=len(lost))
