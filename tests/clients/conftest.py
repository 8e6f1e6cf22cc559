"""The servers' addresses, the expected failures, and the table of clients and features at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .expected_failures import EXPECTED_FAILURES

MODEL = "demo-bitnet"
KEY = "none"  # clients insist on one

# Before any client is imported: none asks the network for prices, telemetry or tokenizers.
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false", "HF_HUB_OFFLINE": "1"}


@pytest.fixture(scope="session")
def server() -> str:
    """The address of a server with the demo model."""
    return os.environ["SERVER"]


@pytest.fixture(scope="session")
def busy_server() -> str:
    """The address of a server that repeats the question, and refuses a caller's second request at the same time."""
    return os.environ["BUSY_SERVER"]


def feature(item: pytest.Function) -> str:
    """Return the name of a test as the table shows it: `stream`, or `responses: stream` in a class `TestResponses`."""
    group = f"{item.cls.__name__.removeprefix('Test').lower()}: " if item.cls else ""
    return group + item.name.removeprefix("test_").replace("_", " ")


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        client: str = item.module.CLIENT
        item.user_properties += [("client", client), ("feature", feature(item))]
        if reason := EXPECTED_FAILURES.get(client.split()[0], {}).get(feature(item)):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = sorted(table(terminalreporter))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)] if rows else []
    terminalreporter.section("clients and features")
    for client, name, result in rows:
        terminalreporter.line(f"{client:<{widths[0]}}  {name:<{widths[1]}}  {result}")


def table(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str, str]]:
    """Yield client, feature and result of every test that has run."""
    for outcome in ("passed", "skipped", "xfailed", "failed", "error"):
        for report in reporter.stats.get(outcome, []):
            properties = dict(report.user_properties)
            yield properties["client"], properties["feature"], result(report, outcome)


def result(report: pytest.TestReport, outcome: str) -> str:
    if outcome == "xfailed":
        return f"not supported: {report.wasxfail}"
    if outcome == "skipped":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        return f"not supported: {reason.removeprefix('Skipped: ')}"
    return "failed" if outcome == "error" else outcome
