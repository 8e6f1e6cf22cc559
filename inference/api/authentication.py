"""Identifies the caller of the API: by API key, by session if REQUIRE_LOGIN is set, otherwise by client address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from bitnetsite.accounts.access import SIGN_IN_REQUIRED, may_enter
from bitnetsite.http.clients import network_of
from inference.keys.api_keys import KEY_START
from inference.models import ApiKey
from inference.serving.callers import Caller, Source

if TYPE_CHECKING:  # at run time, REST framework imports this module for its default classes
    from rest_framework.views import APIView

KEY_REQUIRED = "key_required"  # error codes
KEY_INVALID = "key_invalid"

# Lazy, as every URL in a constant: the paths are known once all modules are loaded, and have the path prefix.
KEY_REQUIRED_DETAIL = format_lazy(
    "This server's API requires a key: create one at {keys}, and send it in the header Authorization, as in "
    "`Authorization: Bearer bnk_…`, or in X-API-Key.",
    keys=reverse_lazy("keys"),
)
TWO_KEYS = "The headers X-API-Key and Authorization contain different keys. Send one of them."


class KeyAuthentication(authentication.BaseAuthentication):
    """`X-API-Key: KEY` or `Authorization: Bearer KEY`. Invalid keys are refused even if no key is required."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """Return the key's owner and the key; None if no key was sent. Raise AuthenticationFailed."""
        sent = sent_keys(request)
        if not sent:
            return None
        if len(sent) > 1:
            raise AuthenticationFailed(TWO_KEYS, KEY_INVALID)
        key = ApiKey.objects.known(sent.pop())
        if problem := _problem(key):
            raise AuthenticationFailed(problem, KEY_INVALID)
        assert key  # noqa: S101 – otherwise there is a problem
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Return the header WWW-Authenticate of a 401."""
        error = ', error="invalid_token"' if sent_keys(request) else ""
        return f'Bearer realm="BitNet"{error}'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session. Ignored, without a query, unless REQUIRE_LOGIN is set."""

    def authenticate(self, request: Request) -> tuple[object, None] | None:
        return super().authenticate(request) if settings.REQUIRE_LOGIN else None

    def enforce_csrf(self, request: Request) -> None:
        """Check Django's request: DRF's would read the whole body before authentication."""
        super().enforce_csrf(request._request)  # type: ignore[arg-type]  # any request will do

    def authenticate_header(self, request: Request) -> str:
        return "Session"  # with this header, DRF answers 401 instead of 403


class KeyWhereRequired(BasePermission):
    """Raise NotAuthenticated if REQUIRE_API_KEY is set and the request has no key."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.REQUIRE_API_KEY and key_of(request) is None:
            raise NotAuthenticated(KEY_REQUIRED_DETAIL, KEY_REQUIRED)
        return True


class SignedInWhereRequired(BasePermission):
    """Raise NotAuthenticated if REQUIRE_LOGIN is set and neither a key nor a session identifies a user."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.REQUIRE_LOGIN and (request.user is None or not may_enter(request.user)):
            raise NotAuthenticated(
                f"This server requires an account: create an API key at {reverse('keys')}, and send it as in "
                f"`Authorization: Bearer bnk_…`. Or sign in at {reverse('sign-in')}, and send the session cookie and "
                "the CSRF token (in the header X-CSRFToken).",
                SIGN_IN_REQUIRED,
            )
        return True


def key_of(request: Request) -> ApiKey | None:
    """Return the API key of an authenticated request; None if it has none."""
    return request.auth if isinstance(request.auth, ApiKey) else None


def caller_id(request: Request) -> str:
    """Return the caller's name for the engine and for limits: the key, else the user, else the address."""
    if key := key_of(request):
        return f"key:{key.pk}"
    if request.user is not None and request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{network_of(request) or ''}"


def caller_of(request: Request, source: Source) -> Caller:
    """Return the caller as the history records it. `source`: the protocol."""
    if key := key_of(request):
        return Caller(source, key_id=key.pk)
    signed_in = request.user is not None and request.user.is_authenticated
    return Caller(source, user_id=request.user.pk if signed_in else None)


def sent_keys(request: Request) -> set[str]:
    """Return the keys in the two headers, without those that count as none."""
    sent = {request.headers["X-API-Key"].strip()} if request.headers.get("X-API-Key") else set()
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":  # other schemes are for a proxy
        sent.add(bearer.strip())
    return {key for key in sent if key.startswith(KEY_START)} if _ignores_foreign_keys(request) else sent


def _ignores_foreign_keys(request: Request) -> bool:
    """Return whether a text that is no key of this server counts as none.

    Many clients of other servers cannot leave the key out. It counts where one is required.
    """
    forgiving = getattr(request.parser_context.get("view"), "ignores_foreign_keys", False)
    return forgiving and not (settings.REQUIRE_API_KEY or settings.REQUIRE_LOGIN)


def _problem(key: ApiKey | None) -> str:
    """Return why a key is invalid; empty if it is valid."""
    hint = f"Create a new one at {reverse('keys')}."
    if key is None:
        return f"This server does not know this API key. Check that it is complete. {hint}"
    if key.revoked_at:
        return f"The API key {key.shown} was revoked. {hint}"
    if key.expired:
        return f"The API key {key.shown} has expired. {hint}"
    if not key.user.is_active:
        return f"The account that the API key {key.shown} belongs to is disabled."
    return ""
