"""The control groups (cgroups) of this process: folders whose files hold limits and counters.

A limit on any group between this process and the root applies, so that each of them has to be read: systemd sets
CPUQuota= on a nested group, and so does a container that runs in another one.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path("/")


def folders(controller: str, root: Path = ROOT) -> list[Path]:
    """Return the folders of this process's groups under a controller (`cpu`, `memory`): its own, then each ancestor.

    Covers both versions, and systems that mount both. Groups above the topmost visible one (of a container, say) are
    missing. `root`: where `proc` and `sys` are.
    """
    groups = _groups(controller, read_text(root / "proc/self/cgroup"))
    found: dict[Path, None] = {}
    for line in read_text(root / "proc/self/mountinfo").splitlines():
        before, separator, after = line.partition(" - ")
        mount, kind = before.split(), after.split()
        if not separator or len(mount) < 5 or len(kind) < 3:
            continue
        if kind[0] == "cgroup2" and "" in groups:
            path = groups[""]
        elif kind[0] == "cgroup" and controller in kind[2].split(",") and controller in groups:
            path = groups[controller]
        else:
            continue
        top = root / mount[4].replace("\\040", " ").lstrip("/")
        group = top / _below(path, mount[3])
        found |= dict.fromkeys([group, *(parent for parent in group.parents if parent.is_relative_to(top))])
    return [folder for folder in found if folder.is_dir()]


def read_text(path: Path) -> str:
    """Return a file's text; empty where the kernel, the container or a permission withholds it."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def read_number(path: Path) -> int | None:
    """Return the whole number that a file consists of; None where it holds anything else (`max`, `-1`)."""
    text = read_text(path).strip()
    return int(text) if text.isdecimal() else None


def field(text: str, name: str) -> int | None:
    """Return 42 for `name` where a line says `name 42`."""
    for line in text.splitlines():
        match line.split():
            case [first, value] if first == name and value.isdecimal():
                return int(value)
    return None


def _groups(controller: str, text: str) -> dict[str, str]:
    """Parse lines `number:controllers:path`: the controller's path, and that of version 2 under an empty name."""
    paths = {}
    for line in text.splitlines():
        match line.split(":", 2):
            case ["0", "", path]:
                paths[""] = path
            case [_, controllers, path] if controller in controllers.split(","):
                paths[controller] = path
    return paths


def _below(path: str, mounted: str) -> PurePosixPath:
    """Return a group's path relative to the mounted one; the mounted one itself where the group is outside of it."""
    group = PurePosixPath(path)
    if ".." in group.parts or not group.is_relative_to(mounted):
        return PurePosixPath()
    return group.relative_to(mounted)
