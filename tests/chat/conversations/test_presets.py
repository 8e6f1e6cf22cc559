"""Presets: named settings."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chat.conversations import turns
from chat.conversations.representation import settings_json
from chat.models import Preset
from tests.chat.browser import Browser

pytestmark = pytest.mark.django_db

PRESETS = "/chat/presets"
UNSET = {"model": None, "system_prompt": None, "temperature": None, "top_p": None, "max_tokens": None, "seed": None}


def test_a_preset_is_created_changed_and_removed(browser: Browser) -> None:
    assert browser.get(PRESETS) == {"presets": []}
    preset = browser.post(PRESETS, {"name": " Brief ", "settings": {"system_prompt": "Be brief.", "seed": 7}})
    assert preset == {
        "id": preset["id"],
        "name": "Brief",
        "default": False,
        "settings": UNSET | {"system_prompt": "Be brief.", "seed": 7},
    }
    changed = browser.patch(f"{PRESETS}/{preset['id']}", {"settings": {"seed": None, "top_p": 0.5}})
    assert changed["settings"] == UNSET | {"system_prompt": "Be brief.", "top_p": 0.5}
    assert changed["name"] == "Brief"
    assert browser.patch(f"{PRESETS}/{preset['id']}", {"name": "Short"})["name"] == "Short"
    assert [each["name"] for each in browser.get(PRESETS)["presets"]] == ["Short"]
    assert browser.send("DELETE", f"{PRESETS}/{preset['id']}").status_code == 204
    assert browser.get(PRESETS) == {"presets": []}


def test_a_preset_may_leave_every_setting_to_the_server(browser: Browser) -> None:
    assert browser.post(PRESETS, {"name": "Plain"})["settings"] == UNSET


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": 1}, "name"),
        ({"name": "x", "settings": {"seed": "1"}}, "settings.seed"),
        ({"name": "x", "settings": []}, "settings.non_field_errors"),
        ({"name": "x", "user": 1}, "user"),
    ],
)
def test_an_invalid_preset_is_refused(browser: Browser, body: Any, field: str) -> None:
    assert next(iter(browser.refused("POST", PRESETS, body)["fields"])) in (field, field.split(".")[0])
    assert not Preset.objects.exists()


def test_names_are_unique_per_owner(browser: Browser) -> None:
    browser.post(PRESETS, {"name": "Brief"})
    other = browser.post(PRESETS, {"name": "Other"})
    taken = {"name": ["There is already a preset with this name."]}
    assert browser.refused("POST", PRESETS, {"name": "Brief"})["fields"] == taken
    assert browser.refused("PATCH", f"{PRESETS}/{other['id']}", {"name": "Brief"})["fields"] == taken
    assert Browser().post(PRESETS, {"name": "Brief"})["name"] == "Brief"
    assert [each["name"] for each in browser.get(PRESETS)["presets"]] == ["Brief", "Other"]


def test_the_number_of_presets_is_limited(browser: Browser) -> None:
    Preset.objects.bulk_create(Preset(name=str(number), **browser.owner.fields) for number in range(Preset.LIMIT))
    error = browser.refused("POST", PRESETS, {"name": "One more"})
    assert error["detail"] == "name: There are already 100, the limit. Remove one first."


def test_new_conversations_begin_with_the_default_preset_unless_they_bring_settings(browser: Browser) -> None:
    first, second = (
        browser.post(PRESETS, {"name": name, "default": True, "settings": {"model": "other", "temperature": heat}})
        for name, heat in (("Calm", 0.1), ("Wild", 1.5))
    )
    assert {each["name"]: each["default"] for each in browser.get(PRESETS)["presets"]} == {"Calm": False, "Wild": True}
    stranger = Browser()
    stranger.post(PRESETS, {"name": "Other", "default": True, "settings": {"seed": 5}})

    def begin(**fields: Any) -> dict[str, Any]:
        frame = {"conversation": uuid4(), "message": uuid4(), "parent": None, "text": "Why?"} | fields
        return settings_json(turns.send(browser.owner, frame).conversation)

    assert begin() == UNSET | {"model": "other", "temperature": 1.5}
    assert begin(settings={"seed": 7}) == UNSET | {"seed": 7}
    browser.patch(f"{PRESETS}/{second['id']}", {"default": False})
    assert begin() == UNSET
    assert browser.patch(f"{PRESETS}/{first['id']}", {"default": True})["default"] is True
