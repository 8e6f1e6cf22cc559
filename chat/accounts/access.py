"""Access to the page's own HTTP API: a session with an owner, and a CSRF token for every change."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, views
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import BasePermission
from rest_framework.request import Request, is_form_media_type
from rest_framework.response import Response

from bitnetsite.accounts.access import SIGN_IN_REQUIRED, may_enter
from bitnetsite.http.error_bodies import printable
from inference.api.negotiation import FirstRenderer

from .owners import Owner, owner_of


class SessionOwner(BaseAuthentication):
    """Sets `request.auth` to the owner of the session.

    DRF's session authentication checks the CSRF token for signed-in users only; this one does for visitors too.
    """

    def authenticate(self, request: Request) -> tuple[Any, Owner] | None:
        asked = request._request
        check = CSRFCheck(_no_response)
        check.process_request(asked)
        if problem := check.process_view(asked, _no_response, (), {}):
            detail = (
                f"The request was not made by the chat page: {printable(str(problem))} Reload the page and try again."
            )
            raise exceptions.PermissionDenied(detail, "csrf_failed")
        owner = owner_of(asked.user, asked.session)
        return (asked.user, owner) if owner else None

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme for a 401."""
        return "Session"


class HasOwner(BasePermission):
    """Requires a session with an owner; with REQUIRE_LOGIN, a signed-in user."""

    def has_permission(self, request: Request, view: views.APIView) -> bool:
        if not may_enter(request._request.user):
            raise exceptions.NotAuthenticated("Sign in to use this server's chat.", SIGN_IN_REQUIRED)
        if request.auth is None:
            raise exceptions.NotAuthenticated("There is no session. Open the chat page and try again.", "no_session")
        return True


@extend_schema(exclude=True)
class ChatView(views.APIView):
    """A view of the page's own API. It is not part of the public API, and so not in the schema."""

    authentication_classes = (SessionOwner,)
    permission_classes = (HasOwner,)
    throttle_classes = ()  # rate limits belong to API keys, and the page has none
    content_negotiation_class = FirstRenderer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse forms before the CSRF check would parse them: no view here accepts one."""
        if is_form_media_type(request.content_type):
            raise exceptions.UnsupportedMediaType(request.content_type)
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"  # the next user of this browser must not find it in the cache
        return response


def owner(request: Request) -> Owner:
    """Return the owner that `SessionOwner` found."""
    found = request.auth
    assert isinstance(found, Owner)  # noqa: S101 – `HasOwner` has checked it
    return found


def _no_response(request: HttpRequest) -> HttpResponse:
    """Stand for the view, which the CSRF check does not call."""
    return HttpResponse()
