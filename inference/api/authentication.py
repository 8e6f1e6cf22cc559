"""Who asks the API: the owner of an API key, with REQUIRE_LOGIN also a signed-in user, else somebody at an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from bitnetsite.accounts.access import SIGN_IN_REQUIRED, may_enter
from bitnetsite.http.clients import network_of
from inference.models import ApiKey
from inference.serving.callers import Caller

if TYPE_CHECKING:  # importing it here would be a circle: its classes have these as their defaults
    from rest_framework.views import APIView

KEY_REQUIRED = "key_required"  # codes of errors
KEY_INVALID = "key_invalid"


class KeyAuthentication(authentication.BaseAuthentication):
    """`X-API-Key: KEY` or `Authorization: Bearer KEY`. A key that is not good is refused, also where none is needed."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """The key's owner, and the key; None where no key is sent. Raises AuthenticationFailed."""
        sent = _sent_key(request)
        if sent is None:
            return None
        key = ApiKey.objects.known(sent)
        if problem := _problem(key):
            raise AuthenticationFailed(problem, KEY_INVALID)
        assert key  # noqa: S101 – else there is a problem
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """How to do it better, in a 401."""
        error = ', error="invalid_token"' if _sent_key(request) is not None else ""
        return f'Bearer realm="BitNet"{error}'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session. Where anybody may use the API it is not looked at, which costs no query."""

    def authenticate(self, request: Request) -> tuple[object, None] | None:
        return super().authenticate(request) if settings.REQUIRE_LOGIN else None

    def enforce_csrf(self, request: Request) -> None:
        """Hands the check Django's request: DRF's own would read the whole body before anybody is known."""
        super().enforce_csrf(request._request)

    def authenticate_header(self, request: Request) -> str:
        return "Session"  # with one, DRF answers 401 and not 403


class KeyWhereRequired(BasePermission):
    """Raises NotAuthenticated where REQUIRE_API_KEY asks for a key and there is none."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.REQUIRE_API_KEY and key_of(request) is None:
            raise NotAuthenticated(
                "This server's API asks for a key: make one at /accounts/keys, and send it in the header "
                "Authorization, as in `Authorization: Bearer bnk_…`, or in X-API-Key.",
                KEY_REQUIRED,
            )
        return True


class SignedInWhereRequired(BasePermission):
    """Raises NotAuthenticated where REQUIRE_LOGIN asks for a user and there is none, by key or session."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.REQUIRE_LOGIN and (request.user is None or not may_enter(request.user)):
            raise NotAuthenticated(
                "This server answers only to its users: make an API key at /accounts/keys, and send it as in "
                "`Authorization: Bearer bnk_…`. Or sign in at /accounts/sign-in, and send the session's cookie and its "
                "CSRF token (in the header X-CSRFToken).",
                SIGN_IN_REQUIRED,
            )
        return True


def key_of(request: Request) -> ApiKey | None:
    """The key that came with an authenticated request."""
    return request.auth if isinstance(request.successful_authenticator, KeyAuthentication) else None


def owner_of(request: Request) -> str:
    """Names whoever asks to the engine and to the limits: the key, else the user, else the address."""
    if key := key_of(request):
        return f"key:{key.pk}"
    if request.user is not None and request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{network_of(request) or ''}"


def caller_of(request: Request) -> Caller:
    """Whoever asks, as history knows them."""
    if key := key_of(request):
        return Caller("api", key_id=key.pk)
    signed_in = request.user is not None and request.user.is_authenticated
    return Caller("api", user_id=request.user.pk if signed_in else None)


def _sent_key(request: Request) -> str | None:
    if key := request.headers.get("X-API-Key"):
        return key.strip()
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None  # others are meant for a proxy


def _problem(key: ApiKey | None) -> str:
    """What keeps a key from being good, if anything."""
    better = "Make another at /accounts/keys."
    if key is None:
        return f"This server does not know this API key. Check that all of it was sent, or: {better}"
    if key.revoked_at:
        return f"The API key {key.shown} was revoked. {better}"
    if key.expired:
        return f"The API key {key.shown} has expired. {better}"
    if not key.user.is_active:
        return f"The account that the API key {key.shown} belongs to was closed by whoever runs this server."
    return ""
