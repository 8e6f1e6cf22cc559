"""Accounts: sign-up, sign-in and out, password, deletion, and what a visitor brings along."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from chat.accounts.owners import VISITOR
from chat.accounts.visitor_claim import claim, free_name
from chat.models import MAX_PRESET_NAME, Conversation, Message, Preset

pytestmark = pytest.mark.django_db

PASSWORD = "analytical engine 1843"  # noqa: S105
SIGN_UP, SIGN_IN, ACCOUNT = "/accounts/sign-up", "/accounts/sign-in", "/accounts/"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    """One that somebody has opened the chat page in."""
    browser = Client()
    assert browser.get("/").status_code == 200
    return browser


def visitor_of(browser: Client) -> uuid.UUID:
    return uuid.UUID(browser.session[VISITOR])


def sign_up(browser: Client, name: str = "grace", password: str = PASSWORD, **more: str) -> HttpResponse:
    return browser.post(SIGN_UP, {"username": name, "password": password} | more)


def sign_in(browser: Client, name: str = "ada", password: str = PASSWORD, **more: str) -> HttpResponse:
    return browser.post(SIGN_IN, {"username": name, "password": password} | more)


def signed_in(browser: Client) -> bool:
    return browser.get(ACCOUNT).status_code == 200


def told(response: HttpResponse) -> dict[str, str]:
    """The errors of a form by field, as a screen reader connects them: `aria-describedby` names an id on the page."""
    page = response.content.decode()
    errors = {}
    for field in re.findall(r"<input [^>]*aria-invalid[^>]*>", page):
        ids = re.search(r'aria-describedby="([^"]*)"', field)
        assert ids
        assert all(f'id="{described}"' in page for described in ids[1].split())
        name = re.search(r'name="(\w+)"', field)
        text = re.search(rf'id="{ids[1].split()[-1]}"[^>]*>\s*<p>(.*?)</p>', page, re.DOTALL)
        assert name
        assert text
        errors[name[1]] = text[1]
    return errors


def test_sign_up_makes_an_account_and_signs_in(browser: Client) -> None:
    response = sign_up(browser)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    page = browser.get(ACCOUNT)
    assert page.status_code == 200
    assert "grace" in page.content.decode()


@pytest.mark.parametrize("start", ["sign-up", "sign-in"])
def test_what_a_visitor_has_becomes_the_users(browser: Client, ada: User, start: str) -> None:
    visitor = visitor_of(browser)
    mine = Conversation.objects.create(visitor=visitor, title="Mine")
    answer = Message.objects.create(conversation=mine, role="assistant", status="generating", text="Half an ans")
    other = Conversation.objects.create(visitor=uuid.uuid4(), title="Somebody else's")
    preset = Preset.objects.create(visitor=visitor, name="Brief")
    assert "1 conversation of this browser comes along" in browser.get(f"/accounts/{start}").content.decode()
    if start == "sign-up":
        sign_up(browser)
    else:
        sign_in(browser)
    user = User.objects.get(username="grace" if start == "sign-up" else "ada")
    for row in (mine, preset, other, answer):
        row.refresh_from_db()
    assert (mine.user, mine.visitor) == (user, None)
    assert (preset.user, preset.visitor) == (user, None)
    assert (answer.status, answer.text) == ("generating", "Half an ans")
    assert other.user is None
    assert VISITOR not in browser.session


def test_a_preset_whose_name_is_taken_gets_a_number(ada: User) -> None:
    visitor = uuid.uuid4()
    for name in ("Brief", "Brief (2)", "Long"):
        Preset.objects.create(user=ada, name=name)
    for name in ("Brief", "New"):
        Preset.objects.create(visitor=visitor, name=name)
    claim(visitor, ada)
    names = set(Preset.objects.filter(user=ada).values_list("name", flat=True))
    assert names == {"Brief", "Brief (2)", "Brief (3)", "Long", "New"}


def test_a_numbered_name_is_no_longer_than_a_name_may_be() -> None:
    long = "a" * MAX_PRESET_NAME
    assert free_name(long, {long}) == "a" * (MAX_PRESET_NAME - 4) + " (2)"


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
def test_sign_up_says_at_the_field_what_is_wrong(
    browser: Client, ada: User, name: str, password: str, field: str, word: str
) -> None:
    response = sign_up(browser, name, password)
    assert response.status_code == 200
    errors = told(response)
    assert list(errors) == [field]
    assert word in errors[field]
    assert User.objects.count() == 1
    assert not signed_in(browser)


def test_sign_in_does_not_say_which_of_the_two_was_wrong(browser: Client, ada: User) -> None:
    wrong = sign_in(browser, password="something else").content.decode()  # noqa: S106
    nobody = sign_in(browser, name="nobody").content.decode()
    assert "No account has this name and password" in wrong
    assert "No account has this name and password" in nobody
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
def test_one_goes_on_where_one_was_and_nowhere_else(
    browser: Client, ada: User, path: str, next_: str, leads_to: str
) -> None:
    page = browser.get(path, {"next": next_}).content.decode()
    assert (f'name="next" value="{leads_to}"' in page) == (leads_to != "/")
    response = (sign_up if path == SIGN_UP else sign_in)(browser, next=next_)
    assert (response.status_code, response.headers["Location"]) == (302, leads_to)
    assert browser.get(path, {"next": next_}).headers["Location"] == leads_to  # signed in already


def test_where_sign_up_is_closed_the_page_says_who_makes_accounts(browser: Client, settings: Settings) -> None:
    settings.SIGN_UP = False
    for response in (browser.get(SIGN_UP), sign_up(browser)):
        assert response.status_code == 403
        assert "Whoever runs this server makes the accounts" in response.content.decode()
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
def test_the_pages_of_an_account_ask_to_sign_in_first(browser: Client, path: str) -> None:
    response = browser.get(path)
    assert (response.status_code, response.headers["Location"]) == (302, f"{SIGN_IN}?next={path}")


def test_the_account_page_counts_the_conversations_that_are_kept(browser: Client, ada: User) -> None:
    browser.force_login(ada)
    for title in "ab":
        Conversation.objects.create(user=ada, title=title)
    Conversation.objects.create(user=ada, title="gone", deleted_at="2026-01-01T00:00Z")
    page = browser.get(ACCOUNT).content.decode()
    assert "2, kept until you delete them" in page
    assert 'href="/chat/export"' in page


def test_a_new_password_ends_the_other_browsers_sessions(browser: Client, ada: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(browser)
    new = {"password": PASSWORD, "new_password": "difference engine 1822"}
    assert told(browser.post("/accounts/password", new | {"password": "wrong"})).keys() == {"password"}
    assert told(browser.post("/accounts/password", new | {"new_password": "short1x"})).keys() == {"new_password"}
    response = browser.post("/accounts/password", new, follow=True)
    assert "Your password is changed" in response.content.decode()
    assert signed_in(browser)
    assert not signed_in(elsewhere)
    ada.refresh_from_db()
    assert ada.check_password("difference engine 1822")


def test_an_account_is_deleted_with_all_that_is_its_own(browser: Client, ada: User) -> None:
    grace = User.objects.create_user("grace", password=PASSWORD)
    for user in (ada, grace):
        conversation = Conversation.objects.create(user=user, title="Mine")
        question = Message.objects.create(conversation=conversation, role="user", text="Hello")
        Message.objects.create(conversation=conversation, parent=question, role="assistant", text="Hello")
        Preset.objects.create(user=user, name="Brief")
    sign_in(browser)
    assert "1 conversation, your presets" in browser.get("/accounts/delete").content.decode()
    refused = browser.post("/accounts/delete", {"password": "wrong"})
    assert told(refused).keys() == {"password"}
    assert User.objects.count() == 2
    response = browser.post("/accounts/delete", {"password": PASSWORD})
    assert "Your account is deleted" in response.content.decode()
    assert not signed_in(browser)
    assert [row.user for row in (*Conversation.objects.all(), *Preset.objects.all())] == [grace, grace]
    assert list(User.objects.all()) == [grace]
    assert Message.objects.count() == 2


@pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN, "/accounts/sign-out", "/accounts/password", "/accounts/delete"])
def test_a_form_without_its_token_is_not_taken(ada: User, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post(path, {"username": "x", "password": PASSWORD}, headers={"accept": "text/html"})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN])
def test_password_managers_know_the_fields(browser: Client, path: str) -> None:
    page = browser.get(path).content.decode()
    assert 'autocomplete="username"' in page
    assert f'autocomplete="{"new" if path == SIGN_UP else "current"}-password"' in page
    assert page.count("<label for=") == 2


@pytest.mark.parametrize("path", ["/", "/c/0f8fad5b-d9cb-469f-a165-70867728950e", "/docs/"])
def test_with_require_login_a_page_asks_to_sign_in_and_comes_back(
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
def test_with_require_login_the_api_asks_to_sign_in(client: Client, settings: Settings, method: str, path: str) -> None:
    settings.REQUIRE_LOGIN = True
    response = client.generic(method, path, b'{"prompt": "a"}', "application/json")
    assert (response.status_code, response.json()["code"]) == (401, "sign_in_required")
    assert "ign in" in response.json()["detail"]
    assert client.get("/schema/").status_code == 401
    assert client.get("/health/live").status_code == 200


def test_with_require_login_a_session_may_generate_with_its_token_alone(settings: Settings, ada: User) -> None:
    settings.REQUIRE_LOGIN = True
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    browser.get(ACCOUNT)

    def ask(**headers: str) -> Any:
        return browser.post("/generate", b"{", "application/json", headers=headers)

    assert ask().status_code == 403
    assert ask(**{"x-csrftoken": browser.cookies["csrftoken"].value}).json()["code"] == "parse_error"  # it was let in


def test_an_open_api_does_not_look_the_session_up(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = browser.generic("POST", "/generate", b"no json", "text/plain")
    assert response.status_code == 415
