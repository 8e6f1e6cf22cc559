"""Build llama-cli and the other programs of llama.cpp, or of bitnet.cpp, from a pinned source. No Django in here.

cmake and ninja are the Python packages of `requirements-engine.txt`. A build uses one folder:

    bin/                 the finished programs
    stamp.json           what bin/ was built from; written last, so that an interrupted build does not count as finished
    build.log            the output of pip, cmake and ninja in the last build
    llama.cpp-VERSION/   the source tree; of bitnet.cpp, BitNet-VERSION/
    build-VERSION-…/     the object files, one folder per kind of build; ninja resumes there
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
import platform
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .build_steps import Display, EngineBuildError, Output, Runner
from .engine_source import SourceArchive

ENGINE = "llama-cli"
QUANTIZE = "llama-quantize"
TOOLS = ("llama-server", "llama-bench", "llama-tokenize", QUANTIZE)


class EngineSource(Protocol):
    """The source of an engine, and what is special about compiling it."""

    @property
    def title(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def pin(self) -> dict[str, str]: ...
    def flags(self, *, portable: bool) -> tuple[str, ...]: ...
    def find_compilers(self) -> list[str]: ...
    def require_compilers(self) -> tuple[str, ...]: ...
    def fetch(self, folder: Path, runner: Runner) -> Path: ...


@dataclass(frozen=True)
class Build:
    """The targets and the folder of a build.

    `portable` builds for any x86-64 processor with AVX2, or for the baseline of another architecture. Otherwise the
    programs use every instruction of this machine's processor, and may not start on another machine.
    """

    folder: Path
    targets: tuple[str, ...] = (ENGINE,)
    portable: bool = False
    source: EngineSource = field(default_factory=SourceArchive.pinned)

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the cmake options that shape the programs."""
        return self.source.flags(portable=self.portable)

    @property
    def processor(self) -> str:
        """Return the target processor: `portable`, or a digest of this processor's instruction sets."""
        if self.portable:
            return "portable"
        cpuinfo = Path("/proc/cpuinfo")
        text = cpuinfo.read_text(errors="replace") if cpuinfo.exists() else platform.processor()
        instructions = re.search(r"^(flags|Features)\s*:.*$", text, re.MULTILINE)
        return hashlib.sha256((instructions[0] if instructions else text).encode()).hexdigest()[:8]

    @property
    def compiled(self) -> Path:
        return self.folder / f"build-{self.source.version}-{platform.machine()}-{self.processor}"

    @property
    def stamp_file(self) -> Path:
        return self.folder / "stamp.json"

    def program(self, target: str) -> Path:
        return self.folder / "bin" / target

    def stamp(self, targets: set[str]) -> dict[str, object]:
        """Return the contents of the stamp file once these targets are built with these settings."""
        return {
            "version": self.source.version,
            **self.source.pin,
            "machine": platform.machine(),
            "processor": self.processor,
            "flags": list(self.flags),
            "targets": sorted(targets),
        }

    def finished(self) -> set[str]:
        """Return the targets whose programs are in `bin/`, built with exactly these settings."""
        try:
            targets = set(json.loads(self.stamp_file.read_text())["targets"])
            same = json.loads(self.stamp_file.read_text()) == self.stamp(targets)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return set()
        return {target for target in targets if same and os.access(self.program(target), os.X_OK)}


class ProgramCache(Protocol):
    """Keeps built programs outside the build's folder."""

    @property
    def folder(self) -> Path: ...

    def find(self, build: Build) -> Mapping[str, Path]:
        """Return the program of every target, or nothing if one is missing."""

    def store(self, build: Build) -> None:
        """Keep the finished programs of the build."""


def build_engine(build: Build, out: Output, cache: ProgramCache | None = None) -> None:
    """Ensure that the build's targets are in `bin/`: copy them from the cache, or compile them in a minute or two.

    Raise EngineBuildError. A KeyboardInterrupt passes through; the next call resumes.
    """
    names = ", ".join(build.targets)
    display = Display(out)
    if build.finished() >= set(build.targets):
        display.step(f"Already built: {names} in {build.folder / 'bin'}")
        return
    started = time.monotonic()
    if cache and (cached := cache.find(build)):
        build.folder.mkdir(parents=True, exist_ok=True)
        with _only_build_in(build.folder, display):
            _install(build, cached)
        display.step(f"Copied {names} from {cache.folder} to {build.folder / 'bin'}")
        return
    compilers = build.source.require_compilers()
    cmake, ninja = _require_packages()
    build.folder.mkdir(parents=True, exist_ok=True)
    with _only_build_in(build.folder, display), (build.folder / "build.log").open("wb") as log:
        # Without the ceiling, llama.cpp takes the last commit of the project around it for its own version.
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(build.folder.resolve()), "NINJA_STATUS": "[%f/%t] "}
        runner = Runner(log, display, environment)
        source = build.source.fetch(build.folder, runner)
        _configure(build, source, (cmake, ninja, *compilers), runner)
        _compile(build, ninja, runner)
        _install(build, {target: build.compiled / "bin" / target for target in build.targets})
        if cache:
            cache.store(build)
    display.step(f"Built {names} in {time.monotonic() - started:.0f} s: {build.folder / 'bin'}")


def _require_packages() -> tuple[str, str]:
    """Return the paths of cmake and ninja: from the Python packages, whose versions are known, never from PATH."""
    missing = [name for name in ("cmake", "ninja", "scikit_build_core") if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineBuildError(
            f"Python packages are missing: {', '.join(missing)}.\n"
            f"Expected: everything in requirements-engine.txt, installed for {sys.executable}.\n"
            f"Run: {shlex.quote(sys.executable)} -m pip install -r requirements-engine.txt"
        )
    cmake = Path(importlib.import_module("cmake").CMAKE_BIN_DIR, "cmake")
    ninja = Path(importlib.import_module("ninja").BIN_DIR, "ninja")
    return str(cmake), str(ninja)


@contextmanager
def _only_build_in(folder: Path, display: Display) -> Iterator[None]:
    """Hold the lock of the folder, so that one process at a time builds there. The lock ends with its process."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            display.step(f"Another build is running in {folder}; waiting for it to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _configure(build: Build, source: Path, tools: Sequence[str], runner: Runner) -> None:
    cmake, ninja, *compilers = tools
    cache = build.compiled / "CMakeCache.txt"
    if cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={source.resolve()}\n" not in cache.read_text():
        shutil.rmtree(build.compiled)  # the project was moved, and cmake refuses a cache with other paths
    paths = ("-S", str(source.resolve()), "-B", str(build.compiled.resolve()))
    runner.run(
        [cmake, *paths, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}", *compilers, *build.flags],
        "Configuring",
        failure="cmake could not prepare the build",
        expected="a C and a C++ compiler that work, with the C library's headers",
        advice="Install what the lines above miss (on Debian and Ubuntu, build-essential has it all).",
    )


def _compile(build: Build, ninja: str, runner: Runner) -> None:
    runner.run(
        [ninja, "-C", str(build.compiled), *build.targets],
        f"Compiling {', '.join(build.targets)}",
        failure="The compiler failed",
        expected=f"{build.source.title} to compile",
        advice="A compiler that was killed ran out of memory: run this again, it resumes. Else try a newer compiler.",
    )


def _install(build: Build, programs: Mapping[str, Path]) -> None:
    """Copy the programs into `bin/`, each atomically, so that a running server keeps its own.

    The stamp is absent until all programs are copied.
    """
    finished = build.finished() | set(build.targets)
    build.stamp_file.unlink(missing_ok=True)
    build.program(ENGINE).parent.mkdir(exist_ok=True)
    for target, program in programs.items():
        partial = build.program(f".{target}.partial")
        shutil.copy2(program, partial)
        partial.replace(build.program(target))
    partial = build.folder / "stamp.json.partial"
    partial.write_text(json.dumps(build.stamp(finished), indent=2) + "\n")
    partial.replace(build.stamp_file)
