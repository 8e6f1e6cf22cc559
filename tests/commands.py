"""Runs `manage.py` with a data folder, to prepare what a server finds there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT, migrated_database


def manage(data_dir: Path, *arguments: str, **environment: str) -> str:
    """Return the command's output. Raise CalledProcessError, with its output, if it fails."""
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
    """Create an administrator, and the database if there is none yet. Return the name."""
    if not (data_dir / "db.sqlite3").exists():
        shutil.copyfile(migrated_database(), data_dir / "db.sqlite3")
    account = {"DJANGO_SUPERUSER_USERNAME": name, "DJANGO_SUPERUSER_PASSWORD": "tangerine-boat-42"}
    manage(data_dir, "createsuperuser", "--no-input", "--email=", **account)
    return name


def api_key(data_dir: Path, *limits: str, owner: str = "ada") -> str:
    """Create an API key for an existing user and return it."""
    return manage(data_dir, "create_api_key", owner, "for a test", *limits).split()[-1]
