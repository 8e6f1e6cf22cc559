"""Fixtures of the tests of answers."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chat.accounts.owners import Owner


@pytest.fixture
def owner() -> Owner:
    return Owner(visitor=uuid4())
