"""The page where users manage their API keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from inference.keys.forms import MAX_KEYS
from inference.models import ApiKey


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


def send(client: Client, path: str, **form: Any) -> Any:
    """Submit a form as the page has it."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).content.decode())
    assert token
    return client.post(path, form | {"csrfmiddlewaretoken": token[1]})


@pytest.mark.promise(26)
def test_a_key_is_shown_once_and_works(browser: Client, ada: User) -> None:
    made = send(browser, "/accounts/keys", name="backup", lifetime="30", requests_per_minute="10", at_once="2")
    assert made.status_code == 200
    assert "no-store" in made["cache-control"]
    key = re.search(r'value="(bnk_[^"]+)"', made.content.decode())
    assert key
    row = ApiKey.objects.known(key[1])
    assert row
    assert (row.user, row.name, row.requests_per_minute, row.tokens_per_day, row.at_once) == (
        ada,
        "backup",
        10,
        None,
        2,
    )
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)  # type: ignore[operator]
    listed = browser.get("/accounts/keys").content.decode()
    assert row.shown in listed
    assert "At most 10 requests per minute, 2 concurrent answers" in listed
    assert key[1][13:] not in listed


@pytest.mark.promise(26)
def test_revoking_asks_first_and_is_permanent(browser: Client, ada: User) -> None:
    row, _ = ApiKey.objects.issue(user=ada, name="backup")
    asked = browser.get(f"/accounts/keys/{row.pk}/revoke")
    assert row.shown in asked.content.decode()
    assert ApiKey.objects.get(pk=row.pk).usable
    revoked = send(browser, f"/accounts/keys/{row.pk}/revoke")
    assert (revoked.status_code, revoked["location"]) == (302, "/accounts/keys")
    row.refresh_from_db()
    assert not row.usable
    moment = row.revoked_at
    send(browser, f"/accounts/keys/{row.pk}/revoke")
    row.refresh_from_db()
    assert row.revoked_at == moment
    assert "revoked" in browser.get("/accounts/keys").content.decode()


@pytest.mark.promise(24)
def test_keys_of_other_users_are_not_found(browser: Client, ada: User) -> None:
    other = User.objects.create_user("bob")
    row, _ = ApiKey.objects.issue(user=other, name="bobs-own")
    assert "bobs-own" not in browser.get("/accounts/keys").content.decode()
    for answer in (browser.get(f"/accounts/keys/{row.pk}/revoke"), send_to(browser, row.pk)):
        assert answer.status_code == 404
    row.refresh_from_db()
    assert row.usable


def send_to(browser: Client, pk: int) -> Any:
    """Submit the form for the key of another user."""
    browser.get("/accounts/keys")
    token = browser.cookies["csrftoken"].value
    return browser.post(f"/accounts/keys/{pk}/revoke", {"csrfmiddlewaretoken": token})


def test_keys_are_neither_created_nor_revoked_without_a_csrf_token(browser: Client, ada: User) -> None:
    row, _ = ApiKey.objects.issue(user=ada, name="backup")
    assert browser.post("/accounts/keys", {"name": "forged"}).status_code == 403
    assert browser.post(f"/accounts/keys/{row.pk}/revoke").status_code == 403
    assert ApiKey.objects.get().usable


def test_visitors_are_redirected_to_the_sign_in_page(db: None) -> None:
    for path in ("/accounts/keys", "/accounts/keys/1/revoke"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["location"] == f"/accounts/sign-in?next={path}"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 61}, "Enter at most 60 characters."),
        ({"name": "a", "lifetime": "9999"}, "valid choice"),
        ({"name": "a", "at_once": "0"}, "Enter a number from 1 to 1000000."),
        ({"name": "a", "tokens_per_day": "many"}, "whole number"),
        ({"name": "a", "requests_per_minute": "31"}, "Enter at most 30"),
    ],
)
def test_errors_are_shown_at_their_fields(browser: Client, settings: Any, form: dict[str, str], error: str) -> None:
    settings.RATE_LIMIT = 30
    answer = send(browser, "/accounts/keys", **form)
    assert answer.status_code == 200
    assert error in answer.content.decode()
    assert not ApiKey.objects.exists()
    if "name" in form and len(form) > 1 and "lifetime" not in form:
        assert "<details open>" in answer.content.decode()


def test_the_number_of_keys_is_limited(browser: Client, ada: User) -> None:
    for at in range(MAX_KEYS):
        row, _ = ApiKey.objects.issue(user=ada, name=str(at))
    assert f"You have {MAX_KEYS} keys" in send(browser, "/accounts/keys", name="one more").content.decode()
    row.revoke()
    assert send(browser, "/accounts/keys", name="one more").status_code == 200
    assert ApiKey.objects.count() == MAX_KEYS + 1


def test_names_are_escaped(browser: Client) -> None:
    send(browser, "/accounts/keys", name="<script>alert(1)</script>")
    page = browser.get("/accounts/keys").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
