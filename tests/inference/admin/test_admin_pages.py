"""The administration's pages: access, content, and no inline scripts or styles."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client

from bitnetsite.http import listening
from chat.models import Conversation, Message
from inference.models import ApiKey, EngineEvent, InferenceSettings
from tests.inference.administration import HISTORY, administrator, forbidden, generation, seen, superuser, text

pytestmark = pytest.mark.django_db
SECTIONS = [
    "inference/inferencesettings/",
    "inference/generationrecord/",
    "inference/engineevent/",
    "inference/apikey/",
    "auth/user/",
    "chat/conversation/",
    "axes/accessattempt/",
]
RIGHTS = [
    "inference.view_inferencesettings",
    "inference.view_generationrecord",
    "inference.view_engineevent",
    "inference.view_apikey",
    "auth.view_user",
    "chat.view_conversation",
    "axes.view_accessattempt",
]


@pytest.fixture
def pages() -> list[str]:
    """Return the path of every page; each has some content."""
    bob = User.objects.create_user("bob")
    key, _ = ApiKey.objects.issue(user=bob, name="backup")
    generation(user=bob)
    kept = generation(
        key=key, messages=[{"role": "user", "content": "Hello <b>"}], answer="Hi <script>", reason="length"
    )
    generation(reproduces=kept, messages=[{"role": "user", "content": "Hello <b>"}], answer="Hi there")
    EngineEvent.objects.create(kind="crash", detail="Process 412 crashed.")
    conversation = Conversation.objects.create(user=bob, title="A secret")
    Message.objects.create(conversation=conversation, role="user", text="Another secret")
    AccessAttempt.objects.create(
        username="bob", ip_address="192.0.2.1", user_agent="a", failures_since_start=12, http_accept="", path_info="/"
    )
    rows = [f"{HISTORY}{row}/change/" for row in (kept.pk - 1, kept.pk, kept.pk + 1)]
    of_user = [f"/admin/auth/user/{bob.pk}/{page}/" for page in ("change", "delete", "history")]
    of_key = [f"/admin/inference/apikey/{key.pk}/{page}/" for page in ("change", "history")]
    lists = [f"/admin/{section}" for section in SECTIONS]
    others = ["/admin/", "/admin/inference/inferencesettings/history/", "/admin/auth/user/add/"]
    return [*others, *lists, *rows, *of_user, *of_key, "/admin/inference/apikey/add/"]


def test_every_page_loads_and_has_no_inline_scripts_or_styles(pages: list[str]) -> None:
    client = superuser()
    for page in pages:
        response = client.get(page)
        content = text(response)
        assert "<style" not in content, page
        for attributes, script in re.findall(r"<script\b([^>]*)>(.*?)</script>", content, re.DOTALL):
            assert "src=" in attributes
            assert not script.strip(), page
        for tag in re.findall(r"<[a-z][^>]*>", content):
            assert not re.search(r"\s(style|on[a-z]+)=", tag), (page, tag)
        assert "'unsafe" not in response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"], page
        assert "admin/css" not in content, page


@pytest.mark.django_db(transaction=True)  # closing a response closes the connection
def test_every_file_that_a_page_refers_to_exists(pages: list[str]) -> None:
    client = superuser()
    files = set()
    for page in pages:
        files |= set(re.findall(r'"(/static/[^"]+|/admin/jsi18n/)"', text(client.get(page))))
    assert len(files) > 5
    for file in files:
        response = client.get(file)
        assert response.status_code == 200, file
        response.close()


def test_texts_of_users_are_escaped(pages: list[str]) -> None:
    content = text(superuser().get(pages[11]))
    assert "Hi &lt;script&gt;" in content
    assert "Hello &lt;b&gt;" in content


def test_visitors_sign_in_on_the_common_page_and_return(pages: list[str]) -> None:
    for page in pages:
        response = Client().get(page)
        assert response.status_code == 302
        assert response["location"] == f"/accounts/sign-in?next={page}"
    assert Client().get("/admin/login/").status_code == 404
    form = {"username": "ada", "password": "tangerine-boat-42", "next": "/admin/"}
    User.objects.create_superuser(form["username"], password=form["password"])
    assert Client().post("/accounts/sign-in", form)["location"] == "/admin/"


def test_users_who_are_no_administrators_are_refused(pages: list[str], caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    client.force_login(User.objects.get(username="bob"))
    for page in pages:
        response = client.get(page, headers={"accept": "text/html"})
        assert forbidden(response), page
    assert "You do not have access" in response.content.decode()
    assert not [record for record in caplog.records if record.exc_info]


def test_an_administrator_without_permissions_sees_only_the_overview(pages: list[str]) -> None:
    client = administrator()
    assert "no permission for any section" in seen(client.get("/admin/"))
    for page in pages[1:]:
        assert forbidden(client.get(page)), page


@pytest.mark.parametrize(("section", "right"), list(zip(SECTIONS, RIGHTS, strict=True)))
def test_each_permission_opens_only_its_section(pages: list[str], section: str, right: str) -> None:
    client = administrator(right)
    overview = text(client.get("/admin/"))
    for other in SECTIONS:
        response = client.get(f"/admin/{other}")
        assert response.status_code == (200 if other == section else 403)
        assert (f'"/admin/{other}"' in overview) == (other == section)


def test_the_chat_and_account_pages_of_administrators_lead_to_the_administration() -> None:
    client = administrator()
    assert 'href="/admin/"' in text(client.get("/accounts/"))
    assert 'data-administration="/admin/"' in text(client.get("/"))  # for the menu of the chat page
    client = Client()
    client.force_login(User.objects.create_user("bob"))
    assert 'href="/admin/"' not in text(client.get("/accounts/"))
    assert "data-administration" not in text(client.get("/"))


def test_a_disabled_administrator_is_treated_as_a_visitor() -> None:
    client = superuser()
    User.objects.update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_the_overview_shows_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    client = superuser()
    generation()
    generation(reason="error", error_code="queue_full")
    monkeypatch.setattr(listening, "ADDRESSES", ["http://0.0.0.0:8000"])
    page = seen(client.get("/admin/"))
    assert "can use this server" in page
    assert "2 generations in 24 hours" in page
    assert "1 of them failed" in page
    assert "22 tokens generated" in page
    monkeypatch.setattr(listening, "ADDRESSES", ["http://127.0.0.1:8000"])
    assert "can use this server" not in seen(client.get("/admin/"))


def test_an_invalid_setting_is_reported() -> None:
    from inference.serving import configuration

    InferenceSettings(temperature=99.0).save()
    configuration.refresh()
    assert "The setting temperature is not in force" in seen(superuser().get("/admin/"))


def test_the_administration_is_found_without_a_trailing_slash(client: Client) -> None:
    assert client.get("/admin")["location"] == "/admin/"


def test_long_lists_need_no_more_queries(pages: list[str], django_assert_max_num_queries: Any) -> None:
    client = superuser()
    for at in range(60):
        user = User.objects.create_user(f"user{at}")
        key, _ = ApiKey.objects.issue(user=user, name=f"key{at}")
        generation(user=user, key=key)
        Conversation.objects.create(user=user, title="A title")
    for section in SECTIONS:
        with django_assert_max_num_queries(11):  # two of them for the session and the user
            client.get(f"/admin/{section}")
