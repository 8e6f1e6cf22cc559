"""Fixtures of the tests of accounts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.chat.accounts.forms import PASSWORD


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    """A browser that has opened the chat page."""
    browser = Client()
    assert browser.get("/").status_code == 200
    return browser
