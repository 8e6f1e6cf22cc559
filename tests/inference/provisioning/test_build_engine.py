"""The engine's build, up to where it would compile. `make test` shows that it compiles: it needs the programs."""

import io
import json
import os
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.provisioning.build_steps import Display, EngineBuildError, Runner
from inference.provisioning.engine_build import ENGINE, Build


@pytest.fixture
def finished(tmp_path: Path) -> Build:
    """A folder that looks like the end of a build of llama-cli."""
    build = Build(tmp_path)
    program = build.program(ENGINE)
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    build.stamp_file.write_text(json.dumps(build.stamp({ENGINE})))
    return build


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends every build at its first step."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)


@pytest.fixture
def closed_index(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of archives, and no other place for pip to look in but a port that nobody listens on."""
    archives = tmp_path_factory.mktemp("archives")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archives))
    monkeypatch.setenv("PIP_RETRIES", "0")
    return archives


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def build_engine(*arguments: str, folder: Path) -> str:
    out = io.StringIO()
    call_command("build_engine", *arguments, "--folder", str(folder), stdout=out)
    return out.getvalue()


def test_what_is_built_already_is_left_alone(finished: Build, no_compiler: None) -> None:
    before = sorted(finished.folder.rglob("*"))
    assert build_engine(folder=finished.folder) == f"Already built: llama-cli in {finished.folder}/bin\n"
    assert sorted(finished.folder.rglob("*")) == before


@pytest.mark.parametrize("option", ["--portable", "--tools"])
def test_other_flags_and_further_targets_are_built(finished: Build, no_compiler: None, option: str) -> None:
    with pytest.raises(CommandError, match="No C"):
        build_engine(option, folder=finished.folder)


@pytest.mark.parametrize("stamp", ["", "{}", "[]", '{"targets": ["llama-cli"]}', '{"targets": null}'])
def test_a_stamp_that_says_something_else_is_not_believed(finished: Build, no_compiler: None, stamp: str) -> None:
    finished.stamp_file.write_text(stamp)
    with pytest.raises(CommandError, match="No C"):
        build_engine(folder=finished.folder)


def test_a_program_that_was_deleted_is_built_again(finished: Build, no_compiler: None) -> None:
    finished.program(ENGINE).unlink()
    with pytest.raises(CommandError, match="No C"):
        build_engine(folder=finished.folder)


def test_no_compiler_is_said_plainly(tmp_path: Path, no_compiler: None) -> None:
    with pytest.raises(CommandError) as error:
        build_engine(folder=tmp_path)
    message = str(error.value)
    assert message.startswith("No C and no C++ compiler was found.")
    assert "Expected: a C and a C++ compiler" in message
    assert "apt-get install build-essential" in message
    assert "dnf install gcc gcc-c++" in message


def test_a_compiler_variable_that_names_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler -std=c++17")
    with pytest.raises(CommandError, match="CXX names no-such-compiler, which is not there"):
        build_engine(folder=tmp_path)


def test_an_archive_with_another_hash_is_refused(tmp_path: Path) -> None:
    build = Build(tmp_path)
    (tmp_path / build.source.file_name).write_bytes(b"something else")
    with pytest.raises(CommandError, match=f"Expected SHA-256 {build.source.sha256}"):
        build_engine(folder=tmp_path)
    assert not list(tmp_path.glob("llama.cpp-*"))


def test_pip_refuses_a_download_with_another_hash(tmp_path: Path, closed_index: Path) -> None:
    (closed_index / Build(tmp_path).source.file_name).write_bytes(b"something else")
    with pytest.raises(CommandError, match="DO NOT MATCH THE HASHES"):
        build_engine(folder=tmp_path)
    assert not list(tmp_path.glob("llama*"))


def test_an_index_out_of_reach_is_said_with_what_pip_printed(tmp_path: Path, closed_index: Path) -> None:
    with pytest.raises(CommandError) as error:
        build_engine(folder=tmp_path)
    message = str(error.value)
    assert message.startswith("pip could not download the source of llama.cpp. It printed:")
    assert "No matching distribution found for llama-cpp-python" in message
    assert "Check the network" in message


def test_a_program_that_fails_is_shown_from_its_failure_on() -> None:
    out, log = io.StringIO(), io.BytesIO()
    command = ["sh", "-c", "echo '[1/2] fine'; echo 'FAILED: two.o'; echo why >&2; exit 1"]
    with pytest.raises(EngineBuildError) as error:
        Runner(log, Display(out), {**os.environ}).run(
            command, "Compiling", failure="It failed", expected="success", advice="Try again."
        )
    assert str(error.value) == "It failed. It printed:\n    FAILED: two.o\n    why\nExpected: success.\nTry again."
    assert log.getvalue() == b"[1/2] fine\nFAILED: two.o\nwhy\n"


# Starts a child, tells its process group, and has its parent interrupted, as Ctrl-C does.
INTERRUPTING_PROGRAM = """
import os, pathlib, signal, subprocess, sys
child = subprocess.Popen(["sleep", "60"])
try:
    pathlib.Path(sys.argv[1]).write_text(str(os.getpgrp()))
    os.kill(os.getppid(), signal.SIGINT)
    child.wait()
finally:
    child.wait()
"""


def test_an_interrupt_stops_the_program_with_its_children(tmp_path: Path) -> None:
    group = tmp_path / "group"
    command = [sys.executable, "-c", INTERRUPTING_PROGRAM, str(group)]
    with pytest.raises(KeyboardInterrupt):
        Runner(io.BytesIO(), Display(io.StringIO()), {**os.environ}).run(
            command, "Compiling", failure="It failed", expected="success", advice="Try again."
        )
    with pytest.raises(ProcessLookupError):
        os.killpg(int(group.read_text()), 0)


@pytest.mark.parametrize(
    ("out", "shown"),
    [
        (Terminal(), "Compiling\n\r\x1b[K[ 9/10] b.cpp\r\x1b[KDone\n"),
        (io.StringIO(), "Compiling\nDone\n"),  # at most one line in 5 seconds
    ],
)
def test_progress_is_one_updating_line_on_a_terminal(out: io.StringIO, shown: str) -> None:
    display = Display(out)
    command = ["printf", "[8/10] Building CXX object a.cpp.o\n[9/10] Building CXX object src/b.cpp.o\n[10/10"]
    Runner(io.BytesIO(), display, {**os.environ}).run(command, "Compiling", failure="", expected="", advice="")
    display.step("Done")
    assert out.getvalue() == shown
