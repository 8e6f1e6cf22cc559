"""A per-user cache of built programs, so that a second clone of the project compiles nothing. No Django in here.

An entry is a folder with one program and its SHA-256, named for everything that shapes the program: the source, the
cmake options, the compilers and their variables, the C library and the processor. Entries appear in one step, and one
that does not match its hash is deleted. A folder that cannot be used means a build, never an error.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .engine_build import Build

MAX_ENTRIES = 40  # programs of 3 to 5 MB: eight builds of llama-cli with all tools
PROGRAM, DIGEST = "program", "sha256"
COMPILER_VARIABLES = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS")
PROCESSOR_FIELDS = re.compile(r"^(?:vendor_id|cpu family|model|model name|CPU \w+|flags|Features)\s*:.*$", re.MULTILINE)


def default_folder() -> Path:
    """Return the cache folder of this user, following the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if Path(base).is_absolute() else Path.home() / ".cache", "bitnet-llm-server", "engine")


@dataclass(frozen=True)
class EngineCache:
    """The cached programs in `folder`; the `max_entries` that were used last are kept."""

    folder: Path
    max_entries: int = MAX_ENTRIES
    cpuinfo: Path = Path("/proc/cpuinfo")

    def find(self, build: Build) -> dict[str, Path]:
        """Return the cached program of every target of the build, or an empty dictionary if one is missing."""
        entries = {target: self._entry(build, target) for target in build.targets}
        if not all(_is_intact(entry) for entry in entries.values()):
            return {}
        for entry in entries.values():
            with suppress(OSError):
                os.utime(entry)  # used last: pruned last
        return {target: entry / PROGRAM for target, entry in entries.items()}

    def store(self, build: Build) -> None:
        """Copy the finished programs of the build into the cache, and delete the entries that are too many."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for target in build.targets:
                self._store(build.program(target), self._entry(build, target))
            self._prune()

    def _entry(self, build: Build, target: str) -> Path:
        return self.folder / f"{target}-{build.source.version}-{self._key(build)}"

    def _key(self, build: Build) -> str:
        """Return a digest of what shapes the programs of a build."""
        shaping = {
            **build.stamp(set()),
            "cpu": "" if build.portable else self._processor(),
            "compilers": [_version(command) for command in build.source.find_compilers()],
            "variables": {name: os.environ.get(name, "") for name in COMPILER_VARIABLES},
            "libc": platform.libc_ver(),
        }
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:16]

    def _processor(self) -> str:
        """Return the model and the instructions of this processor: a native build is tuned to both."""
        if not self.cpuinfo.exists():
            return platform.processor()
        first_core = self.cpuinfo.read_text(errors="replace").split("\n\n", 1)[0]
        return "\n".join(PROCESSOR_FIELDS.findall(first_core)) or first_core

    def _store(self, program: Path, entry: Path) -> None:
        if _is_intact(entry):
            return
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=self.folder))
        try:
            shutil.copy2(program, partial / PROGRAM)
            (partial / DIGEST).write_text(_digest(partial / PROGRAM))
            with suppress(OSError):  # another build has stored the same program concurrently
                partial.rename(entry)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _prune(self) -> None:
        by_use = sorted(self.folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in by_use[self.max_entries :]:
            shutil.rmtree(entry, ignore_errors=True)


def _is_intact(entry: Path) -> bool:
    """Return whether the entry holds the program that was stored there. A damaged entry is deleted."""
    try:
        if _digest(entry / PROGRAM) == (entry / DIGEST).read_text() and os.access(entry / PROGRAM, os.X_OK):
            return True
    except (OSError, ValueError):
        pass
    shutil.rmtree(entry, ignore_errors=True)
    return False


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _version(compiler: str) -> str:
    """Return what the compiler prints about itself; empty where it does not start."""
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run([compiler, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    return ""
