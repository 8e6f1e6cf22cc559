"""What the page is told of the server, and the page itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from inference.serving import service
from inference.serving.parameters import DEFAULT_SYSTEM_PROMPT
from tests.chat.browser import Browser

pytestmark = pytest.mark.django_db


def test_before_the_engine_runs_the_status_tells_what_will_be(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(service, "_host", service._Host())
    monkeypatch.setenv("CONTEXT_SIZE", "512")
    told = Browser().get("/chat/status")
    assert told["health"]["status"] == "loading"
    assert told | {"health": None} == {
        "health": None,
        "model": None,
        "notice": None,
        "defaults": {
            "system_prompt": DEFAULT_SYSTEM_PROMPT,
            "temperature": 0.7,
            "top_p": 0.9,
            "max_tokens": 256,
            "context_size": 512,
        },
        "limits": {"context_size": 512, "max_tokens": 512},
        "user": None,
        "sign_up": True,
        "page": {"name": "BitNet", "note": "", "example_questions": []},
    }
    settings.SIGN_UP = False
    assert Browser().get("/chat/status")["sign_up"] is False


def test_a_running_engine_tells_its_model(
    monkeypatch: pytest.MonkeyPatch, settings: Any, fake_cli: Path, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(service, "_host", service._Host())
    monkeypatch.setenv("LLAMA_CLI", str(fake_cli))
    monkeypatch.setenv("CONTEXT_SIZE", "100000")
    browser = Browser()
    told = {}

    async def ask() -> None:
        from asgiref.sync import sync_to_async

        await service.start()
        try:
            told.update(await sync_to_async(browser.get)("/chat/status"))
        finally:
            await service.stop()

    async_to_sync(ask)()
    assert told["health"]["status"] == "ok"
    assert told["model"] == "BitNet Demo"
    assert "demo model" in told["notice"]
    assert told["limits"]["context_size"] == told["defaults"]["context_size"] < 100_000  # what it was trained on


def test_the_status_names_who_is_signed_in(django_user_model: Any) -> None:
    assert Browser(django_user_model.objects.create(username="ada")).get("/chat/status")["user"] == "ada"


@pytest.mark.parametrize("path", ["/", "/c/7b636a77-8e1c-4ad1-8e02-9f59d2ae94e9"])
def test_the_page_makes_the_visitors_id_and_the_token(path: str) -> None:
    browser = Browser(opens_page=False)
    response = browser.client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    assert "csrftoken" in response.cookies
    first = browser.owner
    browser.client.get(path)
    assert browser.owner == first
    assert Browser().owner != first


def test_the_page_is_only_read() -> None:
    browser = Browser()
    assert browser.send("POST", "/").status_code == 405
    assert browser.client.head("/").status_code == 200


def test_an_address_that_is_no_conversation_is_not_the_page() -> None:
    assert Browser().client.get("/c/x").status_code == 404


def test_the_pages_own_api_is_not_in_the_description_of_the_api() -> None:
    assert "/chat/" not in Browser().client.get("/schema/").content.decode()
