"""Request bodies as clients send them: chunked, compressed, with a byte order mark, too large, not UTF-8."""

from __future__ import annotations

import gzip
import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import httpx
import pytest

from tests.inference.api.endpoints import ANSWERS, message_of
from tests.server import PATIENCE, Server

QUESTION = b'{"prompt": "What is machine learning?"}'
JSON = {"content-type": "application/json"}
GZIP = JSON | {"content-encoding": "gzip"}
LIMIT = 4 * 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=3") as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def chunks(content: bytes, size: int = 7) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@pytest.mark.parametrize("content", [QUESTION, b"\xef\xbb\xbf" + QUESTION], ids=["plain", "byte order mark"])
def test_a_body_is_read_however_it_is_framed(api: httpx.Client, content: bytes) -> None:
    for sent in (content, chunks(content)):
        assert api.post("/generate", content=sent, headers=JSON).status_code == 200
    for sent in (gzip.compress(content), chunks(gzip.compress(content))):
        assert api.post("/generate", content=sent, headers=GZIP).status_code == 200


def test_a_chunked_body_is_read_by_the_chat_page_too(api: httpx.Client) -> None:
    api.get("/")
    headers = JSON | {"x-csrftoken": api.cookies["csrftoken"]}
    file = json.dumps({"format": "bitnet-chat", "version": 1, "conversations": []}).encode()
    padded = file + b" " * LIMIT  # above the limit of other paths, and without a length that says so
    for content, more in ((file, {}), (padded, {}), (gzip.compress(padded), {"content-encoding": "gzip"})):
        imported = api.post("/chat/import", content=chunks(content, 65536), headers=headers | more)
        assert (imported.status_code, imported.json()) == (200, {"imported": 0, "skipped": 0})
    api.cookies.clear()


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (QUESTION, GZIP, 400, "invalid_encoding"),
        (gzip.compress(QUESTION, mtime=0)[:-4], GZIP, 400, "invalid_encoding"),
        (gzip.compress(QUESTION, mtime=0) + b"more", GZIP, 400, "invalid_encoding"),
        (gzip.compress(b" " * 2**25, 1, mtime=0), GZIP, 413, "body_too_large"),
        (QUESTION, JSON | {"content-encoding": "br"}, 415, "unsupported_encoding"),
        (QUESTION, {"content-type": "application/octet-stream"}, 415, "unsupported_media_type"),
        (QUESTION, {}, 415, "unsupported_media_type"),
        ('{"prompt": "é"}'.encode("latin-1"), JSON, 400, "parse_error"),
        ('{"prompt": "é"}'.encode("utf-16"), JSON, 400, "parse_error"),
    ],
    ids=["not gzip", "cut", "more after it", "bomb", "br", "binary", "no type", "Latin-1", "UTF-16"],
)
def test_a_body_that_cannot_be_read_is_refused_by_name(
    api: httpx.Client, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    refused = api.post("/generate", content=content, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    named = {415: "application/json" if "media" in code else "Content-Encoding", 400: "gzip|UTF-8", 413: str(LIMIT)}
    assert any(name in refused.json()["detail"] for name in named[status].split("|"))


def test_a_simple_client_can_read_why_its_body_is_refused(server: Server) -> None:
    request = urllib.request.Request(f"{server.url}/generate", b" " * 9_000_000, JSON)  # noqa: S310 – http
    for _ in range(5):  # it sends everything before it reads
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(request, timeout=PATIENCE)  # noqa: S310
        assert refused.value.code == 413
        assert json.load(refused.value)["code"] == "body_too_large"


def test_a_client_that_waits_for_permission_is_refused_before_it_sends_the_body(server: Server) -> None:
    head = b"POST /generate HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(head % (LIMIT + 1))
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer


def test_a_client_that_waits_for_permission_gets_it(server: Server) -> None:
    head = "POST /generate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(f"{head}connection: close\r\ncontent-length: {len(QUESTION)}\r\n\r\n".encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(QUESTION)
        assert b"".join(iter(lambda: client.recv(65536), b"")).startswith(b"HTTP/1.1 200 ")


LONG = "x" * 50_000


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", f"/{LONG}", {}, 404),
        ("GET", f"/v1/{LONG}", {}, 404),
        ("GET", f"/v1/models/{LONG}", {}, 404),
        ("GET", f"/api/{LONG}", {}, 404),
        (LONG, "/generate", {}, 405),
        (LONG, "/v1/models", {}, 405),
        ("POST", "/generate", {"content-type": LONG}, 415),
        ("POST", "/generate", {"content-encoding": LONG}, 415),
        ("GET", "/health/", {"host": LONG}, 400),
        ("GET", "/health/", {"host": LONG, "accept": "text/html"}, 400),
        ("POST", "/chat/import", JSON | {"origin": f"http://{LONG}"}, 403),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_no_error_quotes_much_of_a_request(
    server: Server, api: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    refused = api.request(method, path, headers=headers, content=QUESTION if method == "POST" else None)
    assert refused.status_code == status
    assert "x" * 301 not in refused.text
    assert "x" * 301 not in server.log


@pytest.mark.parametrize("path", ANSWERS)
def test_no_error_quotes_much_of_a_body(api: httpx.Client, path: str) -> None:
    for name in (LONG, LONG[:250]):
        refused = api.post(path, json=ANSWERS[path] | {"model": name})
        assert refused.status_code in (400, 404)
        assert "x" * 101 not in message_of(path, refused.json())
