"""Submit the account forms, and read their errors."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.test import Client

PASSWORD = "analytical engine 1843"  # noqa: S105


SIGN_UP, SIGN_IN, ACCOUNT = "/accounts/sign-up", "/accounts/sign-in", "/accounts/"


def sign_up(browser: Client, name: str = "grace", password: str = PASSWORD, **more: str) -> HttpResponse:
    return browser.post(SIGN_UP, {"username": name, "password": password} | more)


def sign_in(browser: Client, name: str = "ada", password: str = PASSWORD, **more: str) -> HttpResponse:
    return browser.post(SIGN_IN, {"username": name, "password": password} | more)


def signed_in(browser: Client) -> bool:
    return browser.get(ACCOUNT).status_code == 200


def errors_of(response: HttpResponse) -> dict[str, str]:
    """Return the errors of a form by field, connected as for screen readers: by `aria-describedby`."""
    page = response.content.decode()
    errors = {}
    for field in re.findall(r"<input [^>]*aria-invalid[^>]*>", page):
        ids = re.search(r'aria-describedby="([^"]*)"', field)
        assert ids
        assert all(f'id="{described}"' in page for described in ids[1].split())
        name = re.search(r'name="(\w+)"', field)
        text = re.search(rf'id="{ids[1].split()[-1]}"[^>]*>\s*<p>(.*?)</p>', page, re.DOTALL)
        assert name
        assert text
        errors[name[1]] = text[1]
    return errors
