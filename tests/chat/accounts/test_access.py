"""Access to every path of the page's API, for its owner and for others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.urls import URLPattern

from chat.models import Conversation, Preset, SavedPrompt, Share
from chat.sharing.snapshots import share
from chat.urls import urlpatterns
from tests.chat.browser import Browser, conversation

pytestmark = pytest.mark.django_db

CONVERSATION = "chat/conversations/<uuid:conversation>"
MESSAGE = f"{CONVERSATION}/messages/<uuid:message>"
PRESET = "chat/presets/<uuid:preset>"
PROMPT = "chat/prompts/<uuid:prompt>"
FILE = {"format": "bitnet-chat", "version": 1, "conversations": []}


class Case(NamedTuple):
    """A request, and its status for the owner and for others with a session."""

    method: str
    route: str
    body: Any
    owner: int
    other: int


CASES = [
    Case("GET", "chat/conversations", None, 200, 200),
    Case("GET", CONVERSATION, None, 200, 404),
    Case("PATCH", CONVERSATION, {"title": "New"}, 200, 404),
    Case("DELETE", CONVERSATION, None, 204, 404),
    Case("POST", f"{CONVERSATION}/restore", None, 200, 404),
    Case("GET", f"{CONVERSATION}/messages", None, 200, 404),
    Case("GET", MESSAGE, None, 200, 404),
    Case("DELETE", MESSAGE, None, 200, 404),
    Case("POST", f"{MESSAGE}/restore", {"message": "LEAF"}, 200, 404),
    Case("POST", f"{MESSAGE}/versions", {"text": "Edited."}, 201, 404),
    Case("POST", f"{CONVERSATION}/branch", {"message": "LEAF"}, 200, 404),
    Case("GET", f"{CONVERSATION}/export", None, 200, 404),
    Case("GET", "chat/export", None, 200, 200),
    Case("POST", "chat/import", FILE, 200, 200),
    Case("GET", "chat/tags", None, 200, 200),
    Case("GET", "chat/presets", None, 200, 200),
    Case("POST", "chat/presets", {"name": "New"}, 201, 201),
    Case("PATCH", PRESET, {"name": "New"}, 200, 404),
    Case("DELETE", PRESET, None, 204, 404),
    Case("GET", "chat/prompts", None, 200, 200),
    Case("POST", "chat/prompts", {"name": "New", "text": "Explain {{topic}}."}, 201, 201),
    Case("PATCH", PROMPT, {"name": "New"}, 200, 404),
    Case("DELETE", PROMPT, None, 204, 404),
    Case("GET", "chat/shares", None, 200, 200),
    Case("POST", "chat/shares", {"conversation": "CONVERSATION"}, 201, 404),
    Case("DELETE", "chat/shares/<str:token>", None, 204, 404),
    Case("GET", "chat/status", None, 200, 200),
]
# Public: the documents contain no data, and a shared page is for everyone who has its link.
PAGES = {"", "c/<uuid:conversation>", "app.webmanifest", "chat/diagram", "s/<str:token>"}
UNSAFE = [case for case in CASES if case.method != "GET"]


def name(case: Case) -> str:
    return f"{case.method} {case.route}"


@pytest.fixture(params=["visitor", "user"])
def owner(request: pytest.FixtureRequest, django_user_model: Any) -> Browser:
    return Browser(django_user_model.objects.create(username="ada") if request.param == "user" else None)


@pytest.fixture
def send(owner: Browser) -> Callable[..., Any]:
    """Sends the request of a case, for rows of the owner."""
    row = conversation(owner.owner, "One?", "One.")
    ids = {
        "<uuid:conversation>": row.pk,
        "<uuid:message>": row.leaf_id,
        "<uuid:preset>": Preset.objects.create(name="Brief", **owner.owner.fields).pk,
        "<uuid:prompt>": SavedPrompt.objects.create(name="Brief", text="Be brief.", **owner.owner.fields).pk,
        "<str:token>": share(row, owner.owner).token,
    }

    def send(browser: Browser, case: Case, *, token: bool = True) -> Any:
        path = case.route
        for placeholder, value in ids.items():
            path = path.replace(placeholder, str(value))
        path += "?as=json" if path.endswith("export") and "conversations" in path else ""
        body = json.dumps(case.body).replace("LEAF", str(row.leaf_id)).replace("CONVERSATION", str(row.pk))
        return browser.send(case.method, f"/{path}", json.loads(body), token=token)

    return send


def test_every_path_and_method_is_in_the_table() -> None:
    served = set()
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        view = getattr(pattern.callback, "cls", None)
        methods = [method for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)]
        served |= {(method.upper(), route) for method in methods} or {("GET", route)}
    assert served == {(case.method, case.route) for case in CASES} | {("GET", route) for route in PAGES}


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_owner_has_access(owner: Browser, send: Callable[..., Any], case: Case) -> None:
    response = send(owner, case)
    assert response.status_code == case.owner
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("case", CASES, ids=name)
@pytest.mark.promise(24)
def test_others_find_nothing(send: Callable[..., Any], case: Case, django_user_model: Any) -> None:
    for other in (Browser(), Browser(django_user_model.objects.create(username="eve"))):
        response = send(other, case)
        assert response.status_code == case.other
        if case.other == 404:
            assert response.json()["code"] == "not_found"
            assert response.json()["detail"].startswith("There is no such ")
    assert Conversation.objects.get().title == "Untitled"
    assert Conversation.objects.not_deleted().count() == 1
    assert Preset.objects.filter(name="Brief").count() == 1
    assert SavedPrompt.objects.filter(name="Brief").count() == 1
    assert Share.objects.count() == 1


@pytest.mark.parametrize("case", CASES, ids=name)
def test_requests_without_a_session_are_refused(send: Callable[..., Any], case: Case) -> None:
    response = send(Browser(opens_page=False), case)
    expected = (401, "no_session") if case.method == "GET" else (403, "csrf_failed")
    assert (response.status_code, response.json()["code"]) == expected
    stranger = Browser()
    stranger.client.cookies.pop("sessionid")
    response = send(stranger, case)
    assert (response.status_code, response.json()["code"]) == (401, "no_session")
    assert response["WWW-Authenticate"]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_visitors_are_refused_where_login_is_required(
    send: Callable[..., Any], owner: Browser, case: Case, settings: Any
) -> None:
    settings.REQUIRE_LOGIN = True
    response = send(owner, case)
    if owner.user:
        assert response.status_code == case.owner
    else:
        assert (response.status_code, response.json()["code"]) == (401, "sign_in_required")


@pytest.mark.parametrize("case", UNSAFE, ids=name)
@pytest.mark.promise(25)
def test_changes_need_the_token_of_visitors_too(owner: Browser, send: Callable[..., Any], case: Case) -> None:
    response = send(owner, case, token=False)
    error = response.json()
    assert (response.status_code, error["code"]) == (403, "csrf_failed")
    assert "Reload the page" in error["detail"]
    owner.client.cookies["csrftoken"] = "x" * 32  # not the token of the request
    assert (
        owner.client.generic(
            case.method, response.wsgi_request.path, b"{}", "application/json", headers={"X-CSRFToken": "y" * 32}
        ).status_code
        == 403
    )


@pytest.mark.promise(25)
def test_a_request_from_another_site_is_refused(owner: Browser) -> None:
    response = owner.client.post(
        "/chat/presets",
        '{"name": "x"}',
        "application/json",
        headers={"X-CSRFToken": owner.client.cookies["csrftoken"].value, "Origin": "https://evil.example"},
    )
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


def test_an_api_key_or_a_password_in_the_header_gives_no_access(send: Callable[..., Any]) -> None:
    response = Browser(opens_page=False).client.get("/chat/export", headers={"Authorization": "Basic YTpi"})
    assert response.status_code == 401


def test_only_json_is_accepted(owner: Browser) -> None:
    headers = {"X-CSRFToken": owner.client.cookies["csrftoken"].value}
    for path in ("/chat/presets", "/chat/import"):
        response = owner.client.post(path, {"name": "x"}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_signed_out_user_is_a_new_visitor(django_user_model: Any) -> None:
    browser = Browser(django_user_model.objects.create(username="ada"))
    conversation(browser.owner, "One?")
    browser.client.logout()
    browser.user = None
    browser.client.get("/")
    assert browser.get("/chat/conversations")["conversations"] == []
