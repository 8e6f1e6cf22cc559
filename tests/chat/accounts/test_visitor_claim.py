"""A visitor who signs in keeps their conversations and presets."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat.accounts.owners import VISITOR
from chat.accounts.visitor_claim import claim, free_name
from chat.models import MAX_PRESET_NAME, Conversation, Message, Preset, SavedPrompt
from tests.chat.accounts.forms import sign_in, sign_up

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("start", ["sign-up", "sign-in"])
def test_a_visitors_data_moves_to_the_user(browser: Client, ada: User, start: str) -> None:
    visitor = uuid.UUID(browser.session[VISITOR])
    mine = Conversation.objects.create(visitor=visitor, title="Mine")
    answer = Message.objects.create(conversation=mine, role="assistant", status="generating", text="Half an ans")
    other = Conversation.objects.create(visitor=uuid.uuid4(), title="Another visitor's")
    preset = Preset.objects.create(visitor=visitor, name="Brief")
    prompt = SavedPrompt.objects.create(visitor=visitor, name="Brief", text="Be brief.")
    assert (
        "1 conversation in this browser will be added to your account"
        in browser.get(f"/accounts/{start}").content.decode()
    )
    if start == "sign-up":
        sign_up(browser)
    else:
        sign_in(browser)
    user = User.objects.get(username="grace" if start == "sign-up" else "ada")
    for row in (mine, preset, prompt, other, answer):
        row.refresh_from_db()
    assert (mine.user, mine.visitor) == (user, None)
    assert (preset.user, preset.visitor) == (prompt.user, prompt.visitor) == (user, None)
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


def test_the_limits_hold_for_what_a_visitor_brings(ada: User) -> None:
    visitor = uuid.uuid4()
    Preset.objects.bulk_create(Preset(user=ada, name=str(n)) for n in range(Preset.LIMIT - 1))
    SavedPrompt.objects.bulk_create(SavedPrompt(visitor=visitor, name=str(n), text="x") for n in range(3))
    for name in ("First", "Second", "Third"):
        Preset.objects.create(visitor=visitor, name=name)
    claim(visitor, ada)
    assert Preset.objects.filter(user=ada).count() == Preset.LIMIT
    assert Preset.objects.filter(user=ada, name="First").exists()
    assert SavedPrompt.objects.filter(user=ada).count() == 3
    assert not Preset.objects.filter(visitor=visitor).exists()


def test_a_numbered_name_respects_the_length_limit() -> None:
    long = "a" * MAX_PRESET_NAME
    assert free_name(long, {long}) == "a" * (MAX_PRESET_NAME - 4) + " (2)"
