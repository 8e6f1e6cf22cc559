"""Memory that there is, and that a process takes."""

from __future__ import annotations

from pathlib import Path

from inference.engine.llama_cli.scheduling.cores import CGROUP


def available_memory(cgroup: Path = CGROUP) -> int:
    """Bytes that may still be used: by the machine's count, or by the cgroup's limit where that is less."""
    available = _field(Path("/proc/meminfo"), "MemAvailable")
    try:
        limit = int((cgroup / "memory.max").read_text())
        available = min(available, max(0, limit - int((cgroup / "memory.current").read_text())))
    except (OSError, ValueError):  # no cgroup v2, or no limit in it ("max")
        pass
    return available


def private_memory(pid: int) -> int:
    """Bytes of a process's own, without the weights that all share; 0 where it is gone."""
    try:
        return _field(Path(f"/proc/{pid}/status"), "RssAnon")
    except (OSError, ValueError):
        return 0


def _field(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{path} has no {name}")
