"""Fixtures of the tests of conversations."""

from __future__ import annotations

import pytest

from tests.chat.browser import Browser


@pytest.fixture
def browser() -> Browser:
    return Browser()
