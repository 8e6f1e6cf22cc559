"""Who may ask the page's own API: whoever holds a session, with the page's token for everything that changes."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, views
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import BasePermission
from rest_framework.request import Request, is_form_media_type

from bitnetsite.accounts.access import SIGN_IN_REQUIRED, may_enter
from inference.api.negotiation import FirstRenderer

from .owners import Owner, owner_of


class SessionOwner(BaseAuthentication):
    """`request.auth` is the owner of this session.

    DRF's own session authentication asks only signed-in users for the CSRF token; a visitor's conversations deserve it
    as well.
    """

    def authenticate(self, request: Request) -> tuple[Any, Owner] | None:
        asked = request._request
        check = CSRFCheck(lambda request: None)
        check.process_request(asked)
        if problem := check.process_view(asked, None, (), {}):
            detail = f"The request was not made by the chat page: {problem} Reload the page and try again."
            raise exceptions.PermissionDenied(detail, "csrf_failed")
        owner = owner_of(asked.user, asked.session)
        return (asked.user, owner) if owner else None

    def authenticate_header(self, request: Request) -> str:
        """Names the scheme in a 401."""
        return "Session"


class HoldsSession(BasePermission):
    """Somebody whose conversations can be found; with REQUIRE_LOGIN, somebody who is signed in."""

    def has_permission(self, request: Request, view: views.APIView) -> bool:
        if not may_enter(request._request.user):
            raise exceptions.NotAuthenticated("Sign in to use this server's chat.", SIGN_IN_REQUIRED)
        if request.auth is None:
            raise exceptions.NotAuthenticated("There is no session. Open the chat page and try again.", "no_session")
        return True


@extend_schema(exclude=True)
class ChatView(views.APIView):
    """A view of the page's own API. It is not the API that others build on, and so not in its description."""

    authentication_classes = (SessionOwner,)
    permission_classes = (HoldsSession,)
    throttle_classes = ()  # limits are of keys, and the page has none
    content_negotiation_class = FirstRenderer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses forms before anybody looks for a CSRF token in them: nothing here takes one."""
        if is_form_media_type(request.content_type):
            raise exceptions.UnsupportedMediaType(request.content_type)
        super().initial(request, *args, **kwargs)

    def finalize_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().finalize_response(*args, **kwargs)
        response["Cache-Control"] = "no-store"  # other people may use this browser, and this cache, after
        return response


def owner(request: Request) -> Owner:
    """The owner that `SessionOwner` found."""
    found = request.auth
    assert isinstance(found, Owner)  # noqa: S101 – else the permission has refused
    return found
