"""The data folder: who can read it, and what is said where it cannot be used."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from bitnetsite import data_folder
from tests.commands import manage

NOBODY = 65534


@pytest.fixture
def of_another_user() -> Iterator[Path]:
    """A folder that this process cannot write to. Root becomes another user for the test."""
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    folder.chmod(0o555)
    user = os.geteuid()
    os.seteuid(user or NOBODY)
    yield folder
    os.seteuid(user)
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_database_in_an_open_folder_is_closed_to_other_users(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "db.sqlite3-wal").touch(0o644)
    (tmp_path / "prompt_cache").mkdir(0o755)
    manage(tmp_path, "migrate", "--skip-checks")
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
        "db.sqlite3": 0o600,
        "secret_key": 0o600,
        "prompt_cache": 0o700,
    }


def test_an_open_database_of_an_earlier_version_is_closed(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    database.touch(0o644)
    data_folder.prepare(tmp_path)
    assert mode(database) == 0o600
    elsewhere = tmp_path / "elsewhere.sqlite3"
    elsewhere.touch(0o666)
    data_folder.prepare_database(elsewhere)
    assert mode(elsewhere) == 0o600


def test_access_for_only_a_group_stays(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    database.touch()
    database.chmod(0o640)
    data_folder.prepare(tmp_path)
    assert mode(database) == 0o640


@pytest.mark.parametrize("name", ["", "data", "some/data"])
def test_a_folder_of_another_user_is_refused_with_the_command_that_helps(of_another_user: Path, name: str) -> None:
    folder = of_another_user / name
    uid, gid = os.geteuid(), os.getegid()
    with pytest.raises(
        ImproperlyConfigured, match=f"^DATA_DIR: {folder} .* user {uid}. .*chown -R {uid}:{gid} {folder}"
    ):
        data_folder.prepare(folder)


def test_a_database_of_another_user_in_an_own_folder_is_refused(of_another_user: Path) -> None:
    user = os.geteuid()
    os.seteuid(os.getuid())
    of_another_user.chmod(0o777)
    (of_another_user / "db.sqlite3").touch(0o400)
    os.seteuid(user)
    with pytest.raises(ImproperlyConfigured, match="chown"):
        data_folder.prepare(of_another_user)


def test_a_database_on_a_network_file_system_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda1 / ext4 rw 0 0\nserver:/home {tmp_path}/home\\040folders nfs4 rw 0 0\ntmpfs /tmpfs tmpfs rw 0 0\n"
    )
    folder = tmp_path / "home folders" / "data"
    assert data_folder.file_system(folder, mounts) == "nfs4"
    assert data_folder.file_system(tmp_path, mounts) == "ext4"
    assert data_folder.file_system(tmp_path, tmp_path / "missing") == ""
    monkeypatch.setattr(data_folder, "MOUNTS", mounts)
    with pytest.raises(ImproperlyConfigured, match=r"network file system \(nfs4\).*DATABASE_URL"):
        data_folder.prepare_database(folder / "db.sqlite3")
    assert not folder.exists()


def test_the_file_system_of_this_machine_is_known() -> None:
    assert data_folder.file_system(Path("/proc/self"), data_folder.MOUNTS) == "proc"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
