"""llama-cli that gets no more memory: at launch, and at random moments of an answer."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine_processes import SOAK
from tests.server import Server, tracebacks, until

from .report import Proof

LIMITS = 100 if SOAK else 4
TOO_LITTLE = 60_000  # KiB of address space: enough to start the program, not to load a model


@pytest.fixture
def limited_cli(tmp_path: Path, engine_binary: Callable[[str], Path]) -> tuple[Path, Path]:
    """A program that starts llama-cli with little memory while a file exists, and that file."""
    program, limit = tmp_path / "llama-cli", tmp_path / "limit"
    ulimit = f'[ -e "{limit}" ] && ulimit -v {TOO_LITTLE}'
    program.write_text(f'#!/bin/sh\n{ulimit}\nexec "{engine_binary("llama-cli")}" "$@"\n')
    program.chmod(0o755)
    return program, limit


@pytest.mark.promise(31, 4)
@pytest.mark.skipif(not SOAK, reason="waits for the delays between launches; make prove runs it")
def test_processes_that_get_no_memory_are_reported_and_recover(
    tmp_path: Path, limited_cli: tuple[Path, Path], proof: Proof
) -> None:
    program, limit = limited_cli
    with Server(tmp_path, LLAMA_CLI=str(program)) as server, server.client() as api:
        server.wait_for_health()
        assert until(lambda: server.children() != [])
        limit.touch()
        for child in server.children():
            kill(child)  # as the kernel does
        server.wait_for_health("failed")
        refused = api.post("/generate", json={"prompt": "a"})
        assert refused.status_code == 503, refused.text
        assert api.get("/health/live").status_code == 200
        assert "memory ran out" in server.log
        limit.unlink()
        server.wait_for_health()
        assert api.post("/generate", json={"prompt": "a", "max_tokens": 5}).status_code == 200
        assert tracebacks(server.log) == []
    proof("llama-cli without the memory to load: reported, and served again once there was some", times=1)


@pytest.mark.promise(31, 2)
def test_an_answer_whose_process_gets_no_more_memory_ends_and_harms_no_other(
    tmp_path: Path, fake_cli: Path, rng: random.Random, proof: Proof
) -> None:
    """The fake allocates memory for each token; llama-cli has all of it before the first one."""
    switches = "--fake tokens=200 --fake seconds-per-token=0.005 --fake long-line=300000"
    body = {"prompt": "What is Docker?", "max_tokens": 400, "stream": True}
    outcomes = {"finished": 0, "error": 0}
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=switches) as server, server.client() as api:
        server.wait_for_health()
        for _ in range(LIMITS):
            with api.stream("POST", "/generate", json=body) as response:
                assert response.status_code == 200
                lines = response.iter_lines()
                next(lines)
                time.sleep(rng.uniform(0, 0.05))  # the moment in the answer
                for child in server.children():
                    limit_memory(child)
                rest = "\n".join(lines)
            outcomes["error" if "engine_crashed" in rest else "finished"] += 1
            for child in server.children():
                kill(child)  # those that were limited and got by
            answered = api.post("/generate", json={"prompt": "a", "max_tokens": 5})
            assert answered.status_code == 200, answered.text
            server.wait_for_health()
    assert outcomes["error"]
    proof(
        f"limits of memory at random moments of answers: {outcomes['error']} ended with an error, the others finished; "
        "the request after each was answered",
        times=LIMITS,
    )


def limit_memory(pid: int) -> None:
    """Allow a process no more memory than it has."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        used = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.prlimit(pid, resource.RLIMIT_AS, (used, used))


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
