"""REQUIRE_LOGIN: what visitors may not open, and how a session uses the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.chat.accounts.forms import ACCOUNT, SIGN_IN, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/c/0f8fad5b-d9cb-469f-a165-70867728950e", "/docs/"])
def test_require_login_redirects_pages_to_the_sign_in_and_back(
    client: Client, settings: Settings, ada: User, path: str
) -> None:
    settings.REQUIRE_LOGIN = True
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (302, f"{SIGN_IN}?next={path}")
    sign_in(client)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/generate"), ("GET", "/model_info"), ("GET", "/chat/status"), ("GET", "/chat/conversations")],
)
def test_require_login_closes_the_api(client: Client, settings: Settings, method: str, path: str) -> None:
    settings.REQUIRE_LOGIN = True
    response = client.generic(method, path, b'{"prompt": "a"}', "application/json")
    assert (response.status_code, response.json()["code"]) == (401, "sign_in_required")
    assert "ign in" in response.json()["detail"]
    assert client.get("/schema/").status_code == 401
    assert client.get("/health/live").status_code == 200


def test_require_login_accepts_a_session_only_with_its_token(settings: Settings, ada: User) -> None:
    settings.REQUIRE_LOGIN = True
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    browser.get(ACCOUNT)

    def ask(**headers: str) -> Any:
        return browser.post("/generate", b"{", "application/json", headers=headers)

    assert ask().status_code == 403
    assert ask(**{"x-csrftoken": browser.cookies["csrftoken"].value}).json()["code"] == "parse_error"  # it was admitted


def test_an_open_api_does_not_read_the_session(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = browser.generic("POST", "/generate", b"no json", "text/plain")
    assert response.status_code == 415
