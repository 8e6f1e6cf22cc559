"""`make audit`: with what pip-audit finds, and where the list of vulnerabilities cannot be read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ".venv/.packages-to-test"  # is not made again


def audit(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--old-file", PACKAGES, "audit", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_an_audit_without_a_network_fails_and_says_that_nothing_was_checked() -> None:
    refused = "http://127.0.0.1:9"  # nothing listens on the discard port
    run = audit(https_proxy=refused, HTTPS_PROXY=refused, NO_PROXY="", no_proxy="")
    assert run.returncode == 2
    assert "Not checked" in run.stderr
    assert "No known vulnerabilities" not in run.stdout + run.stderr
    assert len(run.stderr.splitlines()) <= 4


@pytest.mark.parametrize(
    ("printed", "status", "result", "shown"),
    [
        ("No known vulnerabilities found", 0, 0, "No known vulnerabilities found"),
        ("Found 2 known vulnerabilities in 1 package", 1, 2, "Found 2 known vulnerabilities in 1 package"),
        ("WARNING: Django could not be audited", 1, 2, "Not checked"),
    ],
    ids=["nothing", "vulnerable", "incomplete"],
)
def test_an_audit_ends_as_pip_audit_does(tmp_path: Path, printed: str, status: int, result: int, shown: str) -> None:
    """A stand-in for pip-audit prints what that prints, because a test has no network."""
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\necho '{printed}' >&2\nexit {status}\n")
    program.chmod(0o755)
    run = audit(f"BIN={tmp_path}")
    assert run.returncode == result
    assert shown in run.stdout + run.stderr
