"""Warnings about open servers: in the deployment check and in the log."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bitnetsite.http import listening
from inference.checks import CONTAINERS, exposure_warning
from tests.commands import manage, user
from tests.server import Server, until

CLOSED = {"HTTPS": "true", "REQUIRE_LOGIN": "true", "REQUIRE_API_KEY": "true"}


@pytest.fixture
def fast_engine(fake_cli: Path) -> dict[str, str]:
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}


class OpenServer(Server):
    """Listens on every address of this machine."""

    @property
    def command(self) -> list[str]:
        return [*super().command[:-1], f"0.0.0.0:{self.port}"]


@pytest.mark.promise(29)
def test_a_closed_server_behind_https_has_no_warnings(tmp_path: Path) -> None:
    assert "no issues" in manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **CLOSED)


def test_an_open_server_has_a_warning(tmp_path: Path) -> None:
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
def test_listening_beyond_this_machine_has_a_warning(
    addresses: list[str], warned: bool, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(listening, "ADDRESSES", addresses)
    monkeypatch.setattr("inference.checks.CONTAINERS", ())
    warning = exposure_warning()
    assert bool(warning) == warned
    if warning:
        assert "REQUIRE_LOGIN" in warning
        assert addresses[-1] in warning
        assert "HOST=127.0.0.1" in warning
    for name in ("REQUIRE_LOGIN", "REQUIRE_API_KEY"):
        setattr(settings, name, True)
        assert exposure_warning() is None
        setattr(settings, name, False)


def test_in_a_container_the_warning_names_the_published_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert CONTAINERS
    (tmp_path / "sign").touch()
    monkeypatch.setattr(listening, "ADDRESSES", ["http://0.0.0.0:8000"])
    monkeypatch.setattr("inference.checks.CONTAINERS", (tmp_path / "sign",))
    assert "PUBLISH=127.0.0.1:8000" in (exposure_warning() or "")


def test_the_log_warns_at_startup_and_says_how_to_create_an_administrator(
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
