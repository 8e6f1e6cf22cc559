"""The first administrator, created from the environment."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

PASSWORD = "tangerine-boat-42"  # noqa: S105


def test_the_first_administrator_is_created_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SUPERUSER_USERNAME", raising=False)
    call_command("first_administrator")
    assert not User.objects.exists()
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "ada")
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD"):
        call_command("first_administrator")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("first_administrator", stdout=StringIO())
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "eve")
    call_command("first_administrator")
    administrator = User.objects.get()
    assert (administrator.username, administrator.is_superuser) == ("ada", True)
    assert administrator.check_password(PASSWORD)


def test_an_existing_user_does_not_become_administrator(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("ada")
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "ada")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="another name"):
        call_command("first_administrator")
