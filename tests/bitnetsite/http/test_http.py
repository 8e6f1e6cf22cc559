"""HTTP as clients speak it: hosts of probes, other origins, odd paths and methods, old and new versions."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bitnetsite.http import listening
from inference.api.streaming import json_line
from inference.serving.parameters import MAX_BODY_BYTES
from tests.commands import api_key, user
from tests.server import PATIENCE, Server

QUESTION = {"prompt": "What is machine learning?"}
OBSIDIAN = "app://obsidian.md"
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, x-api-key"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    user(folder)
    return api_key(folder)


@pytest.fixture(scope="module")
def server(folder: Path, key: str, fake_cli: Path) -> Iterator[Server]:
    """A server that requires a key and an account, and may be called from Obsidian."""
    closed = {"REQUIRE_LOGIN": "true", "REQUIRE_API_KEY": "true", "RATE_LIMIT": "100"}
    fast = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}
    with Server(folder, CORS_ALLOWED_ORIGINS=f"https://app.example,{OBSIDIAN}", **closed, **fast) as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def keyed(api: httpx.Client, key: str) -> httpx.Client:
    api.headers["authorization"] = f"Bearer {key}"
    return api


def exchange(server: Server, request: str) -> bytes:
    """Send bytes as they are, and return all that comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(request.encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


def post(key: str, version: str = "1.1", target: str = "/generate", *headers: str) -> str:
    body = json.dumps(QUESTION)
    lines = [f"POST {target} HTTP/{version}", "host: localhost", "content-type: application/json", *headers]
    return "\r\n".join([*lines, f"x-api-key: {key}", f"content-length: {len(body)}", "", body])


def test_probes_are_answered_whatever_the_host(api: httpx.Client) -> None:
    for host in ("10.42.0.17:8000", "bitnet.default.svc", "not a host", ""):
        for path in ("/health", "/health/live"):
            assert api.get(path, headers={"host": host}).status_code == 200
    assert api.get("/model_info", headers={"host": "10.42.0.17:8000"}).json()["code"] == "host_not_allowed"


def test_a_preflight_needs_neither_key_nor_limit(api: httpx.Client) -> None:
    for path in ("/generate", "/v1/chat/completions"):
        answer = api.options(path, headers=PREFLIGHT | {"origin": OBSIDIAN})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == OBSIDIAN
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert {"*", "authorization"} <= set(answer.headers["access-control-allow-headers"].split(", "))
        assert "ratelimit-limit" not in answer.headers


def test_allowed_origins_may_read_answers_and_errors(keyed: httpx.Client) -> None:
    for body, status in ((QUESTION, 200), ({}, 400)):
        answer = keyed.post("/generate", json=body, headers={"origin": OBSIDIAN})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, OBSIDIAN)
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers


def test_allowed_origins_may_read_why_a_body_is_refused(api: httpx.Client) -> None:
    for path, origin in (
        ("/v1/chat/completions", OBSIDIAN),
        ("/generate", OBSIDIAN),
        ("/generate", "https://evil.example"),
    ):
        for headers, status in (({}, 413), ({"content-encoding": "br"}, 415), ({"content-encoding": "gzip"}, 400)):
            content = b" " * (MAX_BODY_BYTES + 1 if status == 413 else 1)
            refused = api.post(path, content=content, headers=headers | {"origin": origin})
            allowed = refused.headers.get("access-control-allow-origin")
            assert (refused.status_code, allowed) == (status, OBSIDIAN if origin == OBSIDIAN else None)
            assert refused.headers["vary"] == "origin"


def test_other_origins_and_other_paths_may_not(keyed: httpx.Client) -> None:
    for path, origin in (("/generate", "https://evil.example"), ("/chat/status", OBSIDIAN), ("/", OBSIDIAN)):
        assert "access-control-allow-origin" not in keyed.options(path, headers=PREFLIGHT | {"origin": origin}).headers
        assert "access-control-allow-origin" not in keyed.get(path, headers={"origin": origin}).headers


def test_two_different_keys_are_refused(api: httpx.Client, key: str) -> None:
    for headers in ({"x-api-key": key, "authorization": "Bearer bnk_wrong"}, {"x-api-key": "bnk_wrong"}):
        refused = api.get("/model_info", headers={"authorization": f"Bearer {key}"} | headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_invalid")
        assert "different keys" in refused.json()["detail"]
    for headers in ({"authorization": f"Bearer {key}"}, {"authorization": "Basic dTpw"}):
        assert api.get("/model_info", headers={"x-api-key": key} | headers).status_code == 200


def test_the_documentation_can_be_read_with_a_key(api: httpx.Client, key: str) -> None:
    assert api.get("/docs/").headers["location"] == "/accounts/sign-in?next=/docs/"
    assert "swagger" in api.get("/docs/", headers={"x-api-key": key}).text
    assert api.get("/docs/", headers={"x-api-key": "bnk_wrong"}).status_code == 401


def test_a_method_that_does_not_exist_is_405(api: httpx.Client) -> None:
    for path in ("/metrics", "/", "/health"):
        refused = api.post(path)
        assert (path, refused.status_code) == (path, 405)
        assert "GET" in refused.headers["allow"]


def test_head_is_get_without_a_body(keyed: httpx.Client) -> None:
    for path in ("/health", "/health/live", "/model_info", "/metrics", "/schema/"):
        answer = keyed.head(path)
        assert (path, answer.status_code, answer.content) == (path, 200, b"")


@pytest.mark.parametrize("accept", [{"accept": "*/*"}, {}], ids=["any", "none"])
def test_other_slashes_are_404_in_json_and_no_redirect(keyed: httpx.Client, accept: dict[str, str]) -> None:
    del keyed.headers["accept"]
    for path in ("/generate/", "//generate", "/health/", "/health//live", "/v1/models/", "//v1/models", "/metrics/"):
        refused = keyed.post(f"{keyed.base_url}".rstrip("/") + path, json=QUESTION, headers=accept)
        assert (path, refused.status_code) == (path, 404)
        assert refused.headers["content-type"] == "application/json"
        assert refused.json()


def test_old_clients_and_upgrade_offers_are_answered(server: Server, key: str) -> None:
    h2c = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA")
    for request in (post(key, "1.0"), post(key, "1.1", "/generate", *h2c), post(key) + post(key)):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
            client.sendall(request.encode())
            answer = b""
            while answer.count(b'"tokens_processed"') < request.count("POST"):
                piece = client.recv(65536)
                assert piece, answer
                answer += piece
        assert answer.startswith(b"HTTP/1.1 200 ")
    assert "Unsupported upgrade" not in server.log


def test_a_target_in_absolute_form_is_its_path(server: Server, key: str) -> None:
    close = "connection: close"
    for target in ("http://localhost/generate", "http://localhost:8000/generate?a=1", "HTTP://127.0.0.1/generate"):
        assert exchange(server, post(key, "1.1", target, close)).startswith(b"HTTP/1.1 200 ")
    elsewhere = exchange(server, post(key, "1.1", "http://evil.example/generate", close))  # not what Host says
    assert b"host_not_allowed" in elsewhere


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        ("POST /generate HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n", 400),
        ("POST /generate HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n", 400),
        ("POST /generate HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501),
        ("GET /health HTTP/1.1\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nhost: a\r\nx: " + "y" * 300_000 + "\r\n\r\n", 431),
        ("\x16\x03\x01 hello\r\n\r\n", 400),
    ],
)
@pytest.mark.promise(15)
def test_what_is_no_request_is_refused_in_json(server: Server, request_head: str, status: int) -> None:
    head, _, body = exchange(server, request_head).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in head.lower()
    assert json.loads(body)["code"] == "invalid_http"


class LocalServer(Server):
    @property
    def command(self) -> list[str]:
        return [*super().command[:-1], f"localhost:{self.port}"]


def test_localhost_is_reached_over_both_protocols(tmp_path: Path, fake_cli: Path) -> None:
    with LocalServer(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=3") as server:
        server.wait_for_health()
        for host in ("127.0.0.1", *(["[::1]"] if listening.resolved("localhost:1")[1:] else [])):
            assert httpx.get(f"http://{host}:{server.port}/health/live", timeout=PATIENCE).status_code == 200
        assert "other machines" not in server.log


def test_a_streamed_text_has_no_separator_that_ends_a_line() -> None:
    text = "".join(map(chr, range(0x20))) + "\x7f\x85\u2028\u2029é🙂"
    line: Any = json_line({"text": text})
    assert line.splitlines() == [line]
    assert json.loads(line) == {"text": text}
