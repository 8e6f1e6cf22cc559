"""Servers behind https proxies, with trusted and untrusted ones, and on a network without https."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.bitnetsite.test_deployment_check import OpenServer
from tests.commands import user
from tests.server import Server, until

QUESTION = {"prompt": "What is machine learning?"}
PASSWORD = "tangerine-boat-42"  # noqa: S105
CLOSED = {"HTTPS": "true", "REQUIRE_LOGIN": "true", "REQUIRE_API_KEY": "true"}
BEHIND_PROXY = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7"}


@pytest.fixture
def fast_engine(fake_cli: Path) -> dict[str, str]:
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}


@pytest.fixture(scope="module")
def https_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """A server that requires authentication, behind a proxy on this machine."""
    folder = tmp_path_factory.mktemp("https")
    user(folder)
    fast = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}
    with Server(folder, ALLOWED_HOSTS="127.0.0.1,bitnet.example", **CLOSED, **fast) as server:
        server.wait_for_health()
        yield server


def test_https_redirects_everything_except_health(https_server: Server) -> None:
    with https_server.client() as client:
        for path in ("/", "/accounts/sign-in", "/generate", "/docs/"):
            redirected = client.get(path, headers={"host": "bitnet.example"})
            assert redirected.status_code == 301
            assert redirected.headers["location"] == f"https://bitnet.example{path}"
        for path in ("/health", "/health/live", "/metrics"):
            assert client.get(path).status_code == 200


def test_requests_through_a_trusted_proxy_are_secure(https_server: Server) -> None:
    with https_server.client() as client:
        page = client.get("/accounts/sign-in", headers=BEHIND_PROXY)
        assert page.status_code == 200
        assert int(re.search(r"max-age=(\d+)", page.headers["strict-transport-security"])[1]) > 24 * 3600  # type: ignore[index]
        assert all("Secure" in cookie for cookie in page.headers.get_list("set-cookie"))
        assert page.headers.get_list("set-cookie")


@pytest.mark.parametrize("host", ["bitnet.example", "127.0.0.1"], ids=["host passed on", "host not passed on"])
def test_signing_in_through_a_trusted_proxy(https_server: Server, host: str) -> None:
    headers = BEHIND_PROXY | {"host": host, "origin": "https://bitnet.example"}
    with https_server.client() as client:
        signed = sign_in(client, headers=headers)
        assert (signed.status_code, signed.headers["location"]) == (302, "/")
        cookie = next(each for each in signed.headers.get_list("set-cookie") if each.startswith("sessionid="))
        assert {"Secure", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}
        foreign = sign_in(client, headers=headers | {"origin": "https://evil.example"})
        assert foreign.status_code == 403


def test_an_untrusted_proxy_is_reported(tmp_path: Path, fast_engine: dict[str, str]) -> None:
    with Server(tmp_path, HTTPS="true", TRUSTED_PROXIES="none", **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        for _ in range(3):
            refused = client.get("/docs/", headers=BEHIND_PROXY)
            assert (refused.status_code, refused.json()["code"]) == (400, "proxy_not_trusted")
        assert until(lambda: "127.0.0.1 sent X-Forwarded-Proto" in server.log)
        assert server.log.count("127.0.0.1 sent X-Forwarded-Proto") == 1
        assert client.get("/docs/").status_code == 301


@pytest.mark.parametrize(("trusted", "owners"), [("127.0.0.1", 2), ("10.0.0.0/8", 1)])
def test_callers_behind_a_trusted_proxy_are_distinguished(
    tmp_path: Path, fast_engine: dict[str, str], trusted: str, owners: int
) -> None:
    with (
        Server(tmp_path, TRUSTED_PROXIES=trusted, RATE_LIMIT="1", **fast_engine) as server,
        server.client() as client,
    ):
        server.wait_for_health()
        asked = [
            client.post("/generate", json=QUESTION, headers={"x-forwarded-for": address}).status_code
            for address in ("198.51.100.1", "198.51.100.2", "198.51.100.2, 198.51.100.1")
        ]
        assert asked.count(200) == owners  # only the last address comes from the proxy; a client may invent the others


@pytest.mark.promise(29)
def test_requests_and_sign_ins_work_on_a_network_without_https(tmp_path: Path, fast_engine: dict[str, str]) -> None:
    user(tmp_path)
    with (
        OpenServer(tmp_path, ALLOWED_HOSTS="*", **fast_engine) as server,
        httpx.Client(base_url=f"http://{lan_address()}:{server.port}", timeout=60) as client,
    ):
        server.wait_for_health()
        assert client.post("/generate", json=QUESTION).status_code == 200
        assert "strict-transport-security" not in client.get("/health").headers
        signed = sign_in(client, headers={"origin": str(client.base_url).rstrip("/")})
        assert signed.status_code == 302
        assert client.get("/accounts/").status_code == 200


def sign_in(client: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    """Sign in as a browser does. Cookies are set explicitly: the client does not send secure ones over http."""
    page = client.get("/accounts/sign-in", headers=headers)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    cookie = re.search(r"csrftoken=(\w+)", page.headers["set-cookie"])
    assert token
    assert cookie
    client.cookies.clear()
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    return client.post("/accounts/sign-in", data=form, headers=headers | {"cookie": f"csrftoken={cookie[1]}"})


def lan_address() -> str:
    """Return an address of this machine, not loopback if possible."""
    printed = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()  # noqa: S607
    return next((address for address in printed if ":" not in address), "127.0.0.1")
