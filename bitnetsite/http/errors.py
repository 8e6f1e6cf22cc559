"""Errors outside the views: a page for browsers, JSON for every other client.

The pages use neither the database nor the session, so that they can be shown when those fail.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.template.loader import render_to_string
from django.urls import reverse

from .error_bodies import error_body, printable, protocol_body

RETRY_AFTER = 5  # seconds, while the database is unavailable
MAX_REASON_CHARS = 300  # of Django's, which quote the request


@dataclass(frozen=True, slots=True)
class Page:
    """The content of an error page. `command` is shown to be copied; `retry` offers to open the page again."""

    title: str
    paragraphs: tuple[str, ...]
    command: str = ""
    retry: bool = False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if isinstance(exception, DisallowedHost):
        return _host_not_allowed(request)
    page = Page("Bad request", ("The server could not read this request. Nothing was changed.",))
    return _response(request, 400, "bad_request", "The request could not be read.", page)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    page = Page("You do not have access", ("You may need to sign in with another account. Nothing was changed.",))
    return _response(request, 403, "forbidden", "This is not allowed.", page)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    detail = f"Nothing was found at {printable(request.path)}. The API is described at {reverse('docs')}."
    page = Page(
        "Page not found",
        ("The address may be misspelled, or what was here was deleted or belongs to another account.",),
    )
    return _response(request, 404, "not_found", detail, page)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is being handled."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return _database_unavailable(request)
    detail = "Internal error; see the server log. You can retry the request."
    page = Page(
        "Internal error",
        ("Your saved data is safe. Try again; if the error persists, the server log has the details.",),
        retry=True,
    )
    return _response(request, 500, "internal_error", detail, page)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a request without a valid CSRF token. `reason` is Django's, for API clients."""
    value = f"Send the value of the cookie {settings.CSRF_COOKIE_NAME} in the header X-CSRFToken."
    detail = f"{printable(reason, MAX_REASON_CHARS)} {value}".strip()
    page = Page(
        "This form has expired",
        (
            "The form was opened before the last sign-in or sign-out in this browser, so it was refused. Nothing was "
            "changed.",
            "Open the page again and resubmit the form. If this keeps happening, the browser does not store cookies "
            "from this server: allow them, then try again.",
        ),
        retry=True,
    )
    return _response(request, 403, "csrf_failed", detail, page)


def _database_unavailable(request: HttpRequest) -> HttpResponse:
    page = Page(
        "The database is unavailable",
        ("Your saved data is safe, but cannot be read or changed at the moment. Try again shortly.",),
        retry=True,
    )
    detail = "The database is unavailable. Nothing was changed; try again shortly."
    response = _response(request, 503, "database_unavailable", detail, page)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def too_many_attempts(request: HttpRequest, seconds: float) -> HttpResponse:
    """Answer a sign-in with a name that is locked for `seconds`."""
    minutes = max(1, math.ceil(seconds / 60))
    wait = f"{minutes} minute{'s' if minutes > 1 else ''}"
    detail = f"Too many failed sign-ins with this user name from this address. Try again in {wait}."
    page = Page(
        "Too many attempts",
        (
            "There were too many failed sign-ins with this user name. To protect the account, further attempts from "
            f"this address are refused for {wait}.",
            "This applies to every browser in this network. The server's operator can unlock the name with "
            "manage.py axes_reset.",
        ),
    )
    response = _response(request, 429, "too_many_attempts", detail, page)
    response["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def proxy_not_trusted(request: HttpRequest) -> HttpResponse:
    """Answer a request through an untrusted proxy, with HTTPS=true."""
    detail = (
        "A proxy reports that this request came by https, but the proxy is not trusted. Add its address, which is in "
        "the server log, to TRUSTED_PROXIES and restart the server."
    )
    page = Page(
        "The proxy is not trusted",
        (
            "The server accepts only https. A proxy reports that this request came by https, but the server does not "
            "trust that proxy.",
            "The server's operator can find the proxy's address in the server log and add it to TRUSTED_PROXIES.",
        ),
    )
    return _response(request, 400, "proxy_not_trusted", detail, page)


def _host_not_allowed(request: HttpRequest) -> HttpResponse:
    detail = (
        "This server does not accept requests for this host name. Add it to ALLOWED_HOSTS (comma-separated; * for "
        "any) and restart the server."
    )
    host = split_domain_port(request.META.get("HTTP_HOST", ""))[0] or "the.name"
    page = Page(
        "This host name is not allowed",
        (
            "The server is running, but accepts requests only for configured host names. Its operator can add this "
            "one to ALLOWED_HOSTS and restart it:",
        ),
        command=f"ALLOWED_HOSTS=localhost,127.0.0.1,{printable(host)} make run",
    )
    return _response(request, 400, "host_not_allowed", detail, page)


def _response(request: HttpRequest, status: int, code: str, detail: str, page: Page) -> HttpResponse:
    path, preferred = request.path_info, request.get_preferred_type(["application/json", "text/html"])
    if preferred == "text/html" and not protocol_body(path):
        retry_url = request.path if page.retry else ""
        content = render_to_string("error.html", {"page": page, "status": status, "retry_url": retry_url})
        return HttpResponse(content, status=status)
    return JsonResponse(error_body(path, status, detail, code), status=status)
