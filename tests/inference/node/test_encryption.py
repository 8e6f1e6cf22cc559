"""A node with a certificate of its own, and a server that trusts the authority which has signed it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.server import PATIENCE, ROOT, Server, until

OPENSSL, HAPROXY = shutil.which("openssl"), shutil.which("haproxy")
REQUEST = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl: sudo apt-get install openssl")


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The certificate of an authority, beside that of a node which it has signed: node.pem and node.key."""
    make(tmp_path, "authority", "-subj", "/CN=Authority of this test")
    signed = ["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "subjectAltName=DNS:localhost"]
    make(tmp_path, "node", "-subj", "/CN=localhost", *signed)
    return tmp_path / "authority.pem"


@pytest.fixture
def node(authority: Path, fake_cli: Path) -> Server:
    folder = authority.with_name("node-data")
    folder.mkdir()
    arguments = f"--certfile={authority.with_name('node.pem')} --keyfile={authority.with_name('node.key')}"
    return Server(folder, ROLE="engine", LLAMA_CLI=str(fake_cli), GUNICORN_CMD_ARGS=arguments)


def make(folder: Path, name: str, *arguments: str) -> None:
    files = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
    subprocess.run([OPENSSL or "", *REQUEST, *files, *arguments], cwd=folder, check=True, capture_output=True)


def test_requests_to_a_node_with_a_certificate_are_encrypted(node: Server, authority: Path) -> None:
    url = f"https://localhost:{node.port}"
    with node, Server(front_folder(authority), ENGINE_URL=url, ENGINE_CA=str(authority)) as front:
        front.wait_for_health()
        with front.client() as client:
            answer = client.post("/generate", json={"prompt": "Hello"})
            assert answer.json()["generated_text"].endswith("Hello")
            with pytest.raises(httpx.TransportError):
                client.get(f"http://localhost:{node.port}/health")
            assert client.post("/generate", json={"prompt": "Hello again"}).status_code == 200


def test_a_node_whose_certificate_is_not_trusted_is_reported(node: Server, authority: Path) -> None:
    with node, Server(front_folder(authority), ENGINE_URL=f"https://localhost:{node.port}") as front:
        assert until(lambda: "Set ENGINE_CA" in front.log), front.log
        front.wait_for_health("failed")


@pytest.mark.skipif(HAPROXY is None, reason="needs HAProxy: sudo apt-get install haproxy")
def test_haproxy_trusts_a_node_by_its_authority(node: Server, authority: Path) -> None:
    encryption = f"ssl verify required verifyhost localhost ca-file {authority}"
    text = (ROOT / "deploy" / "haproxy.cfg").read_text()
    text = text.replace("server node1 machine2:8100", f"server node1 127.0.0.1:{node.port} {encryption}")
    text = re.sub(r".*machine3.*|.*:8102.*", "", text).replace(":8101", f":{(port := free_port())}")
    configuration = authority.with_name("haproxy.cfg")
    configuration.write_text(text)
    url, nodes = f"http://127.0.0.1:{port}", f"https://localhost:{node.port}"
    variables = {"ENGINE_URL": url, "ENGINE_NODES": nodes, "ENGINE_CA": str(authority)}
    balancer = subprocess.Popen([HAPROXY or "", "-f", configuration], stdout=subprocess.DEVNULL)
    try:
        with node, Server(front_folder(authority), **variables) as front:
            front.wait_for_health()
            with front.client() as client:
                assert until(lambda: client.post("/generate", json={"prompt": "Hello"}).status_code == 200)
    finally:
        balancer.kill()
        balancer.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def front_folder(authority: Path) -> Path:
    folder = authority.with_name("server-data")
    folder.mkdir()
    return folder
