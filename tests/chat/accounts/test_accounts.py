"""Accounts: sign-up, sign-in and out, password, deletion."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from chat.accounts.owners import VISITOR
from chat.models import Conversation, Message, Preset
from tests.chat.accounts.forms import ACCOUNT, PASSWORD, SIGN_IN, SIGN_UP, errors_of, sign_in, sign_up, signed_in

pytestmark = pytest.mark.django_db


def visitor_of(browser: Client) -> uuid.UUID:
    return uuid.UUID(browser.session[VISITOR])


def test_sign_up_creates_an_account_and_signs_in(browser: Client) -> None:
    response = sign_up(browser)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    page = browser.get(ACCOUNT)
    assert page.status_code == 200
    assert "grace" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "password", "field", "word"),
    [
        ("ADA", PASSWORD, "username", "taken"),
        ("ada lovelace", PASSWORD, "username", "without spaces"),
        ("", PASSWORD, "username", "required"),
        ("grace", "", "password", "required"),
        ("grace", "short1x", "password", "too short"),
        ("grace", "password", "password", "too common"),
        ("grace", "9182736455463728", "password", "numeric"),
        ("gracehopper", "gracehopper1", "password", "similar"),
    ],
)
def test_sign_up_shows_errors_at_their_fields(
    browser: Client, ada: User, name: str, password: str, field: str, word: str
) -> None:
    response = sign_up(browser, name, password)
    assert response.status_code == 200
    errors = errors_of(response)
    assert list(errors) == [field]
    assert word in errors[field]
    assert User.objects.count() == 1
    assert not signed_in(browser)


def test_sign_in_does_not_reveal_whether_the_name_exists(browser: Client, ada: User) -> None:
    wrong = sign_in(browser, password="something else").content.decode()  # noqa: S106
    unknown = sign_in(browser, name="unknown").content.decode()
    assert "No account has this name and password" in wrong
    assert "No account has this name and password" in unknown
    assert 'role="alert"' in wrong
    assert not signed_in(browser)


@pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN])
@pytest.mark.parametrize(
    ("next_", "leads_to"),
    [
        ("/c/0f8fad5b-d9cb-469f-a165-70867728950e", "/c/0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/accounts/sign-in", "/"),
        ("", "/"),
    ],
)
def test_sign_in_redirects_to_next_on_this_server_only(
    browser: Client, ada: User, path: str, next_: str, leads_to: str
) -> None:
    page = browser.get(path, {"next": next_}).content.decode()
    assert (f'name="next" value="{leads_to}"' in page) == (leads_to != "/")
    response = (sign_up if path == SIGN_UP else sign_in)(browser, next=next_)
    assert (response.status_code, response.headers["Location"]) == (302, leads_to)
    assert browser.get(path, {"next": next_}).headers["Location"] == leads_to  # signed in already


def test_closed_sign_up_says_who_creates_accounts(browser: Client, settings: Settings) -> None:
    settings.SIGN_UP = False
    for response in (browser.get(SIGN_UP), sign_up(browser)):
        assert response.status_code == 403
        assert "Ask the operator of this server for an account" in response.content.decode()
    assert "sign-up" not in browser.get(SIGN_IN).content.decode()
    assert not User.objects.exists()


def test_after_sign_out_the_browser_is_a_new_visitor(browser: Client, ada: User) -> None:
    before = visitor_of(browser)
    sign_in(browser)
    assert browser.get("/accounts/sign-out").status_code == 405
    assert signed_in(browser)
    response = browser.post("/accounts/sign-out")
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert not signed_in(browser)
    browser.get("/")
    assert visitor_of(browser) != before


@pytest.mark.parametrize("path", [ACCOUNT, "/accounts/password", "/accounts/delete"])
def test_account_pages_require_a_sign_in(browser: Client, path: str) -> None:
    response = browser.get(path)
    assert (response.status_code, response.headers["Location"]) == (302, f"{SIGN_IN}?next={path}")


def test_the_account_page_counts_conversations_that_are_not_deleted(browser: Client, ada: User) -> None:
    browser.force_login(ada)
    for title in "ab":
        Conversation.objects.create(user=ada, title=title)
    Conversation.objects.create(user=ada, title="gone", deleted_at="2026-01-01T00:00Z")
    page = browser.get(ACCOUNT).content.decode()
    assert "2 saved" in page
    assert 'href="/chat/export"' in page


def test_a_new_password_ends_the_other_browsers_sessions(browser: Client, ada: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(browser)
    new = {"password": PASSWORD, "new_password": "difference engine 1822"}
    assert errors_of(browser.post("/accounts/password", new | {"password": "wrong"})).keys() == {"password"}
    assert errors_of(browser.post("/accounts/password", new | {"new_password": "short1x"})).keys() == {"new_password"}
    response = browser.post("/accounts/password", new, follow=True)
    assert "Your password was changed" in response.content.decode()
    assert signed_in(browser)
    assert not signed_in(elsewhere)
    ada.refresh_from_db()
    assert ada.check_password("difference engine 1822")


def test_an_account_is_deleted_with_its_data(browser: Client, ada: User) -> None:
    grace = User.objects.create_user("grace", password=PASSWORD)
    for user in (ada, grace):
        conversation = Conversation.objects.create(user=user, title="Mine")
        question = Message.objects.create(conversation=conversation, role="user", text="Hello")
        Message.objects.create(conversation=conversation, parent=question, role="assistant", text="Hello")
        Preset.objects.create(user=user, name="Brief")
    sign_in(browser)
    assert "1 conversation, your presets, your prompts and" in browser.get("/accounts/delete").content.decode()
    refused = browser.post("/accounts/delete", {"password": "wrong"})
    assert errors_of(refused).keys() == {"password"}
    assert User.objects.count() == 2
    response = browser.post("/accounts/delete", {"password": PASSWORD})
    assert "Your account was deleted" in response.content.decode()
    assert not signed_in(browser)
    assert [row.user for row in (*Conversation.objects.all(), *Preset.objects.all())] == [grace, grace]
    assert list(User.objects.all()) == [grace]
    assert Message.objects.count() == 2


@pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN, "/accounts/sign-out", "/accounts/password", "/accounts/delete"])
def test_a_form_without_its_token_is_refused(ada: User, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post(path, {"username": "x", "password": PASSWORD}, headers={"accept": "text/html"})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN])
def test_fields_are_labelled_for_password_managers(browser: Client, path: str) -> None:
    page = browser.get(path).content.decode()
    assert 'autocomplete="username"' in page
    assert f'autocomplete="{"new" if path == SIGN_UP else "current"}-password"' in page
    assert page.count("<label for=") == 2
