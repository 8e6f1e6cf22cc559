"""The administration of people: accounts and permissions, conversations by size, locked names."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from chat.accounts.user_forms import RIGHTS
from chat.models import Conversation, Message
from inference.models import ApiKey
from tests.inference.administration import administrator, forbidden, seen, superuser, text

pytestmark = pytest.mark.django_db
USERS = "/admin/auth/user/"
CONVERSATIONS = "/admin/chat/conversation/"
SIGN_INS = "/admin/axes/accessattempt/"
PASSWORD = "tangerine-boat-42"  # noqa: S105 – for tests
FORM = {"username": "dora", "password": PASSWORD, "is_active": "on"}


def test_a_superuser_creates_accounts() -> None:
    client = superuser()
    right = Permission.objects.get(codename="view_generationrecord")
    form = FORM | {"is_staff": "on", "user_permissions": [right.pk]}
    assert client.post(f"{USERS}add/", form).status_code == 302
    dora = User.objects.get(username="dora")
    assert dora.check_password(PASSWORD)
    assert (dora.is_staff, dora.is_superuser, dora.is_active) == (True, False, True)
    assert dora.has_perm("inference.view_generationrecord")
    assert Client().post("/accounts/sign-in", {"username": "dora", "password": PASSWORD}).status_code == 302
    listed = seen(client.get(USERS))
    assert "dora" in listed
    assert "administrator" in listed


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"username": "ADA"}, "This name is taken"),
        ({"username": "a b"}, "valid username"),
        ({"password": "short"}, "too short"),
        ({"password": ""}, "required"),
        ({"password": "dora-dora-dora", "username": "dora-dora-dora"}, "too similar"),
    ],
)
def test_an_invalid_account_shows_its_error(fields: dict[str, str], error: str) -> None:
    assert error in seen(superuser().post(f"{USERS}add/", FORM | fields))
    assert User.objects.count() == 1


def test_a_password_changes_only_if_one_is_entered_and_is_never_shown() -> None:
    client = superuser()
    bob = User.objects.create_user("bob", password=PASSWORD)
    page = f"{USERS}{bob.pk}/change/"
    content = text(client.get(page))
    assert bob.password not in content
    assert "argon2" not in content
    form = {"username": "bob", "email": "bob@example.org", "password": "", "is_active": "on"}
    assert client.post(page, form).status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert bob.email == "bob@example.org"
    client.post(page, form | {"password": "another-boat-43"})
    bob.refresh_from_db()
    assert bob.check_password("another-boat-43")


def test_a_closed_account_and_a_superuser() -> None:
    client = superuser()
    bob = User.objects.create_user("bob", password=PASSWORD)
    page = f"{USERS}{bob.pk}/change/"
    client.post(page, {"username": "bob", "is_superuser": "on"})
    bob.refresh_from_db()
    assert (bob.is_active, bob.is_staff, bob.is_superuser) == (False, True, True)
    assert "closed" in seen(client.get(USERS))


def test_only_superusers_change_accounts() -> None:
    everything = [f"auth.{right}_user" for right in ("view", "add", "change", "delete")]
    client = administrator(*everything)
    cleo = User.objects.get(username="cleo")
    page = f"{USERS}{cleo.pk}/change/"
    assert 'name="_save"' not in text(client.get(page))
    assert forbidden(client.post(page, {"username": "cleo", "is_superuser": "on"}))
    assert forbidden(client.get(f"{USERS}add/"))
    assert forbidden(client.get(f"{USERS}{cleo.pk}/delete/"))
    cleo.refresh_from_db()
    assert not cleo.is_superuser


def test_a_superuser_cannot_lock_themselves_out() -> None:
    client = superuser()
    ada = User.objects.get()
    page = f"{USERS}{ada.pk}/change/"
    assert 'name="is_superuser"' not in text(client.get(page))
    assert client.post(page, {"username": "ada", "email": "ada@example.org", "password": ""}).status_code == 302
    ada.refresh_from_db()
    assert (ada.is_active, ada.is_superuser, ada.email) == (True, True, "ada@example.org")
    assert forbidden(client.post(f"{USERS}{ada.pk}/delete/", {"post": "yes"}))
    assert User.objects.exists()


def test_every_offered_permission_exists() -> None:
    page = text(superuser().get(f"{USERS}add/"))
    known = {f"{right.content_type.app_label}.{right.codename}" for right in Permission.objects.all()}
    assert set(RIGHTS) <= known
    for name in RIGHTS.values():
        assert name.replace("'", "&#x27;") in page


def conversation(**owner: Any) -> Conversation:
    row = Conversation.objects.create(title="The secret plan", **owner)
    Message.objects.create(conversation=row, role="user", text="Attack at dawn")
    Message.objects.create(conversation=row, role="assistant", text="Understood")
    return row


def test_deleting_an_account_shows_counts_and_no_titles() -> None:
    client = superuser()
    bob = User.objects.create_user("bob")
    conversation(user=bob)
    ApiKey.objects.issue(user=bob, name="backup")
    page = f"{USERS}{bob.pk}/delete/"
    content = text(client.get(page))
    assert "1 conversations" in content or "1 conversation" in content
    assert "secret" not in content
    assert "dawn" not in content
    assert User.objects.filter(username="bob").exists()
    assert client.post(page, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="bob").exists()
    assert not Conversation.objects.exists()
    assert not ApiKey.objects.exists()


def test_conversations_are_listed_by_size_only() -> None:
    client = superuser()
    conversation(user=User.objects.get())
    conversation(visitor=uuid.uuid4())
    content = text(client.get(CONVERSATIONS))
    for word in ("secret", "dawn", "Understood"):
        assert word not in content
        assert "secret" not in text(client.get(CONVERSATIONS, {"q": word}))
    page = seen(client.get(CONVERSATIONS))
    assert page.count(" 2 24 ") == 2
    assert " user 2 24 " in seen(client.get(CONVERSATIONS, {"owner": "user"}))
    assert " visitor 2 24 " not in seen(client.get(CONVERSATIONS, {"owner": "user"}))
    for at in (f"{Conversation.objects.all()[0].pk}/change/", f"{Conversation.objects.all()[0].pk}/"):
        assert client.get(f"{CONVERSATIONS}{at}").status_code == 404


def test_deleting_conversations_needs_a_confirmation_and_shows_no_titles() -> None:
    mine, other = conversation(visitor=uuid.uuid4()), conversation(visitor=uuid.uuid4())
    form = {"action": "erase", "index": "0", "_selected_action": [mine.pk]}
    reader = administrator("chat.view_conversation")
    reader.post(CONVERSATIONS, form | {"confirmed": "yes"})
    assert Conversation.objects.count() == 2
    client = administrator("chat.view_conversation", "chat.delete_conversation", name="both")
    asked = text(client.post(CONVERSATIONS, form))
    assert "Delete 1 conversation?" in asked
    assert "secret" not in asked
    done = text(client.post(CONVERSATIONS, form | {"confirmed": "yes"}, follow=True))
    assert "1 conversation deleted." in done
    assert "secret" not in done
    assert list(Conversation.objects.all()) == [other]


def attempt(name: str, failures: int) -> AccessAttempt:
    return AccessAttempt.objects.create(
        username=name,
        ip_address="192.0.2.1",
        user_agent="a",
        failures_since_start=failures,
        http_accept="",
        path_info="/accounts/sign-in",
        attempt_time=timezone.now(),
    )


def test_a_locked_name_can_be_unlocked() -> None:
    User.objects.create_user("bob", password=PASSWORD)
    visitor = Client(REMOTE_ADDR="192.0.2.1")
    wrong, right = {"username": "bob", "password": "no"}, {"username": "bob", "password": PASSWORD}
    for _ in range(10):
        visitor.post("/accounts/sign-in", wrong)
    assert visitor.post("/accounts/sign-in", right).status_code == 429
    client = administrator("axes.view_accessattempt", "axes.delete_accessattempt")
    assert "locked until" in seen(client.get(SIGN_INS))
    form = {"action": "unlock", "index": "0", "_selected_action": [AccessAttempt.objects.get().pk]}
    assert "Unlocked: bob from 192.0.2.1." in seen(client.post(SIGN_INS, form, follow=True))
    assert visitor.post("/accounts/sign-in", right).status_code == 302


def test_viewing_failures_does_not_allow_unlocking() -> None:
    row = attempt("bob", 12)
    client = administrator("axes.view_accessattempt")
    assert "Unlock" not in text(client.get(SIGN_INS))
    client.post(SIGN_INS, {"action": "unlock", "index": "0", "_selected_action": [row.pk]})
    assert AccessAttempt.objects.exists()
