"""Share links: what their readers see, and who may make and withdraw them."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from chat.sharing.views import VIEWS_PER_MINUTE
from inference.models import InferenceSettings
from inference.serving import configuration
from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db
SHARES = "/chat/shares"


def test_a_link_shows_the_branch_of_its_time_until_it_is_withdrawn() -> None:
    browser, reader = Browser(), Client()
    made = conversation(browser.owner, "Why?", "<script>alert(1)</script> **So.**", title="<b>Secret</b>")
    question = made.messages.get(text="Why?")
    question.files = [{"name": "a.txt", "text": "private"}]
    question.save()
    add(made, question, "Another version.")
    link = browser.post(SHARES, {"conversation": str(made.id)})
    assert browser.get(SHARES) == {"shares": [link]}
    assert len(link["id"]) == 43

    made.messages.filter(text="Why?").update(text="Changed?")
    page = reader.get(link["path"])
    text = page.content.decode()
    assert "Why?" in text and "&lt;script&gt;alert(1)&lt;/script&gt; **So.**" in text and "&lt;b&gt;Secret" in text
    assert "a.txt" in text
    for hidden in ("private", "Another version", "Changed?", str(made.id), str(browser.owner.visitor)):
        assert hidden not in text
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert (page["Referrer-Policy"], page["Cache-Control"]) == ("no-referrer", "no-store")

    other = Browser()
    assert other.get(SHARES) == {"shares": []}
    other.refused("DELETE", f"{SHARES}/{link['id']}", status=404)
    other.refused("POST", SHARES, {"conversation": str(made.id)}, status=404)
    assert browser.send("DELETE", f"{SHARES}/{link['id']}").status_code == 204
    assert reader.get(link["path"]).status_code == 404


def test_a_deleted_conversation_has_no_links_and_a_temporary_one_gets_none() -> None:
    browser = Browser()
    made = conversation(browser.owner, "Why?", "So.")
    link = browser.post(SHARES, {"conversation": str(made.id)})
    browser.send("DELETE", path_of(made))
    assert Client().get(link["path"]).status_code == 404
    assert browser.get(SHARES) == {"shares": []}
    temporary = conversation(browser.owner, "Why?", "So.", temporary=True)
    assert "Keep it" in str(browser.refused("POST", SHARES, {"conversation": str(temporary.id)}))
    empty = conversation(browser.owner)
    assert "characters" in str(browser.refused("POST", SHARES, {"conversation": str(empty.id)}))


def test_links_need_a_sign_in_where_the_server_says_so_and_are_limited(settings: Settings) -> None:
    browser, reader = Browser(), Client()
    made = conversation(browser.owner, "Why?", "So.")
    path = browser.post(SHARES, {"conversation": str(made.id)})["path"]
    settings.PUBLIC_SHARE_LINKS = False
    assert reader.get(path)["Location"] == f"/accounts/sign-in?next={path}"
    settings.PUBLIC_SHARE_LINKS = True
    InferenceSettings.objects.create(public_share_links=False)
    configuration.refresh()
    assert reader.get(path).status_code == 302
    InferenceSettings.objects.update(public_share_links=None)
    configuration.refresh()
    statuses = [reader.get("/s/wrong").status_code for _ in range(VIEWS_PER_MINUTE)]
    assert set(statuses) == {404}
    assert reader.get(path).status_code == 429
