"""The daily cleaning erases unreachable data, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat.models import Conversation, Preset, SavedPrompt
from inference.history.pruning import prune
from tests.chat.browser import Browser, conversation

pytestmark = pytest.mark.django_db

SESSION_AGE = settings.SESSION_COOKIE_AGE  # seconds


def end_session(browser: Browser) -> None:
    ended = timezone.now() - timedelta(minutes=1)
    Session.objects.filter(pk=browser.client.session.session_key).update(expire_date=ended)


def titles() -> set[str]:
    return set(Conversation.objects.values_list("title", flat=True))


def test_chats_of_visitors_whose_sessions_have_ended_are_erased(django_user_model: Any) -> None:
    gone, here, user = Browser(), Browser(), Browser(django_user_model.objects.create(username="ada"))
    conversation(gone.owner, "One?", "Yes.", title="lost", age=SESSION_AGE + 60)
    conversation(gone.owner, title="too new", age=SESSION_AGE - 60)  # newer than the lifetime of a session
    conversation(here.owner, title="a visitor's", age=SESSION_AGE + 60)
    conversation(user.owner, title="a user's", age=SESSION_AGE + 60)
    end_session(gone)
    end_session(user)
    assert "1 chat of visitors whose sessions have ended" in prune(dry_run=True)
    assert "2 ended sessions" in prune(dry_run=True)
    assert len(titles()) == 4
    assert "1 chat of visitors whose sessions have ended" in prune()
    assert titles() == {"too new", "a visitor's", "a user's"}
    assert Session.objects.get().pk == here.client.session.session_key
    assert "0 chats of visitors whose sessions have ended" in prune()


def test_presets_and_prompts_of_visitors_whose_sessions_have_ended_are_erased(django_user_model: Any) -> None:
    gone, here, user = Browser(), Browser(), Browser(django_user_model.objects.create(username="ada"))
    old = timezone.now() - timedelta(seconds=SESSION_AGE + 60)
    owners = [browser.owner for browser in (gone, here, user)]
    for owner in owners:
        Preset.objects.create(**owner.fields, name="p", created_at=old)
        SavedPrompt.objects.create(**owner.fields, name="p", text="t", created_at=old)
    end_session(gone)
    prune()
    for model in (Preset, SavedPrompt):
        assert [model.objects.owned_by(owner).count() for owner in owners] == [0, 1, 1]


def test_a_returning_visitor_keeps_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    first = Session.objects.get()
    assert "sessionid" not in browser.client.get("/").cookies  # not with every visit
    later = timezone.now() + timedelta(days=40)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert browser.client.get("/").cookies["sessionid"].value == first.pk
    again = Session.objects.get()
    assert again.get_decoded()["visitor"] == first.get_decoded()["visitor"]
    assert again.expire_date >= later + timedelta(seconds=SESSION_AGE - 60)
