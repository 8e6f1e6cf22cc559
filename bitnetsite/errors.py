"""Errors outside the views: a page where a browser asks for one, `{"detail", "code"}` for everybody else.

The pages ask neither the database nor the session: they are what is left when those fail.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.template.loader import render_to_string

RETRY_AFTER = 5  # seconds until a database that was away is worth another try


@dataclass(frozen=True, slots=True)
class Page:
    """What is told to people: `said` in paragraphs, `command` to be typed, `again` where trying again may help."""

    title: str
    said: tuple[str, ...]
    command: str = ""
    again: bool = False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400, said so that it helps."""
    if isinstance(exception, DisallowedHost):
        return _host_not_allowed(request)
    page = Page("That could not be read", ("Something in the request is not as it should be. Nothing was changed.",))
    return _answer(request, 400, "bad_request", "The request could not be read.", page)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = Page("This is not open to you", ("You may need to sign in with another account. Nothing was changed.",))
    return _answer(request, 403, "forbidden", "This is not allowed.", page)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = f"There is nothing at {request.path}. The API is described at /docs/."
    page = Page(
        "There is nothing here",
        ("The address may have a typing error, or what was here was deleted, or belongs to somebody else.",),
    )
    return _answer(request, 404, "not_found", detail, page)


def server_error(request: HttpRequest) -> HttpResponse:
    """What a view raised and nobody expected; Django calls this while it handles the exception."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return _database_unavailable(request)
    detail = "The server made a mistake, which its log tells. The request can be tried again."
    page = Page(
        "The server made a mistake",
        ("What was saved is safe. Try again; if it happens every time, the server's log tells why.",),
        again=True,
    )
    return _answer(request, 500, "internal_error", detail, page)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What came lacks the token which proves that one of our pages sent it. `reason`: Django's, for programs."""
    detail = f"{reason} Send the value of the cookie csrftoken in the header X-CSRFToken.".strip()
    page = Page(
        "This form has grown old",
        (
            "Somebody signed in or out in this browser since it was opened, so it was not taken. Nothing was changed.",
            "Open the page again and send the form once more. If it happens every time, this browser keeps no "
            "cookies of this server: allow them, and try again.",
        ),
        again=True,
    )
    return _answer(request, 403, "csrf_failed", detail, page)


def _database_unavailable(request: HttpRequest) -> HttpResponse:
    page = Page(
        "The database does not answer",
        ("What was saved is safe, but cannot be read or changed right now. Try again in a moment.",),
        again=True,
    )
    detail = "The database does not answer. Nothing was changed; try again in a moment."
    response = _answer(request, 503, "database_unavailable", detail, page)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def too_many_attempts(request: HttpRequest, seconds: float) -> HttpResponse:
    """To a sign-in that is locked for so long."""
    minutes = max(1, math.ceil(seconds / 60))
    wait = f"{minutes} minute{'s' if minutes > 1 else ''}"
    detail = f"Signing in failed too often with this name, from this address. Try again in {wait}."
    page = Page(
        "Too many attempts",
        (
            "Signing in failed too often with this name. To keep others from guessing your password, no further "
            f"attempt from this address is looked at for {wait}.",
            "Other browsers in this network wait as well. Whoever runs the server can end the wait: "
            "manage.py axes_reset.",
        ),
    )
    response = _answer(request, 429, "too_many_attempts", detail, page)
    response["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def proxy_not_trusted(request: HttpRequest) -> HttpResponse:
    """With HTTPS=true, through a proxy whose word is not taken for it."""
    detail = (
        "A proxy says that this request came by https, but the server does not believe it. Add the proxy's address, "
        "which the server's log tells, to TRUSTED_PROXIES and start the server again."
    )
    page = Page(
        "The server does not believe its proxy",
        (
            "It is to be asked by https alone, and what stands before it says that you did, but it was not told to "
            "take that for true.",
            "Whoever runs the server finds the proxy's address in the log, and adds it to TRUSTED_PROXIES.",
        ),
    )
    return _answer(request, 400, "proxy_not_trusted", detail, page)


def _host_not_allowed(request: HttpRequest) -> HttpResponse:
    detail = (
        "This server does not answer to the host name in the request. Add it to ALLOWED_HOSTS "
        "(comma-separated; * for any) and start the server again."
    )
    host = split_domain_port(request.META.get("HTTP_HOST", ""))[0] or "the.name"
    page = Page(
        "The server does not know this address",
        (
            "It runs, but answers only to the addresses that it was told. Whoever runs it can add this one to "
            "ALLOWED_HOSTS, and start it again:",
        ),
        command=f"ALLOWED_HOSTS=localhost,127.0.0.1,{host} make run",
    )
    return _answer(request, 400, "host_not_allowed", detail, page)


def _answer(request: HttpRequest, status: int, code: str, detail: str, page: Page) -> HttpResponse:
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        again = request.path if page.again else ""
        content = render_to_string("error.html", {"page": page, "status": status, "again": again})
        return HttpResponse(content, status=status)
    return JsonResponse({"detail": detail, "code": code}, status=status)
