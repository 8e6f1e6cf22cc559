"""Fixtures of the tests of export and import."""

from __future__ import annotations

import pytest

from tests.chat.browser import Browser


@pytest.fixture
def browser() -> Browser:
    return Browser()
