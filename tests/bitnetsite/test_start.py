"""What stops a start: one line that says what to change, from every program, and no traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests import warm_python

COMMANDS = {
    "manage.py": [sys.executable, "manage.py", "check"],
    "gunicorn": [sys.executable, "-m", "gunicorn", "-c", "python:bitnetsite.gunicorn", "--bind", "127.0.0.1:0"],
}
NONSENSE = {
    "DATABASE_URL": "nonsense",
    "SECRET_KEY": "x",
    "HISTORY_DAYS": "3000000",
    "DATA_DIR": "/dev/null/folder",
    "MAX_THREADS": "many",
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", NONSENSE)
def test_a_variable_that_is_wrong_stops_the_start_with_one_line(command: str, name: str, tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), name: NONSENSE[name]}
    run = warm_python.run(COMMANDS[command], environment)
    assert run.returncode == 1
    [line] = (run.stdout + run.stderr).splitlines()
    assert line.startswith(name)
    assert "xpected" in line
