"""`manage.py` in a data folder of its own, for what a running server is to find there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT, migrated_database


def manage(data_dir: Path, *arguments: str, **environment: str) -> str:
    """What the command printed. Raises CalledProcessError, with its output, where it failed."""
    run = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data_dir)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return run.stdout


def user(data_dir: Path, name: str = "ada") -> str:
    """A database, if there is none yet, with this user, who is an administrator; the name."""
    if not (data_dir / "db.sqlite3").exists():
        shutil.copyfile(migrated_database(), data_dir / "db.sqlite3")
    account = {"DJANGO_SUPERUSER_USERNAME": name, "DJANGO_SUPERUSER_PASSWORD": "tangerine-boat-42"}
    manage(data_dir, "createsuperuser", "--no-input", "--email=", **account)
    return name


def api_key(data_dir: Path, *limits: str, owner: str = "ada") -> str:
    """A key of a user who is there, as `create_api_key` prints it."""
    return manage(data_dir, "create_api_key", owner, "for a test", *limits).split()[-1]
