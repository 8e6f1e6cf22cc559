"""The OpenAPI description: schemathesis sends valid and invalid requests to a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.engine_processes import SOAK
from tests.promises.report import Proof
from tests.server import Server

EXAMPLES = 1000 if SOAK else 15
# Covering every constraint takes a minute where there are many fields.
PHASES = "examples,coverage,fuzzing" if SOAK else "examples,fuzzing"
PROTOCOLS = {"native": "^/(?!v1/|api/)", "OpenAI": "^/v1/", "Ollama": "^/api/"}  # with their paths
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection"
)


@pytest.fixture(scope="module")
def fake_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """Has the fake engine, because thousands of requests are sent and only the API is tested."""
    folder = tmp_path_factory.mktemp("fake-server")
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=3") as server:
        server.wait_for_health()
        yield server


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.promise(15)
def test_every_response_matches_the_schema(protocol: str, tmp_path: Path, fake_server: Server, proof: Proof) -> None:
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "run", f"{fake_server.url}/schema/", "--no-color"),
            *("--max-examples", str(EXAMPLES), "--seed", "1", "--request-timeout", "60"),
            *("--generation-with-security-parameters", "false"),  # random keys would all be refused
            *("--include-path-regex", PROTOCOLS[protocol], "--phases", PHASES, "--checks", CHECKS),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert fake_server.wait_for_health()["status"] == "ok"
    generated = re.search(r"(\d+) generated", run.stdout)
    assert generated, run.stdout[-2000:]
    proof(f"requests after the OpenAPI description, valid and not: {protocol}", times=int(generated[1]))


def test_the_documentation_loads_nothing_from_other_servers(api: httpx.Client) -> None:
    page = api.get("/docs/")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    scripts = re.findall(r'<script src="([^"]+)"', page.text)
    assert any("swagger-ui-bundle" in script for script in scripts)
    assert [api.get(script).status_code for script in scripts] == [200] * len(scripts)
