"""Clients that leave a stream at any moment: its place, and the place of its key, are free within a second."""

from __future__ import annotations

import json
import random
import socket
import time
from pathlib import Path

import pytest

from tests.commands import api_key, user
from tests.engine_processes import examples
from tests.server import NOISE, PATIENCE, Server, tracebacks, until

ROUNDS = examples(30)


def open_stream(server: Server, key: str) -> socket.socket:
    content = json.dumps({"prompt": "a", "stream": True}).encode()
    head = f"POST /generate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nx-api-key: {key}\r\n"
    client = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    client.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    return client


@pytest.mark.promise(11, times=12 * ROUNDS)
def test_places_are_free_a_second_after_clients_left(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    user(tmp_path)
    key = api_key(tmp_path, "--at-once", "12")
    moments = random.Random(7)
    with Server(tmp_path, MODEL_INSTANCES="2", **slow_engine) as server, server.client() as api:
        server.wait_for_health()

        def all_free() -> bool:
            status = api.get("/model_info").json()["engine"]
            return not status["queue"] and not any(lease["caller"] for lease in status["leases"])

        for each in range(ROUNDS):
            clients = [open_stream(server, key) for _ in range(12)]
            if each == ROUNDS - 1:  # all begin: the key has all its places again
                assert [client.recv(12) for client in clients] == [b"HTTP/1.1 200"] * 12
            time.sleep(moments.uniform(0, 0.1))  # the moment of leaving
            for client in clients:
                client.close()
            assert until(all_free, seconds=1 * NOISE)
        log = server.log
    assert "already running" not in log
    assert tracebacks(log) == []
