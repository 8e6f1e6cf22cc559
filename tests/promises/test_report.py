"""The report of the promises: what it says of those that held, failed, and were not tested."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.server import ROOT

from . import PROMISES
from .report.page import Evidence, Run, page


def text(evidence: dict[int, Evidence], missing: str = "") -> str:
    run = Run(datetime.now(UTC))
    run.end(missing)
    return "\n".join(page(run, evidence)).replace("\N{NO-BREAK SPACE}", " ")


def held(done: str, times: int, lost: int = 0, *seeds: str) -> Evidence:
    evidence = Evidence(passed=1)
    evidence.deeds[done].add(times, lost, list(seeds))
    return evidence


def test_a_row_says_what_was_done_how_often_and_what_was_lost() -> None:
    written = text({1: held("SIGKILL | before the first token", 1000, 2, "7")})
    assert r"| | SIGKILL \| before the first token (seed 7) | 1,000 | 2 | |" in written
    assert "1 of 37 promises held; not tested: 2, 3, 4," in written


def test_a_failed_test_is_named_beside_what_passed() -> None:
    evidence = held("A kill", 5)
    evidence.failed.append("tests/a.py::test_kill")
    written = text({number: held("x", 1) for number in PROMISES} | {7: evidence})
    assert "**36 of 37 promises held; failed: 7.**" in written
    assert "| | **failed:** `tests/a.py::test_kill` | | | |" in written


def test_a_part_says_that_it_is_one_and_what_was_skipped() -> None:
    evidence = Evidence()
    evidence.skipped["needs PostgreSQL"] += 2
    written = text({22: evidence}, "a part of the tests was chosen")
    assert "**Not a whole proof:** a part of the tests was chosen." in written
    assert "| | skipped: needs PostgreSQL | 2 | | |" in written
    assert written.count("**not run**") == len(PROMISES) - 1


def test_a_run_of_a_part_keeps_the_page_and_says_so(tmp_path: Path) -> None:
    whole = tmp_path / "promises.md"
    whole.write_text("the last whole run")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"{__file__}::{test_every_promise_has_a_proof.__name__}",
    ]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | {"PROVE": str(whole)}, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert whole.read_text() == "the last whole run"
    assert "promises.md is unchanged: a part of the tests was chosen" in run.stdout
    assert "0 of 37 promises held" in (tmp_path / "promises.part.md").read_text()


def test_every_promise_has_a_proof() -> None:
    marks = {
        argument.value
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "promise"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }
    assert marks == set(PROMISES)
