"""Provides the source of bitnet.cpp, which runs Microsoft's models in I2_S: how to fetch, mend and compile it.

The source is a pinned commit of microsoft/BitNet with the llama.cpp that it records, or a folder that already has both.
Needs git (not for a folder) and Clang with its OpenMP: Clang's threads sleep at barriers, those of GCC's OpenMP spin,
and two processes that share cores then starve each other. No Django in here.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from .build_steps import EngineBuildError, Runner
from .engine_source import empty_folder, processor_flags

# The last commits whose llama.cpp reads the type I2_S of Microsoft's file. Newer ones record another llama.cpp.
COMMIT = "01eb415772c342d9f20dc42772f1583ae1e5b102"
LLAMA_COMMIT = "1f86f058de0c3f4098dedae2ae8653c335c868a1"
REPOSITORY = "https://github.com/microsoft/BitNet.git"

PARTS = ("CMakeLists.txt", "include", "src", "preset_kernels", "3rdparty/llama.cpp")  # what the build reads
NOT_PARTS = {".git", "build"}  # folders in them that are not part of the source

OLDEST_CLANG, NEWEST_CLANG = 18, 30
INSTALL_CLANG = """\
Install them, then run this again:
    Debian, Ubuntu   sudo apt-get install clang-19 libomp-19-dev
    Fedora, RHEL     sudo dnf install clang libomp-devel
    Arch             sudo pacman -S clang openmp
    Alpine           sudo apk add clang openmp-dev linux-headers
    openSUSE         sudo zypper install clang libomp-devel"""
OPENMP_PROGRAM = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"


@dataclass(frozen=True)
class BitnetCpp:
    """bitnet.cpp at a commit, or the source that is in the folder `tree`."""

    tree: Path | None = None
    commit: str = COMMIT
    llama_commit: str = LLAMA_COMMIT
    repository: str = REPOSITORY

    @property
    def title(self) -> str:
        return f"bitnet.cpp in {self.tree}" if self.tree else f"bitnet.cpp at commit {self.commit[:7]}"

    @property
    def version(self) -> str:
        return f"source-{self._digest[:12]}" if self.tree else self.commit[:12]

    @property
    def pin(self) -> dict[str, str]:
        """Return what identifies the source exactly."""
        if self.tree:
            return {"source": self._digest}
        return {"commit": self.commit, "llama_commit": self.llama_commit}

    def flags(self, *, portable: bool) -> tuple[str, ...]:
        """Return the cmake options that shape the programs."""
        return (
            "-DCMAKE_BUILD_TYPE=Release",
            # Static programs: only Clang's OpenMP is a library of its own. It may lie next to them.
            "-DBUILD_SHARED_LIBS=OFF",
            "-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON",
            "-DCMAKE_INSTALL_RPATH=$ORIGIN",
            # Without the kernels of lookup tables, which I2_S never calls.
            "-DBITNET_ARM_TL1=OFF",
            "-DBITNET_X86_TL2=OFF",
            "-DLLAMA_CURL=OFF",
            # As a subproject, llama.cpp builds programs only on request.
            "-DLLAMA_BUILD_COMMON=ON",
            "-DLLAMA_BUILD_EXAMPLES=ON",
            "-DLLAMA_BUILD_SERVER=ON",
            "-DLLAMA_BUILD_TESTS=OFF",
            *_bitnet_processor_flags(portable),
        )

    def find_compilers(self) -> list[str]:
        """Return the paths of clang and clang++; empty if they are missing or too old."""
        return next((list(pair) for pair in _candidates() if (_clang_version(pair[0]) or 0) >= OLDEST_CLANG), [])

    def require_compilers(self) -> tuple[str, ...]:
        """Return the cmake options that name the compilers. Raise EngineBuildError if something is missing."""
        compilers = self.find_compilers()
        if not compilers:
            found = ", ".join(f"{each} (version {_clang_version(each) or 'unknown'})" for each, _ in _candidates())
            raise EngineBuildError(
                f"No Clang of version {OLDEST_CLANG} or newer was found{f', only {found}' if found else ''}.\n"
                "Expected: clang and clang++ on PATH, or named by the variables CC and CXX, and Clang's OpenMP "
                f"(libomp).\n{INSTALL_CLANG}"
            )
        command = [compilers[0], "-fopenmp", "-x", "c", "-", "-o", os.devnull]
        check = subprocess.run(command, input=OPENMP_PROGRAM, capture_output=True, text=True, check=False)
        if check.returncode != 0:
            lines = "\n".join(f"    {line}" for line in check.stderr.splitlines()[:5])
            raise EngineBuildError(
                f"{compilers[0]} cannot compile a program with OpenMP. It printed:\n{lines}\n"
                f"Expected: Clang's OpenMP (libomp) of the same version.\n{INSTALL_CLANG}"
            )
        c, cpp = compilers
        return f"-DCMAKE_C_COMPILER={c}", f"-DCMAKE_CXX_COMPILER={cpp}"

    def fetch(self, folder: Path, runner: Runner) -> Path:
        """Return the mended source in this folder: from an earlier build, copied, or fetched with git."""
        tree = folder / f"BitNet-{self.version}"
        if not tree.exists():
            partial = empty_folder(folder / "download")
            if self.tree:
                for part in PARTS:
                    _copy(self.tree / part, partial / part)
            else:
                self._fetch(partial, runner)
            _mend(partial)
            partial.replace(tree)
        return tree

    @cached_property
    def _digest(self) -> str:
        """Return a SHA-256 of the names and contents of the files that the build reads."""
        tree = cast(Path, self.tree)
        missing = [part for part in PARTS if not (tree / part).exists()]
        if missing or not (tree / "3rdparty/llama.cpp/CMakeLists.txt").exists():
            raise EngineBuildError(
                f"{tree} is not the source of bitnet.cpp: {', '.join(missing) or '3rdparty/llama.cpp'} is missing "
                f"or empty.\nExpected: a checkout of {self.repository} with its submodule, as from\n"
                f"    git clone --recursive {self.repository}\n    git checkout --recurse-submodules {self.commit}"
            )
        digest = hashlib.sha256()
        for file in _files(tree):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(tree)}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()

    def _fetch(self, tree: Path, runner: Runner) -> None:
        git = shutil.which("git")
        if git is None:
            raise EngineBuildError(
                "git was not found.\nExpected: git on PATH, to fetch bitnet.cpp, or its source in a folder, named with "
                "--source.\nInstall it (Debian, Ubuntu: sudo apt-get install git), then run this again."
            )
        steps = (
            ("init", "--quiet"),
            ("fetch", "--quiet", "--depth", "1", self.repository, self.commit),
            ("checkout", "--quiet", "FETCH_HEAD"),
            ("submodule", "update", "--quiet", "--init", "--depth", "1", "3rdparty/llama.cpp"),
        )
        for step in steps:
            runner.run(
                [git, "-C", str(tree), *step],
                f"Fetching the source of bitnet.cpp: git {step[0]}",
                failure=f"git could not fetch the source of bitnet.cpp (git {step[0]})",
                expected=f"commit {self.commit} of {self.repository}, and the llama.cpp that it records",
                advice="Check the network, or name a folder that has the source with --source.",
            )
        command = [git, "-C", str(tree / "3rdparty/llama.cpp"), "rev-parse", "HEAD"]
        recorded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        if recorded != self.llama_commit:
            raise EngineBuildError(
                f"The llama.cpp of bitnet.cpp is at commit {recorded}. Expected {self.llama_commit}.\n"
                f"Delete {tree} and run this again."
            )


def _mend(tree: Path) -> None:
    """Correct what keeps the pinned commit from compiling."""
    kernels = tree / "src/ggml-bitnet-mad.cpp"
    # A pointer to constant data lacks `const`; lines that have it are not changed.
    pointer = re.compile(r"^( *)int8_t \* y_col = y \+ col \* by;", re.MULTILINE)
    kernels.write_text(pointer.sub(r"\1const int8_t * y_col = y + col * by;", kernels.read_text()))
    # A header of lookup-table kernels must exist. I2_S never calls them, so any will do.
    preset = "tl2" if _is_x86() else "tl1"
    header = tree / f"preset_kernels/bitnet_b1_58-3B/bitnet-lut-kernels-{preset}.h"
    shutil.copyfile(header, tree / "include/bitnet-lut-kernels.h")


def _bitnet_processor_flags(portable: bool) -> tuple[str, ...]:
    """Return the cmake options for the processor.

    On ARM, cmake does not detect it: dot product instructions, if it has them, must be enabled. `-include chrono`:
    several files of llama.cpp use it without including it.
    """
    if _is_x86():
        return (*processor_flags(portable=portable), "-DCMAKE_CXX_FLAGS=-include chrono")
    cpuinfo = Path("/proc/cpuinfo")
    dot_product = not portable and cpuinfo.exists() and "asimddp" in cpuinfo.read_text(errors="replace").split()
    arm = "-march=armv8.2-a+dotprod " if dot_product else ""
    return "-DGGML_NATIVE=OFF", f"-DCMAKE_C_FLAGS={arm.strip()}", f"-DCMAKE_CXX_FLAGS={arm}-include chrono"


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64")


def _candidates() -> Iterator[tuple[str, str]]:
    """Yield the C and C++ compilers that may be Clang: as named by CC and CXX, then by version, the newest first."""
    named = [shlex.split(os.environ.get(variable, ""))[:1] for variable in ("CC", "CXX")]
    pairs = [(named[0][0], named[1][0])] if all(named) else []
    pairs += [("clang", "clang++")]
    pairs += [(f"clang-{version}", f"clang++-{version}") for version in range(NEWEST_CLANG, 13, -1)]
    for pair in pairs:
        c, cpp = (shutil.which(name) for name in pair)
        if c and cpp and _clang_version(c):
            yield c, cpp


def _clang_version(compiler: str) -> int | None:
    """Return the major version of a Clang; None if the program is something else."""
    printed = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"clang version (\d+)", printed)
    return int(match[1]) if match else None


def _files(tree: Path) -> Iterator[Path]:
    """Yield the files that the build reads, in order."""
    for part in PARTS:
        for folder, folders, names in os.walk(tree / part):
            folders[:] = sorted(set(folders) - NOT_PARTS)
            yield from (path for name in sorted(names) if (path := Path(folder, name)).is_file())
        if (tree / part).is_file():
            yield tree / part


def _copy(part: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if part.is_file():
        shutil.copy2(part, target)
    else:
        shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns(*NOT_PARTS))
