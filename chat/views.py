"""The chat page, and the server's status for it. See docs/chat.md."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from rest_framework.request import Request
from rest_framework.response import Response

from bitnetsite.accounts.access import page

from .accounts.access import ChatView
from .accounts.owners import ensure_owner
from .accounts.sessions import renew
from .status import server_status


@csrf_exempt  # it takes no form, and another method is to be refused as such
@require_safe
@page
@ensure_csrf_cookie
@gzip_page
def chat_page(request: HttpRequest, conversation: UUID | None = None) -> HttpResponse:
    """Return the chat page. One document serves all conversations: its script reads the address."""
    if request.method != "HEAD":  # a probe, which would leave a session behind each time
        ensure_owner(request.user, request.session)
        renew(request.session)
    response = render(request, "chat/page.html")
    response["Cache-Control"] = "no-cache"
    return response


class StatusView(ChatView):
    """The server's status, and the signed-in user. Does not wait for the engine."""

    def get(self, request: Request) -> Response:
        return Response(server_status() | {"user": request.user.get_username() or None})
