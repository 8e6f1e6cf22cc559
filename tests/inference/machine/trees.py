"""Fake `/proc` and `/sys/fs/cgroup`, as systems of both versions of cgroups lay them out."""

from __future__ import annotations

from pathlib import Path

V2_MOUNT = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1_MOUNTS = """\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:12 - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""


def tree(root: Path, files: dict[str, str]) -> Path:
    """Write these files below `root`, and return it."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def v2(root: Path, group: str, files: dict[str, str], mount: str = V2_MOUNT) -> Path:
    """A system with version 2, this process in `group`; `files`: below /sys/fs/cgroup."""
    below = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    return tree(root, {"proc/self/cgroup": f"0::{group}\n", "proc/self/mountinfo": f"{mount}\n"} | below)


def v1(root: Path, group: str, files: dict[str, str], mounts: str = V1_MOUNTS) -> Path:
    """A system with version 1 (and a version 2 without controllers), this process in `group` of every controller."""
    membership = f"4:memory:{group}\n3:cpu,cpuacct:{group}\n1:name=systemd:/other\n0::/\n"
    below = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    return tree(root, {"proc/self/cgroup": membership, "proc/self/mountinfo": mounts} | below)
