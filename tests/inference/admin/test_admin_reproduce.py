"""Reproducing a generation from the administration, on a real server with the demo model."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.commands import manage, user
from tests.inference.administration import HISTORY, sign_in, token
from tests.server import PATIENCE, Server

QUESTION = {"prompt": "Once upon a", "max_tokens": 24, "temperature": 1.2, "conversation_mode": False}


@pytest.fixture(scope="module")
def operator(
    tmp_path_factory: pytest.TempPathFactory, engine_binary: Callable[[str], Path]
) -> Iterator[tuple[Path, httpx.Client]]:
    """An administrator's client, and the data folder of a server that stores texts."""
    engine_binary("llama-cli")
    folder = tmp_path_factory.mktemp("server")
    name = user(folder)
    with Server(folder, KEEP_API_TEXTS="true") as server, server.client() as client:
        server.wait_for_health()
        sign_in(client, name)
        yield folder, client


def record_of(client: httpx.Client, answer: httpx.Response) -> str:
    """Return the URL of an answer's details, once they are in the history."""
    request_id = answer.headers["X-Request-ID"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        page = client.get(HISTORY, params={"q": request_id}).text
        if link := re.search(rf'href="({HISTORY}\d+/)change/', page):
            return link[1]
        time.sleep(0.05)  # between two polls
    raise AssertionError("It did not appear in the history.")


def outcome(client: httpx.Client, address: str) -> str:
    """Return the page of a reproduction, once it has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        page = client.get(f"{address}reproduce/").text
        if "Generating the answer again" not in page:
            assert "admin-reproduce" not in page
            return page
        assert "admin-reproduce" in page
        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
        time.sleep(0.05)
    raise AssertionError("The reproduction never ended.")


def test_the_same_seed_gives_the_same_answer(operator: tuple[Path, httpx.Client]) -> None:
    _, client = operator
    answer = client.post("/generate", json=QUESTION)
    assert answer.status_code == 200, answer.text
    address = record_of(client, answer)
    receipt = client.get(f"{address}change/").text
    assert ">Reproduce<" in receipt
    begun = client.post(f"{address}reproduce/", data={"csrfmiddlewaretoken": token(receipt)})
    assert (begun.status_code, begun.headers["location"]) == (302, f"{address}reproduce/")
    page = outcome(client, address)
    assert "Equal." in page
    deadline = time.monotonic() + PATIENCE
    while "Reproductions" not in (receipt := client.get(f"{address}change/").text):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert ", equal" in receipt


def test_a_difference_is_marked(operator: tuple[Path, httpx.Client]) -> None:
    folder, client = operator
    answer = client.post("/generate", json=QUESTION | {"seed": 5})
    address = record_of(client, answer)
    change = (
        "from inference.models import *; row = GenerationRecord.objects.get(pk={}); "
        "row.answer = row.answer[:6] + '#' + row.answer[7:]; row.save()"
    )
    manage(folder, "shell", "--no-imports", "-c", change.format(address.rstrip("/").rpartition("/")[2]))
    receipt = client.get(f"{address}change/").text
    client.post(f"{address}reproduce/", data={"csrfmiddlewaretoken": token(receipt)})
    page = outcome(client, address)
    assert "from character 6 on" in page
    assert "<mark>#" in page
