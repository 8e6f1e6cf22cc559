"""The data folder: created for its user only, checked before anything is written to it."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
JOURNALS: Final = ("", "-wal", "-shm")  # suffixes of the files of an SQLite database
WRITTEN: Final = ("secret_key", *(f"db.sqlite3{suffix}" for suffix in JOURNALS), "engine.lock", "prompt_cache")
MOUNTS: Final = Path("/proc/self/mounts")
# File systems on which several machines may lock one file: SQLite's journal needs memory that all its users share.
NETWORK: Final = (
    *("afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
    *("fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
)


def prepare(folder: Path) -> None:
    """Create the folder, and close its files to other users. Raise ImproperlyConfigured if it cannot be written to."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for path in (folder, *(folder / name for name in WRITTEN)):
            if path.exists() and not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
                raise PermissionError
    except PermissionError as error:
        raise ImproperlyConfigured(_not_writable(folder)) from error
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR={str(folder)!r} cannot be created: {error.strerror}. Expected a folder, or a path at which one "
            "can be created."
        ) from error
    for name in WRITTEN:
        _close_to_others(folder / name)


def kept_secret(path: Path) -> str:
    """Return the key in `path`. Create it, readable for its owner only, if the file is missing or empty.

    Raise ImproperlyConfigured if it cannot be written: it is the first that is written to a new folder.
    """
    if path.exists() and (key := path.read_text()):
        return key
    try:
        return _new_secret(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR: {path.parent} cannot be written: {error.strerror}. Free some space on its disk, or set "
            "DATA_DIR to a folder on another one."
        ) from error


def _new_secret(path: Path) -> str:
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released on close: of concurrent processes, only one creates the key
        key = file.read()
        if not key:
            key = secrets.token_urlsafe(48)
            file.write(key)
    return key


def prepare_database(path: Path) -> None:
    """Create the file of an SQLite database, readable for its owner only: SQLite would leave that to the umask.

    Raise ImproperlyConfigured on a network file system. An unusable path is left to the first query, which reports it.
    """
    if (kind := file_system(path.parent, MOUNTS)) in NETWORK:
        raise ImproperlyConfigured(
            f"The SQLite database {path} is on a network file system ({kind}), where SQLite can damage it. Set "
            "DATA_DIR to a folder on a local disk, or DATABASE_URL to a PostgreSQL database."
        )
    if path.parent.is_dir() and os.access(path.parent, os.W_OK) and not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    for suffix in JOURNALS:
        _close_to_others(path.with_name(path.name + suffix))


def file_system(folder: Path, mounts: Path) -> str:
    """Return the type of the file system that holds the folder, such as `ext4`; empty if it is unknown."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:  # not on Linux
        return ""
    kind, longest = "", -1
    for _, escaped, found, *_ in (line.split() for line in lines):
        point = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), escaped))
        if folder.resolve().is_relative_to(point) and len(point.parts) >= longest:  # later mounts hide earlier ones
            kind, longest = found, len(point.parts)
    return kind


def _not_writable(folder: Path) -> str:
    uid, gid = os.geteuid(), os.getegid()
    if _is_read_only(folder):
        remedy = "Its file system is mounted read-only: mount it writable, or set DATA_DIR to another folder."
    else:
        remedy = f"Run: sudo mkdir -p {folder} && sudo chown -R {uid}:{gid} {folder}"
    return f"DATA_DIR: {folder} cannot be read and written by this server, which runs as user {uid}. {remedy}"


def _is_read_only(folder: Path) -> bool:
    for path in (folder, *folder.parents):
        with suppress(OSError):  # missing, or in a folder of another user
            return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return False


def _close_to_others(path: Path) -> None:
    """Leave a file or folder that all users can access to its owner. Access for only a group is deliberate, and stays.

    SQLite creates its files with the umask, and a folder that existed before may be open to all.
    """
    with suppress(OSError):  # missing, or of another owner
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & stat.S_IRWXO:
            path.chmod(mode & stat.S_IRWXU)
