"""Run `manage.py` in a data folder, to prepare what a server finds there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests import warm_python
from tests.databases import migrated_database, prepared


def manage(data_dir: Path, *arguments: str, **environment: str) -> str:
    """Return what the command printed. Raise CalledProcessError, with its output, if it failed."""
    environment = os.environ | {"DATA_DIR": str(data_dir)} | environment
    run = warm_python.run([sys.executable, "manage.py", *arguments], environment)
    output = run.stdout + run.stderr
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, run.args, output)
    return output


def user(data_dir: Path, name: str = "ada") -> str:
    """Create an administrator, with a database if there is none yet, and return the name."""
    if not (data_dir / "db.sqlite3").exists():
        shutil.copyfile(_database_with(name), data_dir / "db.sqlite3")
    else:
        _create_administrator(data_dir, name)
    return name


def _database_with(name: str) -> Path:
    """Return a database with this administrator."""

    def prepare(folder: Path) -> None:
        shutil.copyfile(migrated_database(), folder / "db.sqlite3")
        _create_administrator(folder, name)

    return prepared(f"administrator-{name}", prepare)


def _create_administrator(data_dir: Path, name: str) -> None:
    account = {"DJANGO_SUPERUSER_USERNAME": name, "DJANGO_SUPERUSER_PASSWORD": "tangerine-boat-42"}
    manage(data_dir, "createsuperuser", "--no-input", "--email=", "--skip-checks", **account)


def api_key(data_dir: Path, *limits: str, owner: str = "ada") -> str:
    """Create a key of an existing user, and return it."""
    return manage(data_dir, "create_api_key", owner, "for a test", *limits, "--skip-checks").split()[-1]
