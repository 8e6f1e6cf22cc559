"""The chat page, and the server's status for it."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from inference.serving import service
from inference.serving.parameters import DEFAULT_SYSTEM_PROMPT
from tests.chat.browser import Browser

pytestmark = pytest.mark.django_db
STATIC = Path(__file__).parents[2] / "static"
PAPER = re.compile(r"--paper: light-dark\((#\w{6}), (#\w{6})\)")


def test_the_status_shows_the_settings_before_the_engine_runs(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("CONTEXT_SIZE", "512")
    status = Browser().get("/chat/status")
    assert status["health"]["status"] == "loading"
    assert status | {"health": None} == {
        "health": None,
        "model": None,
        "notice": None,
        "models": [],
        "defaults": {
            "system_prompt": DEFAULT_SYSTEM_PROMPT,
            "temperature": 0.7,
            "top_p": 0.9,
            "max_tokens": 256,
            "context_size": 512,
        },
        "limits": {"context_size": 512, "max_answer_tokens": 512},
        "user": None,
        "sign_up": True,
        "page": {"name": "BitNet", "note": "", "example_questions": []},
    }
    settings.SIGN_UP = False
    assert Browser().get("/chat/status")["sign_up"] is False


def test_the_status_shows_the_model_of_a_running_engine(
    monkeypatch: pytest.MonkeyPatch, settings: Any, fake_cli: Path, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("LLAMA_CLI", str(fake_cli))
    monkeypatch.setenv("CONTEXT_SIZE", "100000")
    browser = Browser()
    status = {}

    async def ask() -> None:
        from asgiref.sync import sync_to_async

        await service.start()
        try:
            status.update(await sync_to_async(browser.get)("/chat/status"))
        finally:
            await service.stop()

    async_to_sync(ask)()
    assert status["health"]["status"] == "ok"
    assert status["model"] == "BitNet Demo · TQ2_0"
    assert "demo model" in status["notice"]
    assert status["limits"]["context_size"] == status["defaults"]["context_size"] < 100_000  # as trained


def test_the_status_names_the_signed_in_user(django_user_model: Any) -> None:
    assert Browser(django_user_model.objects.create(username="ada")).get("/chat/status")["user"] == "ada"


@pytest.mark.parametrize("path", ["/", "/c/7b636a77-8e1c-4ad1-8e02-9f59d2ae94e9"])
def test_the_page_creates_the_visitors_id_and_the_token(path: str) -> None:
    browser = Browser(opens_page=False)
    response = browser.client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    assert "csrftoken" in response.cookies
    first = browser.owner
    browser.client.get(path)
    assert browser.owner == first
    assert Browser().owner != first


def test_the_page_is_read_only() -> None:
    browser = Browser()
    assert browser.send("POST", "/").status_code == 405
    assert browser.client.head("/").status_code == 200


def test_an_invalid_conversation_path_is_not_found() -> None:
    assert Browser().client.get("/c/x").status_code == 404


def test_the_pages_own_api_is_not_in_the_schema() -> None:
    assert "\n  /chat/" not in Browser().client.get("/schema/").content.decode()


def test_the_page_can_be_installed_as_an_app(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("PAGE_NAME", "Our <model>")
    settings.FROM_SOURCES = True
    page = Client().get("/").content.decode()
    (address,) = re.findall(r'<link rel="manifest" href="([^"]+)">', page)
    response = Client().get(address)
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["name"], manifest["start_url"], manifest["display"]) == ("Our <model>", "/", "standalone")
    (colours,) = PAPER.findall((STATIC / "tokens.css").read_text())
    assert manifest["theme_color"] == manifest["background_color"] == colours[0]
    for theme, colour in zip(("light", "dark"), colours, strict=True):
        assert f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {theme})">' in page
    shown = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert shown == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    for icon in manifest["icons"]:
        file = (STATIC / icon["src"].removeprefix("/static/")).read_bytes()
        width, height = struct.unpack(">II", file[16:24])
        assert f"{width}x{height}" == icon["sizes"]
