"""Pages of other sites, in the browser of someone who is signed in here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands import manage, user
from tests.inference.api.endpoints import ANSWERS, message_of
from tests.server import Server

SESSION = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.get(username="ada"))
print(client.cookies["sessionid"].value)
"""
TOKEN = "t" * 32
EVIL = {"origin": "https://evil.example"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[httpx.Client]:
    """A browser with a session, on a server that requires one."""
    folder = tmp_path_factory.mktemp("cross-site")
    user(folder)
    session = manage(folder, "shell", "--no-imports", "-c", SESSION).split()[-1]
    fast = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}
    with Server(folder, REQUIRE_LOGIN="true", CORS_ALLOWED_ORIGINS="https://app.example", **fast) as server:
        server.wait_for_health()
        with server.client() as client:
            client.headers["cookie"] = f"sessionid={session}; csrftoken={TOKEN}"
            yield client


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ({"x-csrftoken": TOKEN}, {200}),
        ({}, {403}),  # the page's own requests have the token
        (EVIL, {403}),
        (EVIL | {"x-csrftoken": TOKEN}, {403}),
        ({"origin": "https://app.example"}, {403}),  # may call, but not with the visitor's session
        (EVIL | {"content-type": "text/plain"}, {403, 415}),  # what a browser sends without asking
    ],
    ids=["own page", "no token", "other site", "other site with the token", "allowed site", "plain form"],
)
@pytest.mark.promise(25)
def test_only_the_servers_own_pages_act_with_a_session(
    browser: httpx.Client, path: str, headers: dict[str, str], statuses: set[int]
) -> None:
    content: Any = json.dumps(ANSWERS[path])
    answer = browser.post(path, content=content, headers={"content-type": "application/json"} | headers)
    assert answer.status_code in statuses, answer.text
    if answer.status_code >= 400:
        assert message_of(path, answer.json())
