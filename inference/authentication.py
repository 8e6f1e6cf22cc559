"""Who may use the API: anybody, or with REQUIRE_LOGIN only a signed-in user whose page sends the CSRF token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework import authentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from bitnetsite.access import SIGN_IN_REQUIRED, may_enter

if TYPE_CHECKING:  # importing it here would be a circle: its classes have these as their defaults
    from rest_framework.views import APIView


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session. Where anybody may use the API it is not looked at, which costs no query."""

    def authenticate(self, request: Request) -> tuple[object, None] | None:
        return super().authenticate(request) if settings.REQUIRE_LOGIN else None

    def authenticate_header(self, request: Request) -> str:
        return "Session"  # with one, DRF answers 401 and not 403


class SignedInWhereRequired(BasePermission):
    """Raises NotAuthenticated where REQUIRE_LOGIN asks for a user and there is none."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.REQUIRE_LOGIN and (request.user is None or not may_enter(request.user)):
            raise NotAuthenticated(
                "This server answers only to users who are signed in: sign in at /accounts/sign-in, and send "
                "the session's cookie and its CSRF token (in the header X-CSRFToken).",
                code=SIGN_IN_REQUIRED,
            )
        return True
