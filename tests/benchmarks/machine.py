"""The machine that is measured on: what it is, and whether it does something else."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import psutil

from tests.server import ROOT

BUSY = 0.15  # share of all cores; more belongs to something that would change the figures


def description() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())
    return f"{model}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"


def commit() -> str:
    """Return the commit, and whether files differ from it, other than the pages in docs/, which runs write."""
    name = _git("describe", "--always")
    changed = _git("diff", "HEAD", "--name-only", "--", ".", ":!docs")
    return (f"{name}, with uncommitted changes" if changed else name) or "unknown"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def load() -> float:
    """Return the share of the cores that is in use now, by whatever runs."""
    return psutil.cpu_percent(2.0) / 100
