"""The server below a path of its host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import numbered
from tests.commands import user
from tests.nginx import Nginx, needs_nginx
from tests.server import PATIENCE, Server

PREFIX = "/llm"
PASSWORD = "tangerine-boat-42"  # noqa: S105


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("prefixed")
    user(folder)
    fake = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake echo --fake seconds-per-token=0.04"}
    with Server(folder, PATH_PREFIX=PREFIX, **fake) as server:
        server.wait_for_health()  # without the prefix
        yield server


@pytest.fixture
def client(prefixed: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefixed.url, timeout=PATIENCE) as client:
        yield client


def test_all_pages_stay_below_the_prefix(prefixed: Server, visit: Open) -> None:
    origin = prefixed.url + PREFIX
    chat = visit(prefixed, "", origin=origin)
    requested: list[str] = []
    chat.page.on("response", lambda response: requested.append(response.url))
    chat.page.on("websocket", lambda websocket: requested.append(websocket.url.replace("ws://", "http://")))
    chat.open()
    chat.ask(numbered(40))
    chat.wait_until_streaming(3)
    chat.reload()
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == numbered(40)
    conversation = f"{origin}/c/{chat.conversation}"
    chat.page.get_by_role("link", name="New chat").click()
    expect(chat.page).to_have_url(f"{origin}/")
    chat.item("w0").click()
    expect(chat.page).to_have_url(conversation)

    chat.page.get_by_role("link", name="Sign in").click()
    chat.page.get_by_label("Name").fill("ada")
    chat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    chat.page.get_by_role("button", name="Sign in").click()
    chat.wait_until_ready()
    expect(chat.page).to_have_url(conversation)
    chat.change_settings(temperature="0.5")
    chat.main_menu("API documentation")
    expect(chat.page.get_by_role("heading", name="BitNet LLM server")).to_be_visible()
    expect(chat.page.locator(".servers")).to_contain_text(PREFIX)

    chat.page.goto(f"{origin}/admin")
    chat.page.get_by_role("link", name="Dashboard").first.click()
    expect(chat.page.get_by_role("heading", name="Dashboard")).to_be_visible()
    chat.page.get_by_role("link", name="Back to chat").click()
    chat.wait_until_ready()
    chat.page.get_by_role("link", name="ada").click()
    chat.page.get_by_role("button", name="Sign out").click()
    chat.wait_until_ready()
    expect(chat.page).to_have_url(f"{origin}/")
    assert [url for url in requested if not url.startswith((f"{origin}/", "data:", "blob:"))] == []
    assert any(url.endswith("/chat/socket") for url in requested)


def test_cookies_belong_to_the_prefix_and_differ_from_other_servers_cookies(client: httpx.Client) -> None:
    cookies = client.get(f"{PREFIX}/").headers.get_list("set-cookie")
    assert sorted(cookie.split("=")[0] for cookie in cookies) == ["csrftoken-llm", "sessionid-llm"]
    assert all(f"Path={PREFIX};" in cookie for cookie in cookies)


def test_the_api_is_below_the_prefix(client: httpx.Client) -> None:
    answer = client.post(f"{PREFIX}/generate", json={"prompt": "w1"})
    assert (answer.status_code, answer.json()["generated_text"]) == (200, "w1")
    schema = client.get(f"{PREFIX}/schema/", headers={"accept": "application/json"}).json()
    assert schema["servers"] == [{"url": PREFIX}]
    assert "/generate" in schema["paths"]
    redirect = client.get(f"{PREFIX}/accounts/")
    assert redirect.headers["location"] == f"{PREFIX}/accounts/sign-in?next={PREFIX}/accounts/"
    assert f"described at {PREFIX}/docs/" in client.get(f"{PREFIX}/nothing").json()["detail"]
    assert "error" in client.get(f"{PREFIX}/v1/nothing").json()
    assert f'href="{PREFIX}/"' in client.get(f"{PREFIX}/nothing", headers={"accept": "text/html"}).text
    assert client.get(PREFIX).text.count(f'"{PREFIX}/static/') > 10


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/v1/models"])
def test_paths_without_the_prefix_are_accepted(client: httpx.Client, path: str) -> None:
    """A proxy may remove the prefix, and probes on the machine do not know it."""
    assert client.get(path).status_code == 200


def test_a_path_that_only_begins_like_the_prefix_is_another_path(client: httpx.Client) -> None:
    refused = client.get(f"{PREFIX}s/health")
    assert refused.status_code == 404
    assert f"{PREFIX}{PREFIX}s/health" in refused.json()["detail"]


@needs_nginx
def test_the_chat_answers_behind_nginx(prefixed: Server, tmp_path: Path, visit: Open) -> None:
    with Nginx(prefixed, tmp_path, PREFIX) as nginx:
        chat = visit(prefixed, origin=nginx.origin)
        assert chat.ask_and_wait(numbered(5)) == numbered(5)
        chat.reload()
        assert chat.text_of(chat.last) == numbered(5)


def test_https_redirects_below_the_prefix_except_health(tmp_path: Path, fake_cli: Path) -> None:
    with Server(tmp_path, PATH_PREFIX=PREFIX, HTTPS="true", LLAMA_CLI=str(fake_cli)) as server:
        server.wait_for_health()
        with server.client() as client:
            assert client.get(f"{PREFIX}/health").status_code == 200
            for path in (f"{PREFIX}/docs/", "/docs/"):
                redirected = client.get(path)
                assert redirected.status_code == 301
                assert redirected.headers["location"] == f"https://127.0.0.1:{server.port}{PREFIX}/docs/"
