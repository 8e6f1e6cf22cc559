"""The build of bitnet.cpp, up to where it would compile."""

from __future__ import annotations

import io
import os
import platform
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.provisioning.engine.bitnet_cpp import BitnetCpp
from inference.provisioning.engine.build_steps import Display, EngineBuildError, Runner
from inference.provisioning.engine.engine_build import Build

LINE = "        int8_t * y_col = y + col * by;\n"
MENDED = "        const int8_t * y_col = y + col * by;\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with the files of bitnet.cpp that are mended, and some that are only read."""
    preset = "tl2" if platform.machine() == "x86_64" else "tl1"
    for name, text in {
        "CMakeLists.txt": "project(bitnet.cpp)\n",
        "include/ggml-bitnet.h": "",
        "src/ggml-bitnet-mad.cpp": MENDED + LINE,
        f"preset_kernels/bitnet_b1_58-3B/bitnet-lut-kernels-{preset}.h": "// kernels\n",
        "3rdparty/llama.cpp/CMakeLists.txt": "project(llama.cpp)\n",
    }.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "source"


@pytest.fixture
def runner() -> Runner:
    # A submodule may be cloned from a folder only if git is told so.
    allow = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always"}
    return Runner(io.BytesIO(), Display(io.StringIO()), {**os.environ, **allow})


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "protocol.file.allow=always")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Source")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(source: Path, tmp_path: Path) -> BitnetCpp:
    """The source as a repository with a submodule, like Microsoft's."""
    llama = tmp_path / "llama.cpp"
    (source / "3rdparty/llama.cpp").rename(llama)
    for folder in (llama, source):
        git(folder, "init", "--quiet")
    llama_commit = commit(llama)
    git(source, "submodule", "--quiet", "add", str(llama), "3rdparty/llama.cpp")
    return BitnetCpp(commit=commit(source), llama_commit=llama_commit, repository=str(source))


def programs(folder: Path, *names: str) -> None:
    """Write programs that print the version of a compiler and fail at everything else."""
    for name in names:
        version = name.partition("-")[2] or "14"
        program = folder / name
        program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Debian clang version {version}.0.1" && exit\n'
                           'echo "fatal error: omp.h: not found" >&2; exit 1\n')  # fmt: skip
        program.chmod(0o755)


def test_a_folder_is_copied_and_the_copy_is_mended(source: Path, tmp_path: Path, runner: Runner) -> None:
    (source / "3rdparty/llama.cpp/.git").write_text("gitdir: elsewhere\n")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    tree = BitnetCpp(source).fetch(tmp_path, runner)
    assert (tree / "src/ggml-bitnet-mad.cpp").read_text() == MENDED + MENDED
    assert (tree / "include/bitnet-lut-kernels.h").read_text() == "// kernels\n"
    assert not (tree / "3rdparty/llama.cpp/.git").exists()
    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before
    assert BitnetCpp(source).fetch(tmp_path, runner) == tree


def test_a_changed_folder_is_another_build(source: Path, tmp_path: Path) -> None:
    first = Build(tmp_path, source=BitnetCpp(source))
    assert first.stamp(set()) == Build(tmp_path, source=BitnetCpp(source)).stamp(set())
    (source / "src/ggml-bitnet-mad.cpp").write_text("changed")
    assert first.stamp(set()) != Build(tmp_path, source=BitnetCpp(source)).stamp(set())


def test_a_commit_is_fetched_with_its_submodule(repository: BitnetCpp, tmp_path: Path, runner: Runner) -> None:
    tree = repository.fetch(tmp_path, runner)
    assert tree == tmp_path / f"BitNet-{repository.commit[:12]}"
    assert (tree / "3rdparty/llama.cpp/CMakeLists.txt").read_text() == "project(llama.cpp)\n"
    assert (tree / "src/ggml-bitnet-mad.cpp").read_text() == MENDED + MENDED


def test_another_llama_cpp_than_the_pinned_one_is_refused(
    repository: BitnetCpp, tmp_path: Path, runner: Runner
) -> None:
    changed = BitnetCpp(commit=repository.commit, repository=repository.repository)
    with pytest.raises(EngineBuildError, match=f"at commit {repository.llama_commit}. Expected {changed.llama_commit}"):
        changed.fetch(tmp_path, runner)
    assert not list(tmp_path.glob("BitNet-*"))


def test_an_unknown_commit_is_reported_with_the_output_of_git(
    repository: BitnetCpp, tmp_path: Path, runner: Runner
) -> None:
    missing = BitnetCpp(commit="0" * 40, repository=repository.repository)
    with pytest.raises(EngineBuildError, match=r"(?s)git fetch.*printed:.*fatal.*--source"):
        missing.fetch(tmp_path, runner)


def test_missing_git_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: Runner) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineBuildError, match=r"git was not found.\nExpected: git on PATH.*--source"):
        BitnetCpp().fetch(tmp_path, runner)


def test_a_folder_without_the_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        CommandError, match=r"(?s)is not the source of bitnet.cpp: CMakeLists.txt, .*git clone --recursive"
    ):
        call_command("build_engine", "--bitnet", "--source", str(tmp_path), "--folder", str(tmp_path / "build"))


def test_a_source_without_bitnet_is_refused() -> None:
    with pytest.raises(CommandError, match="--source needs --bitnet"):
        call_command("build_engine", "--source", "/tmp")  # noqa: S108 – not read


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ((), "No Clang of version 18 or newer was found.\n"),
        (("clang", "clang++"), "was found, only .*clang .version 14.\\.\n"),
        (("clang", "clang++", "clang-17", "clang++-17"), "version 17"),
        (("clang-19",), "No Clang"),
        (("clang", "clang++", "clang-19", "clang++-19"), "clang-19 cannot compile a program with OpenMP.*\n.*omp.h"),
    ],
)
def test_missing_compilers_are_reported_with_what_to_install(
    found: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(tmp_path, *found)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(EngineBuildError, match=message) as error:
        BitnetCpp().require_compilers()
    assert "apt-get install clang-19 libomp-19-dev" in str(error.value)


def test_a_newer_clang_is_preferred_to_an_older_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path, "clang", "clang++", "clang-18", "clang++-18", "clang-19", "clang++-19")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    assert BitnetCpp().find_compilers() == [str(tmp_path / "clang-19"), str(tmp_path / "clang++-19")]
