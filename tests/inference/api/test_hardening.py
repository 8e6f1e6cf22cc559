"""What keeps a server that others reach from harm: https, proxies, sign-ins, secrets, and warnings where it is open."""

from __future__ import annotations

import re
import stat
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.test import AsyncClient, Client, RequestFactory

from bitnetsite.http import listening
from bitnetsite.http.clients import network_of
from inference.checks import CONTAINERS, exposure_warning
from tests.commands import api_key, manage, user
from tests.inference.keys.test_keys import bearer
from tests.server import Server, until

QUESTION = {"prompt": "What is machine learning?"}
PASSWORD = "tangerine-boat-42"  # noqa: S105
CLOSED = {"HTTPS": "true", "REQUIRE_LOGIN": "true", "REQUIRE_API_KEY": "true"}
BEHIND_PROXY = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7"}


@pytest.fixture
def fast_engine(fake_cli: Path) -> dict[str, str]:
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}


class OpenServer(Server):
    """Listens on every address of this machine."""

    @property
    def command(self) -> list[str]:
        return [*super().command[:-1], f"0.0.0.0:{self.port}"]


# The deployment check


def test_a_closed_server_behind_https_has_nothing_to_be_warned_of(tmp_path: Path) -> None:
    assert "no issues" in manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **CLOSED)


def test_an_open_server_is_warned_of(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", HTTPS="true")
    assert "inference.W001" in failed.value.output
    for one in ("REQUIRE_LOGIN", "REQUIRE_API_KEY"):
        manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", HTTPS="true", **{one: "true"})


@pytest.mark.parametrize(
    ("addresses", "warned"),
    [
        ([], False),
        (["http://127.0.0.1:8000", "http://[::1]:8000", "unix:/run/bitnet.sock"], False),
        (["http://0.0.0.0:8000"], True),
        (["http://127.0.0.1:8000", "http://192.168.1.5:8000"], True),
        (["http://[::]:8000"], True),
    ],
)
def test_listening_beyond_this_machine_is_warned_of(
    addresses: list[str], warned: bool, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(listening, "ADDRESSES", addresses)
    monkeypatch.setattr("inference.checks.CONTAINERS", ())
    told = exposure_warning()
    assert bool(told) == warned
    if told:
        assert "REQUIRE_LOGIN" in told
        assert addresses[-1] in told
        assert "HOST=127.0.0.1" in told
    for name in ("REQUIRE_LOGIN", "REQUIRE_API_KEY"):
        setattr(settings, name, True)
        assert exposure_warning() is None
        setattr(settings, name, False)


def test_in_a_container_the_warning_speaks_of_the_published_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert CONTAINERS
    (tmp_path / "sign").touch()
    monkeypatch.setattr(listening, "ADDRESSES", ["http://0.0.0.0:8000"])
    monkeypatch.setattr("inference.checks.CONTAINERS", (tmp_path / "sign",))
    assert "PUBLISH=127.0.0.1:8000" in (exposure_warning() or "")


def test_the_log_warns_at_the_start_and_names_the_way_to_an_administrator(
    tmp_path: Path, fast_engine: dict[str, str]
) -> None:
    with OpenServer(tmp_path, **fast_engine) as server:
        server.wait_for_health()
        assert until(lambda: "neither REQUIRE_LOGIN nor REQUIRE_API_KEY" in server.log)
        assert until(lambda: "make admin" in server.log)
    user(tmp_path)
    with Server(tmp_path, **fast_engine) as server:
        server.wait_for_health()
        assert until(lambda: "Serving" in server.log)
        assert "neither REQUIRE_LOGIN" not in server.log
        assert "make admin" not in server.log


# https and proxies


@pytest.fixture(scope="module")
def https_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """Closed, behind a proxy on this machine."""
    folder = tmp_path_factory.mktemp("https")
    user(folder)
    fast = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}
    with Server(folder, ALLOWED_HOSTS="127.0.0.1,bitnet.example", **CLOSED, **fast) as server:
        server.wait_for_health()
        yield server


def test_https_redirects_all_but_health(https_server: Server) -> None:
    with https_server.client() as client:
        for path in ("/", "/accounts/sign-in", "/generate", "/docs/"):
            redirected = client.get(path, headers={"host": "bitnet.example"})
            assert redirected.status_code == 301
            assert redirected.headers["location"] == f"https://bitnet.example{path}"
        for path in ("/health", "/health/live", "/metrics"):
            assert client.get(path).status_code == 200


def test_through_a_trusted_proxy_it_is_https(https_server: Server) -> None:
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


def test_a_proxy_that_is_not_trusted_is_told_of(tmp_path: Path, fast_engine: dict[str, str]) -> None:
    with Server(tmp_path, HTTPS="true", TRUSTED_PROXIES="none", **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        for _ in range(3):
            refused = client.get("/docs/", headers=BEHIND_PROXY)
            assert (refused.status_code, refused.json()["code"]) == (400, "proxy_not_trusted")
        assert server.log.count("127.0.0.1 says in X-Forwarded-Proto") == 1
        assert client.get("/docs/").status_code == 301


@pytest.mark.parametrize(("trusted", "owners"), [("127.0.0.1", 2), ("10.0.0.0/8", 1)])
def test_callers_behind_a_proxy_are_told_apart_if_it_is_trusted(
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
        assert asked.count(200) == owners  # the last of the list is who asked the proxy; the first may be made up


# Plain http


def test_on_a_network_without_https_requests_and_sign_ins_work(tmp_path: Path, fast_engine: dict[str, str]) -> None:
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


# Sign-ins


def test_ten_wrong_passwords_lock_the_name_for_the_address(db: None, settings: Any) -> None:
    User.objects.create_user("ada", password=PASSWORD)
    User.objects.create_user("bob", password=PASSWORD)
    browser = Client(headers={"accept": "text/html"})

    def attempt(name: str, password: str, address: str = "192.0.2.1") -> Any:
        return browser.post("/accounts/sign-in", {"username": name, "password": password}, REMOTE_ADDR=address)

    names = ("ada", "Ada", "ADA", "ada", "aDa", "ada", "ada", "ada", "ada")
    assert all(attempt(name, "wrong").status_code == 200 for name in names)
    assert attempt("ada", "wrong").status_code == 429
    locked = attempt("ada", PASSWORD)
    assert locked.status_code == 429
    assert "15 minutes" in locked.content.decode()
    assert 800 < int(locked["retry-after"]) <= 900
    assert attempt("ada", PASSWORD, "192.0.2.2").status_code == 302  # she comes in from elsewhere
    browser.logout()
    assert attempt("bob", PASSWORD).status_code == 302  # and others from there
    browser.logout()
    settings.AXES_COOLOFF_TIME = timedelta(seconds=0)
    assert attempt("ada", PASSWORD).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_attempts_at_once_are_looked_at_one_by_one() -> None:
    """Else as many passwords could be tried as there are connections, before the first failure counts."""
    User.objects.create_user("ada", password=PASSWORD)

    def attempt(password: str) -> int:
        try:
            form = {"username": "ada", "password": password}
            return Client(headers={"accept": "text/html"}).post("/accounts/sign-in", form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(attempt, [f"wrong {number}" for number in range(30)]))
    assert Counter(statuses) == {200: 9, 429: 21}
    assert AccessAttempt.objects.aggregate(Sum("failures_since_start")) == {"failures_since_start__sum": 10}
    assert attempt(PASSWORD) == 429


def test_all_addresses_of_an_ipv6_network_are_one_caller(db: None) -> None:
    networks = {
        "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
        "2001:db8:1:2::9": "2001:db8:1:2::",
        "2001:db8:1:3::9": "2001:db8:1:3::",
        "fe80::1%eth0": "fe80::",
        "::ffff:192.0.2.1": "192.0.2.1",
        "192.0.2.1": "192.0.2.1",
        "unknown": None,
        "": None,
    }
    for address, network in networks.items():
        assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network
    User.objects.create_user("ada", password=PASSWORD)
    for host in range(10):
        form = {"username": "ada", "password": "wrong"}
        answer = Client().post("/accounts/sign-in", form, REMOTE_ADDR=f"2001:db8::{host:x}")
    assert answer.status_code == 429


async def test_a_locked_sign_in_answers_a_server_of_its_kind_too(transactional_db: None) -> None:
    browser = AsyncClient()
    for _ in range(10):
        answer = await browser.post("/accounts/sign-in", {"username": "ada", "password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")


def test_a_success_forgets_the_failures_before_it(db: None) -> None:
    User.objects.create_user("ada", password=PASSWORD)
    for _ in range(2):
        browser = Client()
        for _ in range(9):
            assert browser.post("/accounts/sign-in", {"username": "ada", "password": "wrong"}).status_code == 200
        assert browser.post("/accounts/sign-in", {"username": "ada", "password": PASSWORD}).status_code == 302


def test_what_is_kept_of_a_failure_is_no_password(db: None) -> None:
    Client().post("/accounts/sign-in", {"username": "ada", "password": "my-real-password"})
    kept = AccessAttempt.objects.values().get()
    assert "my-real-password" not in str(kept)


def test_passwords_are_hashed_with_argon2(db: None) -> None:
    ada = User.objects.create_user("ada", password=PASSWORD)
    assert ada.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert ada.check_password(PASSWORD)
    assert not ada.check_password(PASSWORD + "x")


# Secrets


def test_the_signing_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    def key() -> str:
        return shell(folder, "from django.conf import settings as s; print(s.SECRET_KEY)")

    assert key() == key()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path = folder / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) >= 50
    assert path.read_text() == key()
    path.write_text("")  # a start that was cut short
    assert len(key()) >= 50
    assert path.read_text() == key()


def test_prompts_keys_and_secrets_are_in_no_log_and_no_process(tmp_path: Path, engine_binary: Any) -> None:
    """The real llama-cli, for it is what could show them."""
    engine_binary("llama-cli")
    user(tmp_path)
    key = api_key(tmp_path)
    words = {name: f"planted{number}secret" for number, name in enumerate(("prompt", "system", "turn", "raw", "stop"))}
    environment = {
        "SECRET_KEY": "plantedsigningkey" * 4,
        "DJANGO_SUPERUSER_PASSWORD": "plantedpassword",
        "HF_TOKEN": "plantedtoken",
        "AWS_SECRET_ACCESS_KEY": "plantedforeign",
    }
    turns = [("user", words["turn"]), ("assistant", words["turn"]), ("user", words["prompt"])]
    bodies: list[dict[str, Any]] = [
        {"prompt": words["prompt"], "system_prompt": words["system"], "stop": [words["stop"]]},
        {"messages": [{"role": role, "content": text} for role, text in turns], "system_prompt": words["system"]},
        {"prompt": words["raw"], "conversation_mode": False},
        {"prompt": words["prompt"], "temperature": "hot", words["raw"]: 1},
    ]
    seen: set[int] = set()
    with Server(tmp_path, **environment) as server, server.client() as client:
        server.wait_for_health()
        for body in bodies:
            streaming = {"stream": True, "max_tokens": 40} if "temperature" not in body else {}
            with client.stream("POST", "/generate", json=body | streaming, headers=bearer(key)) as answer:
                for _ in answer.iter_text():
                    for pid in server.children():
                        shown = shown_by(pid)
                        seen.add(pid)
                        assert "planted" not in shown, shown
                        assert key not in shown
        refused = client.post("/generate", json=bodies[0], headers=bearer(key[:-3] + "abc"))
        assert refused.status_code == 401
        log = server.log
    assert seen
    assert "planted" not in log
    assert key[13:] not in log
    assert key[13:-3] not in log


def shown_by(pid: int) -> str:
    """What anybody, or whoever runs the server, sees of a process: its arguments and its environment."""
    texts = []
    for name in ("cmdline", "environ"):
        try:
            texts.append(Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):  # it has ended since
            texts.append("")
    return "\n".join(texts)


# The first administrator


def test_the_first_administrator_is_made_from_the_environment_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SUPERUSER_USERNAME", raising=False)
    call_command("first_administrator")
    assert not User.objects.exists()
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "ada")
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD"):
        call_command("first_administrator")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("first_administrator", stdout=StringIO())
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "eve")
    call_command("first_administrator")
    administrator = User.objects.get()
    assert (administrator.username, administrator.is_superuser) == ("ada", True)
    assert administrator.check_password(PASSWORD)


def test_a_name_that_is_taken_is_made_no_administrator(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("ada")
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "ada")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="another name"):
        call_command("first_administrator")


def shell(data_dir: Path, code: str) -> str:
    """What the code prints in the project's shell."""
    return manage(data_dir, "shell", "--no-imports", "-c", code).strip()


def sign_in(client: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    """Ada signs in as a browser does. Cookies are carried by hand: the client would not send secure ones over http."""
    page = client.get("/accounts/sign-in", headers=headers)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    cookie = re.search(r"csrftoken=(\w+)", page.headers["set-cookie"])
    assert token
    assert cookie
    client.cookies.clear()
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    return client.post("/accounts/sign-in", data=form, headers=headers | {"cookie": f"csrftoken={cookie[1]}"})


def lan_address() -> str:
    """An address of this machine that is not loopback; loopback where it has none."""
    printed = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()  # noqa: S607
    return next((address for address in printed if ":" not in address), "127.0.0.1")
