"""`manage.py ask` on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests import warm_python
from tests.engine_processes import alive
from tests.server import DEMO_MODEL, NOISE, PATIENCE, Server, until


@pytest.fixture
def ask(tmp_path: Path, engine_binary: Callable[[str], Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    engine_binary("llama-cli")
    settings = {"DATA_DIR": str(tmp_path), "MODEL_PATH": str(DEMO_MODEL), "MAX_THREADS": "1"}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "ask", *arguments]
        return warm_python.run(command, os.environ | settings | environment, text="What is BitNet?", timeout=PATIENCE)

    return run


def test_the_answer_is_on_standard_output_and_its_statistics_on_standard_error(
    ask: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    run = ask("What is machine learning?", "--temperature", "0", "--seed", "7")
    assert run.returncode == 0, run.stderr
    assert "learn" in run.stdout
    assert "tokens" in run.stderr
    assert ask("-", "--temperature", "0").stdout != run.stdout


@pytest.mark.parametrize(
    "option",
    ["--max-tokens=0", "--temperature=50", "--temperature=nan", "--top-p=0", "--seed=-1", "--system-prompt=\udcff"],
)
def test_the_ranges_are_those_of_the_api(ask: Callable[..., subprocess.CompletedProcess[str]], option: str) -> None:
    run = ask("Hello", option)
    assert run.returncode == 1
    assert run.stderr.startswith(f"CommandError: {option[2:].partition('=')[0].replace('-', '_')}: ")


def test_errors_are_reported_in_a_sentence(ask: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    for run in (ask(" "), ask("Hello", MODEL_PATH="/nonexistent.gguf"), ask("word " * 3000)):
        assert run.returncode == 1
        assert run.stderr.startswith("CommandError: ")


def test_a_running_server_is_named_and_the_question_is_not(
    ask: Callable[..., subprocess.CompletedProcess[str]], fake_cli: Path, tmp_path: Path
) -> None:
    """The lock file names who runs the engine, but it must not show users' texts."""
    slow = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=5000 --fake seconds-per-token=0.05"}
    with ThreadPoolExecutor() as threads, Server(tmp_path, **slow) as server:
        server.wait_for_health()
        run = ask("Hello")
        assert run.stderr.startswith("CommandError: Process ")
        assert f"(gunicorn -c python:bitnetsite.gunicorn --bind 127.0.0.1:{server.port})" in run.stderr
        server.process.kill()
        lock = tmp_path / "engine.lock"
        first = threads.submit(ask, "What is my secret?", "--max-tokens", "100", **slow)
        assert until(lambda: lock.read_text().endswith("manage.py ask\n"))
        assert first.result().returncode == 0
        assert lock.read_text() == ""


@pytest.mark.promise(7)
def test_a_killed_command_leaves_no_process_behind(fake_cli: Path, tmp_path: Path) -> None:
    arguments = "--fake tokens=5000 --fake seconds-per-token=0.05"
    settings = {"DATA_DIR": str(tmp_path), "LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": arguments}
    command = [sys.executable, "manage.py", "ask", "What is BitNet?"]
    with (tmp_path / "answer").open("w+b") as output, Path(os.devnull).open("rb") as empty:
        process = warm_python.start(command, os.environ | settings, empty.fileno(), output.fileno(), output.fileno())
        assert until(lambda: b"w1" in (tmp_path / "answer").read_bytes())
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert children
    process.kill()
    process.wait(PATIENCE)
    assert until(lambda: not any(alive(pid) for pid in children), seconds=2 * NOISE)
