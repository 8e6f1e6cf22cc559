"""API keys in the administration: created and shown once, changed, revoked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from inference.models import ApiKey
from tests.inference.administration import KEYS, administrator, forbidden, seen, superuser, text

pytestmark = pytest.mark.django_db
FORM = {
    "owner": "bob",
    "name": "backup",
    "lifetime": "",
    "requests_per_minute": "",
    "tokens_per_day": "",
    "at_once": "",
}


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


def test_a_key_for_a_user_is_shown_once(bob: User) -> None:
    client = superuser()
    made = client.post(f"{KEYS}add/", FORM | {"lifetime": "30", "at_once": "2"})
    shown = re.search(r'value="(bnk_[^"]+)"', text(made))
    assert shown
    row = ApiKey.objects.known(shown[1])
    assert row
    assert (row.user, row.name, row.at_once, row.tokens_per_day) == (bob, "backup", 2, None)
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)  # type: ignore[operator]
    assert "no-store" in made["Cache-Control"]
    assert LogEntry.objects.get().user.username == "ada"
    secret = shown[1][13:]
    for page in (KEYS, f"{KEYS}{row.pk}/change/", f"{KEYS}{row.pk}/history/", "/admin/"):
        content = text(client.get(page))
        assert secret not in content
        assert row.digest not in content
    listed = seen(client.get(KEYS))
    for fact in (row.shown, "bob", "2 concurrent answers", "active", "not yet"):
        assert fact in listed


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"owner": "nobody"}, "There is no user"),
        ({"owner": ""}, "required"),
        ({"owner": "closed"}, "is disabled"),
        ({"name": ""}, "required"),
        ({"at_once": "0"}, "Enter a number from 1 to 1000000."),
        ({"lifetime": "9999"}, "valid choice"),
    ],
)
def test_errors_are_shown_and_no_key_is_created(bob: User, fields: dict[str, str], error: str) -> None:
    User.objects.create_user("closed", is_active=False)
    assert error in seen(superuser().post(f"{KEYS}add/", FORM | fields))
    assert not ApiKey.objects.exists()


def test_only_name_limits_and_expiry_can_be_changed(bob: User) -> None:
    row, _ = ApiKey.objects.issue(user=bob, name="backup")
    form = {"name": "nightly backup", "expires_at": "2031-05-06T07:08", "requests_per_minute": "5"}
    forged = {"prefix": "bnk_forged00", "digest": "0" * 64, "user": "1", "revoked_at": "", "owner": "ada"}
    assert superuser().post(f"{KEYS}{row.pk}/change/", form | forged).status_code == 302
    after = ApiKey.objects.get()
    assert (after.name, after.requests_per_minute) == ("nightly backup", 5)
    assert after.expires_at == datetime(2031, 5, 6, 7, 8, tzinfo=UTC)
    assert (after.prefix, after.digest, after.user) == (row.prefix, row.digest, bob)


def test_revoking_asks_first_and_is_logged(bob: User) -> None:
    row, _ = ApiKey.objects.issue(user=bob, name="backup")
    client = superuser()
    form = {"action": "revoke", "index": "0", "_selected_action": [row.pk]}
    assert "Revoke backup?" in seen(client.post(KEYS, form))
    assert ApiKey.objects.get().usable
    assert "Revoked: backup." in seen(client.post(KEYS, form | {"confirmed": "yes"}, follow=True))
    assert not ApiKey.objects.get().usable
    assert "Revoked." in seen(client.get(f"{KEYS}{row.pk}/history/"))
    assert "already revoked" in seen(client.post(KEYS, form, follow=True))
    assert client.get(f"{KEYS}{row.pk}/delete/").status_code == 404


def test_states_can_be_distinguished(bob: User) -> None:
    ApiKey.objects.issue(user=bob, name="in-use")
    ApiKey.objects.issue(user=bob, name="is-over", expires_at=timezone.now() - timedelta(days=1))
    ApiKey.objects.issue(user=bob, name="is-gone")[0].revoke()
    client = superuser()
    for state, name in (("usable", "in-use"), ("expired", "is-over"), ("revoked", "is-gone")):
        page = seen(client.get(KEYS, {"state": state}))
        assert [other for other in ("in-use", "is-over", "is-gone") if other in page] == [name]


def test_each_permission_allows_only_its_actions(bob: User) -> None:
    row, _ = ApiKey.objects.issue(user=bob, name="backup")
    reader = administrator("inference.view_apikey")
    assert 'value="revoke"' not in text(reader.get(KEYS))
    assert forbidden(reader.get(f"{KEYS}add/"))
    assert forbidden(reader.post(f"{KEYS}{row.pk}/change/", {"name": "mine"}))
    reader.post(KEYS, {"action": "revoke", "index": "0", "_selected_action": [row.pk], "confirmed": "yes"})
    assert ApiKey.objects.get().usable
