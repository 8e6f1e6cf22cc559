"""Where the files of this process's control groups are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.machine.cgroup import field, folders, read_number, read_text

from .trees import V1_MOUNTS, V2_MOUNT, tree, v1, v2

TOP = "sys/fs/cgroup"


def below(root: Path, controller: str) -> list[str]:
    return [str(folder.relative_to(root)) for folder in folders(controller, root)]


def test_every_group_up_to_the_root_is_found_own_group_first(tmp_path: Path) -> None:
    root = v2(tmp_path, "/system.slice/server.service", {"system.slice/server.service/cpu.max": "max 100000"})
    assert below(root, "cpu") == [f"{TOP}/system.slice/server.service", f"{TOP}/system.slice", TOP]


def test_version_1_has_a_tree_for_each_controller(tmp_path: Path) -> None:
    root = v1(
        tmp_path,
        "/docker/abc",
        {
            "cpu,cpuacct/docker/abc/cpu.stat": "",
            "memory/docker/abc/memory.stat": "",
            "unified/memory.pressure": "",
        },
    )
    cpu = f"{TOP}/cpu,cpuacct"
    assert below(root, "cpu") == [f"{cpu}/docker/abc", f"{cpu}/docker", cpu, f"{TOP}/unified"]
    assert below(root, "memory")[:2] == [f"{TOP}/memory/docker/abc", f"{TOP}/memory/docker"]


def test_a_container_sees_its_own_group_as_the_top(tmp_path: Path) -> None:
    mounts = V1_MOUNTS.replace("0:29 / ", "0:29 /docker/abc ")
    root = v1(tmp_path, "/docker/abc/inner", {"cpu,cpuacct/inner/cpu.stat": ""}, mounts)
    assert below(root, "cpu") == [f"{TOP}/cpu,cpuacct/inner", f"{TOP}/cpu,cpuacct"]


@pytest.mark.parametrize("group", ["/../elsewhere", "/not/visible/here", "/"])
def test_a_hidden_group_leaves_its_visible_ancestors(group: str, tmp_path: Path) -> None:
    assert below(v2(tmp_path, group, {"cpu.stat": ""}), "cpu") == [TOP]


def test_a_group_outside_the_mount_leaves_the_mounted_one(tmp_path: Path) -> None:
    root = v2(tmp_path, "/a/b", {"cpu.stat": "", "a/b/cpu.stat": ""}, V2_MOUNT.replace("0:28 / ", "0:28 /c "))
    assert below(root, "cpu") == [TOP]


def test_a_mount_point_may_have_a_space(tmp_path: Path) -> None:
    root = v2(tmp_path, "/", {}, V2_MOUNT.replace("/sys/fs/cgroup", "/my\\040groups"))
    (root / "my groups").mkdir()
    assert below(root, "cpu") == ["my groups"]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc/self/cgroup": "0::/a\n"},
        {"proc/self/mountinfo": f"{V2_MOUNT}\n"},
        {"proc/self/cgroup": "what\n\n1:2\n", "proc/self/mountinfo": f"{V2_MOUNT}\n"},
        {"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": "what\n\n1 2 - cgroup2\n - \n"},
        {"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": f"{V2_MOUNT}\n"},
    ],
)
def test_without_groups_there_are_no_folders(files: dict[str, str], tmp_path: Path) -> None:
    assert folders("cpu", tree(tmp_path, files)) == []


def test_unreadable_files_and_other_texts_have_no_value(tmp_path: Path) -> None:
    root = tree(tmp_path, {"max": "max\n", "number": "42\n", "negative": "-1", "empty": ""})
    assert [read_number(root / name) for name in ("max", "number", "negative", "empty", "missing")] == [
        None, 42, None, None, None
    ]  # fmt: skip
    (root / "binary").write_bytes(b"\xff\xfe")
    assert [read_text(root / name) for name in ("binary", "missing", "")] == ["", "", ""]
    assert field("low 0\noom 3\noom_kill 2\n", "oom_kill") == 2
    assert field("oom_kill\noom_kill x\noom_kills 3", "oom_kill") is None


def test_this_process_has_groups() -> None:
    if not read_text(Path("/proc/self/cgroup")):
        pytest.skip("this system has no cgroups")
    assert all(folder.is_dir() for folder in folders("memory"))
    assert folders("memory")
