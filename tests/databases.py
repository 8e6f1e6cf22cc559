"""Databases that are prepared once per test run: servers, commands and tests use copies.

The processes of a run find them in one folder, whose path is in their environment.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import warm_python

FOLDER = "PREPARED_DATABASES"  # environment variable, which the first process of a run sets


def temporary_folder(prefix: str) -> Path:
    """Create a folder that is deleted when Python ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if FOLDER not in os.environ:
    os.environ[FOLDER] = str(temporary_folder("databases-"))


def prepared(name: str, prepare: Callable[[Path], None]) -> Path:
    """Return the path of a database. The first process that needs it calls `prepare` with an empty folder."""
    folder = Path(os.environ[FOLDER]) / name
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
            prepare(unfinished)
            # The last connection wrote everything into the file itself.
            for journal in unfinished.glob("db.sqlite3-*"):
                journal.unlink()
            unfinished.rename(folder)
    return folder / "db.sqlite3"


def migrated_database() -> Path:
    """Return an empty database with all tables."""
    return prepared("migrated", _migrate)


def _migrate(folder: Path) -> None:
    command = [sys.executable, "manage.py", "migrate", "--skip-checks"]
    done = warm_python.run(command, os.environ | {"DATA_DIR": str(folder)})
    assert done.returncode == 0, done.stderr
