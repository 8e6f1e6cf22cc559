"""`make audit` where the list of vulnerabilities cannot be read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ".venv/.packages-to-test"  # is not made again


def test_an_audit_without_a_network_fails_and_says_that_nothing_was_checked() -> None:
    refused = "http://127.0.0.1:9"  # nothing listens on the discard port
    environment = os.environ | dict.fromkeys(("https_proxy", "HTTPS_PROXY"), refused) | {"NO_PROXY": "", "no_proxy": ""}
    command = ["make", "--old-file", PACKAGES, "audit"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "Not checked" in run.stderr
    assert "No known vulnerabilities" not in run.stdout + run.stderr
    assert len(run.stderr.splitlines()) <= 4
