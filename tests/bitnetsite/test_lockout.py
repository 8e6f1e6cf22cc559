"""Sign-ins that fail too often, and how passwords are stored."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Sum
from django.test import AsyncClient, Client, RequestFactory

from bitnetsite.http.clients import network_of

PASSWORD = "tangerine-boat-42"  # noqa: S105


@pytest.mark.promise(29)
def test_ten_wrong_passwords_lock_the_name_for_the_address(db: None, settings: Any) -> None:
    User.objects.create_user("ada", password=PASSWORD)
    User.objects.create_user("bob", password=PASSWORD)
    browser = Client(headers={"accept": "text/html"})

    def attempt(name: str, password: str, address: str = "192.0.2.1") -> Any:
        return browser.post("/accounts/sign-in", {"username": name, "password": password}, REMOTE_ADDR=address)

    names = ("ada", "Ada", "ADA", "ada", "aDa", "ada", "ada", "ada", "ada")
    assert all(attempt(name, "wrong").status_code == 200 for name in names)
    assert attempt("ada", "wrong").status_code == 429
    locked = attempt("ada", PASSWORD)
    assert locked.status_code == 429
    assert "15 minutes" in locked.content.decode()
    assert 800 < int(locked["retry-after"]) <= 900
    assert attempt("ada", PASSWORD, "192.0.2.2").status_code == 302  # the same user from another address
    browser.logout()
    assert attempt("bob", PASSWORD).status_code == 302  # another user from the same address
    browser.logout()
    settings.AXES_COOLOFF_TIME = timedelta(seconds=0)
    assert attempt("ada", PASSWORD).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_concurrent_attempts_are_checked_one_by_one() -> None:
    """Otherwise one password per connection could be tried before the first failure counts."""
    User.objects.create_user("ada", password=PASSWORD)

    def attempt(password: str) -> int:
        try:
            form = {"username": "ada", "password": password}
            return Client(headers={"accept": "text/html"}).post("/accounts/sign-in", form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(attempt, [f"wrong {number}" for number in range(30)]))
    assert Counter(statuses) == {200: 9, 429: 21}
    assert AccessAttempt.objects.aggregate(Sum("failures_since_start")) == {"failures_since_start__sum": 10}
    assert attempt(PASSWORD) == 429


def test_all_addresses_of_an_ipv6_network_are_one_caller(db: None) -> None:
    networks = {
        "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
        "2001:db8:1:2::9": "2001:db8:1:2::",
        "2001:db8:1:3::9": "2001:db8:1:3::",
        "fe80::1%eth0": "fe80::",
        "::ffff:192.0.2.1": "192.0.2.1",
        "192.0.2.1": "192.0.2.1",
        "unknown": None,
        "": None,
    }
    for address, network in networks.items():
        assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network
    User.objects.create_user("ada", password=PASSWORD)
    for host in range(10):
        form = {"username": "ada", "password": "wrong"}
        answer = Client().post("/accounts/sign-in", form, REMOTE_ADDR=f"2001:db8::{host:x}")
    assert answer.status_code == 429


async def test_a_locked_sign_in_is_answered_under_asgi_too(transactional_db: None) -> None:
    browser = AsyncClient()
    for _ in range(10):
        answer = await browser.post("/accounts/sign-in", {"username": "ada", "password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")


def test_a_success_resets_the_failures(db: None) -> None:
    User.objects.create_user("ada", password=PASSWORD)
    for _ in range(2):
        browser = Client()
        for _ in range(9):
            assert browser.post("/accounts/sign-in", {"username": "ada", "password": "wrong"}).status_code == 200
        assert browser.post("/accounts/sign-in", {"username": "ada", "password": PASSWORD}).status_code == 302


def test_failed_passwords_are_not_stored(db: None) -> None:
    Client().post("/accounts/sign-in", {"username": "ada", "password": "my-real-password"})
    kept = AccessAttempt.objects.values().get()
    assert "my-real-password" not in str(kept)


def test_passwords_are_hashed_with_argon2(db: None) -> None:
    ada = User.objects.create_user("ada", password=PASSWORD)
    assert ada.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert ada.check_password(PASSWORD)
    assert not ada.check_password(PASSWORD + "x")
