"""Runs `manage.py fetch_model` in this process."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.server import PATIENCE

FIRST_PART = 200_000  # bytes, of about 389,000


def fetch(*arguments: str) -> str:
    """Run the command and return its output."""
    out = io.StringIO()
    call_command("fetch_model", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    """Run the command, which must fail, and return its error."""
    with pytest.raises(CommandError) as error:
        fetch(*arguments)
    return str(error.value)


def files_in(folder: Path) -> list[str]:
    """Return the names of the files in the models folder, without the lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".fetch.lock") if folder.exists() else []


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)  # between two polls
