"""Rows and clients for the tests of the administration."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
from django.contrib.auth.models import Permission, User
from django.http import HttpResponseBase
from django.test import Client

from inference.models import GenerationRecord

HISTORY = "/admin/inference/generationrecord/"
SETTINGS = "/admin/inference/inferencesettings/"
KEYS = "/admin/inference/apikey/"


def administrator(*rights: str, name: str = "cleo") -> Client:
    """Return the client of an administrator with these permissions."""
    user = User.objects.create_user(name, is_staff=True)
    for right in rights:
        app, codename = right.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


def superuser(name: str = "ada") -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(name))
    return client


def generation(**fields: Any) -> GenerationRecord:
    """Create a row of the history, without texts."""
    values: dict[str, Any] = {
        "request_id": uuid.uuid4().hex,
        "source": "api",
        "model": "demo-bitnet",
        "model_name": "BitNet Demo",
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 64,
        "context_size": 2048,
        "seed": 7,
        "threads": 1,
        "worker": "412",
        "prompt_characters": 24,
        "answer_characters": 40,
        "prompt_tokens": 12,
        "reused_tokens": 0,
        "generated_tokens": 11,
        "reason": "stop",
        "queue": 0.2,
        "prompt_time": 0.5,
        "first_token": 0.1,
        "decode": 2.0,
    }
    return GenerationRecord.objects.create(**values | fields)


def text(response: Any) -> str:
    """Return the page; its status must be 200."""
    assert response.status_code == 200, response
    return str(response.content.decode())


def seen(response: Any) -> str:
    """Return the visible text of the page's content, with single spaces."""
    content = text(response).partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def forbidden(response: HttpResponseBase) -> bool:
    return response.status_code == 403


def sign_in(client: httpx.Client, name: str) -> None:
    """Sign in on a real server as a user of `tests.commands.user`."""
    page = client.get("/accounts/sign-in").text
    form = {"username": name, "password": "tangerine-boat-42", "csrfmiddlewaretoken": token(page)}
    assert client.post("/accounts/sign-in", data=form).status_code == 302


def token(page: str) -> str:
    """Return the CSRF token of a form on this page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]
