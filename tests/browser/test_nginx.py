"""The server behind nginx, which buffers responses by default."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import numbered
from tests.nginx import Nginx, needs_nginx
from tests.server import PATIENCE, Server, until

pytestmark = needs_nginx


@pytest.fixture(scope="module")
def nginx(slow_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with Nginx(slow_server, tmp_path_factory.mktemp("nginx")) as nginx:
        yield nginx


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/generate", {"prompt": numbered(500), "stream": True}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": numbered(500)}], "stream": True}),
        ("/api/chat", {"model": "default", "messages": [{"role": "user", "content": numbered(500)}]}),
    ],
)
def test_a_stream_arrives_while_it_is_generated_and_ends_with_its_client(
    nginx: Nginx, slow_server: Server, path: str, content: dict[str, object]
) -> None:
    with httpx.Client(base_url=nginx.origin, timeout=PATIENCE) as client:
        with client.stream("POST", path, json=content) as response:
            assert response.status_code == 200, response.read()
            lines = response.iter_lines()  # referenced: httpx closes the response with it
            assert next(line for line in lines if "w1" in line)
            assert running(slow_server) == 1
        assert until(lambda: running(slow_server) == 0)


def test_the_chat_page_answers_and_resumes_behind_nginx(nginx: Nginx, slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server, origin=nginx.origin)
    chat.ask(numbered(60))
    chat.wait_until_streaming(3)
    chat.reload()
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == numbered(60)


def test_errors_of_the_server_pass_through_nginx(nginx: Nginx) -> None:
    with httpx.Client(base_url=nginx.origin, timeout=PATIENCE) as client:
        for prompt in ("", "x" * 3_000_000):  # by default, nginx refuses bodies of more than 1 MiB
            refused = client.post("/generate", json={"prompt": prompt})
            assert (refused.status_code, refused.json()["code"]) == (400, "invalid")


def running(server: Server) -> int:
    """Return how many answers are being generated."""
    with server.client() as client:
        return sum(lease["caller"] is not None for lease in client.get("/model_info").json()["engine"]["leases"])
