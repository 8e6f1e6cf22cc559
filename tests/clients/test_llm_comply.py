"""llm-comply, which compares answers with the published descriptions of the protocols."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import llm_comply
import pytest
from llm_comply.config import ComplianceConfig
from llm_comply.result import TestStatus as Status
from llm_comply.runner import TestRunner as Runner
from llm_comply.schema import SpecLoader
from llm_comply.tests import get_tests

from .conftest import KEY, MODEL

CLIENT = f"llm-comply {version('llm-comply')}"
SPECS = Path(llm_comply.__file__).parent / "specs"


def check(server: str, protocol: str, name: str, spec: str) -> None:
    config = ComplianceConfig(base_url=f"{server}/v1", api_key=KEY, model=MODEL)
    [case] = [case for case in get_tests(protocol) if case.id == name]
    result = Runner(config, [case], SpecLoader(str(SPECS / spec))).run_one(case)
    if result.status is Status.SKIPPED:
        pytest.skip("; ".join(result.errors))
    assert result.errors == []


@pytest.mark.parametrize("name", [case.id for case in get_tests("openai-chat")])
def test_chat(server: str, name: str) -> None:
    check(server, "openai-chat", name, "openai_chat.json")


@pytest.mark.parametrize("name", [case.id for case in get_tests("open-responses")])
def test_responses(server: str, name: str) -> None:
    check(server, "open-responses", name, "openresponses.json")
