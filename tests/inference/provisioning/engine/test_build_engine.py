"""The engine's build, up to where it would compile. `make test` proves that it compiles, unless it is cached."""

import io
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from inference.provisioning.engine import engine_cache
from inference.provisioning.engine.engine_build import ENGINE, Build
from inference.provisioning.engine.engine_cache import EngineCache
from inference.provisioning.engine.engine_source import SourceArchive


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> EngineCache:
    """An empty cache, in place of the user's."""
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert engine_cache.default_folder() == home / "bitnet-llm-server" / "engine"
    return EngineCache(engine_cache.default_folder())


@pytest.fixture
def finished(tmp_path: Path) -> Build:
    """A folder with a finished build of llama-cli."""
    build = Build(tmp_path)
    program = build.program(ENGINE)
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    build.stamp_file.write_text(json.dumps(build.stamp({ENGINE})))
    return build


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every build fail at its first step."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)


@pytest.fixture
def closed_index(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of archives, the only source of pip: its index is a closed port."""
    archives = tmp_path_factory.mktemp("archives")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archives))
    monkeypatch.setenv("PIP_RETRIES", "0")
    return archives


def build_engine(*arguments: str, folder: Path) -> str:
    out = io.StringIO()
    call_command("build_engine", *arguments, "--folder", str(folder), stdout=out)
    return out.getvalue()


def test_a_finished_build_is_not_touched(finished: Build, no_compiler: None) -> None:
    before = sorted(finished.folder.rglob("*"))
    assert build_engine(folder=finished.folder) == f"Already built: llama-cli in {finished.folder}/bin\n"
    assert sorted(finished.folder.rglob("*")) == before


@pytest.mark.parametrize("option", ["--portable", "--tools"])
def test_other_flags_and_more_targets_cause_a_build(finished: Build, no_compiler: None, option: str) -> None:
    with pytest.raises(CommandError, match="No C"):
        build_engine(option, folder=finished.folder)


@pytest.mark.parametrize("stamp", ["", "{}", "[]", '{"targets": ["llama-cli"]}', '{"targets": null}'])
def test_a_stamp_of_another_build_is_ignored(finished: Build, no_compiler: None, stamp: str) -> None:
    finished.stamp_file.write_text(stamp)
    with pytest.raises(CommandError, match="No C"):
        build_engine(folder=finished.folder)


def test_a_deleted_program_is_built_again(finished: Build, no_compiler: None) -> None:
    finished.program(ENGINE).unlink()
    with pytest.raises(CommandError, match="No C"):
        build_engine(folder=finished.folder)


def test_a_missing_compiler_is_reported_with_what_to_install(tmp_path: Path, no_compiler: None) -> None:
    with pytest.raises(CommandError) as error:
        build_engine(folder=tmp_path)
    message = str(error.value)
    assert message.startswith("No C and no C++ compiler was found.")
    assert "Expected: a C and a C++ compiler" in message
    assert "apt-get install build-essential" in message
    assert "dnf install gcc gcc-c++" in message


def test_an_unknown_compiler_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler -std=c++17")
    with pytest.raises(CommandError, match="CXX names no-such-compiler, which is not there"):
        build_engine(folder=tmp_path)


def test_another_folder_gets_the_programs_from_the_cache(
    finished: Build, cache: EngineCache, tmp_path: Path, closed_index: Path
) -> None:
    cache.store(finished)
    second = Build(tmp_path / "second")
    expected = f"Copied llama-cli from {cache.folder} to {second.folder}/bin\n"
    assert build_engine(folder=second.folder) == expected
    assert second.finished() == {ENGINE}
    assert second.program(ENGINE).read_bytes() == finished.program(ENGINE).read_bytes()
    assert build_engine(folder=second.folder) == f"Already built: llama-cli in {second.folder}/bin\n"


def test_the_cache_can_be_switched_off(finished: Build, cache: EngineCache, tmp_path: Path, closed_index: Path) -> None:
    cache.store(finished)
    with pytest.raises(CommandError, match="pip could not download"):
        build_engine("--no-cache", folder=tmp_path / "second")


def test_a_missing_target_is_compiled(finished: Build, cache: EngineCache, tmp_path: Path, closed_index: Path) -> None:
    cache.store(finished)
    with pytest.raises(CommandError, match="pip could not download"):
        build_engine("--tools", folder=tmp_path / "second")


@pytest.mark.parametrize("damage", ["changed", "cut", "program missing", "digest missing", "not executable"])
def test_a_damaged_entry_is_built_again(finished: Build, cache: EngineCache, damage: str) -> None:
    cache.store(finished)
    program = cache.find(finished)[ENGINE]
    match damage:
        case "changed":
            program.write_bytes(b"!" + program.read_bytes()[1:])
        case "cut":
            program.write_bytes(b"")
        case "program missing":
            program.unlink()
        case "digest missing":
            (program.parent / "sha256").unlink()
        case "not executable":
            program.chmod(0o644)
    assert cache.find(finished) == {}
    assert not program.parent.exists()
    cache.store(finished)
    assert cache.find(finished) == {ENGINE: program}


@pytest.mark.parametrize(
    "other",
    [
        {"portable": True},
        {"source": SourceArchive("0.3.1", Build(Path()).source.sha256)},
        {"source": SourceArchive(Build(Path()).source.version, "0" * 64)},
    ],
    ids=["flags", "version", "hash"],
)
def test_another_build_does_not_find_the_entry(finished: Build, cache: EngineCache, other: dict[str, Any]) -> None:
    cache.store(finished)
    assert cache.find(finished)
    assert not cache.find(replace(finished, **other))


def test_another_compiler_does_not_find_the_entry(
    finished: Build, cache: EngineCache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cache.store(finished)
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\necho another compiler\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    assert not cache.find(finished)
    monkeypatch.delenv("CXX")
    assert cache.find(finished)
    monkeypatch.setenv("CXXFLAGS", "-O0")
    assert not cache.find(finished)


def test_another_processor_does_not_find_a_native_entry(finished: Build, cache: EngineCache, tmp_path: Path) -> None:
    portable = replace(finished, portable=True)
    cache.store(finished)
    cache.store(portable)
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(re.sub("(model name.*)", r"\1 Next", cache.cpuinfo.read_text()))  # with the same instructions
    elsewhere = replace(cache, cpuinfo=cpuinfo)
    assert not elsewhere.find(finished)
    assert elsewhere.find(portable)


def test_only_the_entries_that_were_used_last_are_kept(finished: Build, cache: EngineCache) -> None:
    builds = [replace(finished, source=SourceArchive(f"0.0.{number}", "0" * 64)) for number in range(4)]
    small = replace(cache, max_entries=3)
    for age, build in enumerate(builds[:3]):
        small.store(build)
        os.utime(small.find(build)[ENGINE].parent, (age, age))
    assert small.find(builds[0])  # used now
    small.store(builds[3])
    assert [bool(small.find(build)) for build in builds] == [True, False, True, True]
    assert len(list(cache.folder.iterdir())) == 3


def test_a_cache_that_cannot_be_written_changes_nothing(finished: Build, cache: EngineCache) -> None:
    cache.folder.parent.mkdir()
    cache.folder.write_text("a file where the folder should be")
    cache.store(finished)
    assert cache.find(finished) == {}


def test_two_builds_can_store_the_same_program(finished: Build, cache: EngineCache) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: cache.store(finished), range(32)))
    assert cache.find(finished)
    assert len(list(cache.folder.iterdir())) == 1  # nothing partial is left


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


def test_an_unreachable_index_is_reported_with_the_output_of_pip(tmp_path: Path, closed_index: Path) -> None:
    with pytest.raises(CommandError) as error:
        build_engine(folder=tmp_path)
    message = str(error.value)
    assert message.startswith("pip could not download the source of llama.cpp. It printed:")
    assert "No matching distribution found for llama-cpp-python" in message
    assert "Check the network" in message
