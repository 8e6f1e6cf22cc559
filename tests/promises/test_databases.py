"""The chat on each database: many writers at once, and a database server that stops and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chat.page import Page, question
from tests.chat.transport.test_server_durability import write_at_once
from tests.commands import manage
from tests.engine_processes import SOAK
from tests.server import PATIENCE, Server, tracebacks, until

from .postgresql import PostgreSQL
from .report import Proof

WRITERS, TURNS = 50, 4
pytestmark = pytest.mark.skipif(not SOAK, reason="starts a database server; make prove runs it")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as database:
        yield database


@pytest.fixture
def server(postgresql: PostgreSQL, tmp_path: Path, fake_cli: Path) -> Iterator[Server]:
    manage(tmp_path, "migrate", DATABASE_URL=postgresql.url)
    settings = {"LLAMA_CLI": str(fake_cli), "STANDBY_INSTANCES": "0", "QUEUE_TIMEOUT": str(5 * PATIENCE)}
    with Server(tmp_path, DATABASE_URL=postgresql.url, **settings) as server:
        server.wait_for_health()
        yield server


@pytest.mark.promise(22)
def test_concurrent_writers_on_postgresql_keep_their_order(server: Server, proof: Proof) -> None:
    with ExitStack() as opened:
        pages = [opened.enter_context(Page(server)) for _ in range(WRITERS)]
        written = asyncio.run(write_at_once(server, [page.cookies for page in pages], turns=TURNS))
        for page, (conversation, asked) in zip(pages, written, strict=True):
            messages = page.messages(conversation)
            assert [message["id"] for message in messages[::2]] == asked
            assert {message["status"] for message in messages} == {"complete"}
    assert tracebacks(server.log) == []
    proof(f"turns of {WRITERS} writers at once on PostgreSQL", times=WRITERS * TURNS)


@pytest.mark.promise(23)
def test_a_database_server_that_stops_is_reported_and_needs_no_restart(
    server: Server, postgresql: PostgreSQL, proof: Proof
) -> None:
    with Page(server) as page, page.socket() as socket:
        conversation = socket.request("send", **question(text="Before?"))["conversation"]["id"]
        socket.until("finished")
        postgresql.stop()
        try:
            refused = socket.request("send", **question(text="During?"))
            assert (refused["type"], refused["code"]) == ("error", "database_unavailable")
            answer = page.http.get("/chat/conversations")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert page.http.post("/generate", json={"prompt": "a"}).status_code == 200
        finally:
            postgresql.start()
        assert until(lambda: socket.request("send", **question(text="After?"))["type"] == "saved")
        assert page.messages(conversation)[0]["text"] == "Before?"
    proof("stops of the PostgreSQL server under a running server", times=1)
