"""deploy/: the cluster's compose file and HAProxy's configuration fit each other and the project. No image is built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bitnetsite.env import VARIABLES
from inference.engine.wire import HEARTBEAT, VERSION

DEPLOY = Path(__file__).parents[2] / "deploy"
HAPROXY = (DEPLOY / "haproxy.cfg").read_text()
CLUSTER = yaml.safe_load((DEPLOY / "compose.cluster.yml").read_text())
SERVICES = CLUSTER["services"]
PROGRAM = shutil.which("haproxy")


def test_server_and_nodes_get_only_variables_that_they_read() -> None:
    named = SERVICES["server"]["environment"].keys() | SERVICES["node"]["environment"].keys()
    assert {"ROLE", "ENGINE_URL", "ENGINE_NODES", "ENGINE_TOKEN", "DATABASE_URL"} <= named <= VARIABLES.keys()


def test_secrets_are_required_and_not_in_the_file() -> None:
    found = re.findall(r"^ +\w*(?:TOKEN|PASSWORD): *(.*)", (DEPLOY / "compose.cluster.yml").read_text(), re.MULTILINE)
    assert len(found) == 3
    assert all(re.fullmatch(r"\$\{\w+:\?Set it in deploy/\.env\}", value) for value in found)


def test_only_the_server_is_published_and_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"server": ["${PUBLISH:-127.0.0.1:8000}:8000"]}


def test_every_node_has_a_data_folder_of_its_own_and_time_to_drain() -> None:
    node = SERVICES["node"]
    assert node["volumes"] == ["models:/app/models"]
    assert "container_name" not in node
    assert "hostname" not in node
    assert int(node["stop_grace_period"].removesuffix("s")) >= float(VARIABLES["DRAIN_TIMEOUT"].default) + 10


def test_server_and_balancer_find_the_nodes_by_the_same_name() -> None:
    balancer = SERVICES["balancer"]["environment"]
    assert SERVICES["server"]["environment"]["ENGINE_NODES"] == f"http://{balancer['NODE_NAMES']}"
    assert SERVICES["server"]["environment"]["ENGINE_URL"] == "http://balancer:8101"
    assert {"BALANCER_ADDRESS", "NODE_NAMES", "NODE_SLOTS"} == balancer.keys()
    for name in balancer:
        assert name in HAPROXY


def test_the_balancer_checks_the_version_and_waits_longer_than_a_heartbeat() -> None:
    assert f"option httpchk GET /health?version={VERSION}\n" in HAPROXY
    [seconds] = set(re.findall(r"timeout (?:client|server) (\d+)s", HAPROXY))
    assert int(seconds) > 2 * HEARTBEAT


@pytest.mark.skipif(PROGRAM is None, reason="needs HAProxy: sudo apt-get install haproxy")
@pytest.mark.parametrize("names", ["", "node:8000"])
def test_haproxy_accepts_the_configuration(names: str, tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(re.sub(r"machine[23]:", "127.0.0.1:", HAPROXY))
    environment = os.environ | ({"NODE_NAMES": names} if names else {})
    done = subprocess.run(
        [PROGRAM or "", "-c", "-f", file], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
