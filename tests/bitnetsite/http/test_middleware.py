"""Middleware on the event loop does what Django's does."""

from importlib import import_module

import httpx
import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from bitnetsite.http.handler import Handler
from bitnetsite.http.middleware import ON_EVENT_LOOP


def test_the_settings_name_djangos_classes_and_the_handler_loads_ours():
    for name, ours in ON_EVENT_LOOP.items():
        assert name in settings.MIDDLEWARE
        assert issubclass(import_string(ours), import_string(name))
    before = list(settings.MIDDLEWARE)
    Handler()
    assert before == settings.MIDDLEWARE


@pytest.mark.django_db(transaction=True)
async def test_headers_and_csrf_protection_apply():
    transport = httpx.ASGITransport(app=Handler())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        page = await client.get("/accounts/sign-in")
        assert page.status_code == 200
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        form = {"username": "ada", "password": "wrong"}
        assert (await client.post("/accounts/sign-in", data=form)).status_code == 403
        form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        assert (await client.post("/accounts/sign-in", data=form)).status_code == 200


async def test_middleware_starts_no_thread(monkeypatch):
    seen: list[str] = []
    middleware = import_module("django.utils.deprecation")
    real = middleware.sync_to_async
    monkeypatch.setattr(
        middleware, "sync_to_async", lambda function, **kwargs: seen.append(repr(function)) or real(function, **kwargs)
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=Handler()), base_url="http://localhost") as client:
        assert (await client.get("/health/live")).status_code == 200
    assert seen == []
