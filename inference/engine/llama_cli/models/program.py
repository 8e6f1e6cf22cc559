"""The llama-cli that is launched: its name and its options differ between builds of llama.cpp."""

from __future__ import annotations

import mmap
import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from inference.engine.llama_cli.process.child import child_environment, killed_with_parent
from inference.engine.llama_cli.process.prompt_cache import file_identity

from . import openmp

COMPLETION: Final = "llama-completion"  # the name of llama-cli since build b7348; today's llama-cli is another program
# No chat of its own where the model has a template, and the debug lines that other builds print at level 1.
NEWER_ARGUMENTS: Final = ("-no-cnv", "-lv", "5")
HELP_TIMEOUT: Final = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Program:
    """A llama-cli, and the arguments that its build needs at every launch.

    `resets_grammar`: whether each answer of a process begins with the grammar's root. Newer ones never reset it.
    `openmp`: the name of its OpenMP library, empty if ggml's own threads compute.
    """

    path: Path
    arguments: tuple[str, ...] = ()
    resets_grammar: bool = True
    openmp: str = ""

    @property
    def threads_sleep(self) -> bool:
        """Whether its threads sleep when they wait for each other, so that more threads than cores do no harm.

        OpenMP's do; ggml's own spin.
        """
        return bool(self.openmp)


def find_program(binary: Path) -> Program:
    """Return what to launch for the configured `binary`; for today's llama-cli, the llama-completion beside it.

    The help of a build shows its options. A binary that prints none is returned as it is: its launch explains why.
    """
    options = _help(binary, file_identity(binary))
    if options and "--interactive-first" not in options:
        beside = binary.with_name(COMPLETION)
        if beside != binary and os.access(beside, os.X_OK):
            return find_program(beside)
    library = _openmp(binary, file_identity(binary))
    if "-no-cnv" in options:
        return Program(binary, NEWER_ARGUMENTS, resets_grammar=False, openmp=library)
    return Program(binary, openmp=library)


@lru_cache(maxsize=8)
def _help(binary: Path, _content: str) -> str:
    """Return what a program prints about its options; empty if it fails."""
    try:
        done = subprocess.run(
            [*killed_with_parent(), binary, "--help"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=HELP_TIMEOUT,
            check=True,
            env=child_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (done.stdout + done.stderr).decode(errors="replace")


@lru_cache(maxsize=8)
def _openmp(binary: Path, _content: str) -> str:
    """Return the OpenMP library to which a program, or the libraries of ggml beside it, are linked; empty if none."""
    folders = (binary.parent, binary.parent.parent / "lib")
    files = [binary, *(library for folder in folders for library in folder.glob("libggml*.so*"))]
    found = (name for name in (openmp.GCC, openmp.CLANG, openmp.INTEL) if any(_mentions(file, name) for file in files))
    return next(found, "")


def _mentions(file: Path, library: str) -> bool:
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content[:4] == b"\x7fELF" and content.find(f"{library}.so".encode()) >= 0
    except (OSError, ValueError):  # ValueError: an empty file
        return False
