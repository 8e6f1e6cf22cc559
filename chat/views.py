"""The chat page, the frame of its diagrams, its manifest, and the server's status for it. See docs/chat.md."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from rest_framework.request import Request
from rest_framework.response import Response

from bitnetsite.accounts.access import page
from inference.serving import configuration

from .accounts.access import ChatView
from .accounts.owners import ensure_owner
from .accounts.sessions import renew
from .status import server_status

PAPER = "#fafbf9"  # the background of the light theme (static/tokens.css)

# Of pages that show diagrams: of this server, only the document of `diagram` can be in a frame.
WITH_DIAGRAMS: Final = {"frame-src": SELF}
# Mermaid styles what it draws by style sheets and attributes. Its document has no origin, and loads nothing else.
DIAGRAM_POLICY: Final = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF, UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-scripts"],
}


@csrf_exempt  # it takes no form, and another method is to be refused as such
@require_safe
@page
@csp_update(WITH_DIAGRAMS)
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


@csrf_exempt  # it takes no form
@require_safe
@xframe_options_sameorigin
@csp(DIAGRAM_POLICY)
def diagram(request: HttpRequest) -> HttpResponse:
    """Return the document in a diagram's frame, which draws what the page sends it. It has no data of its own."""
    response = render(request, "chat/diagram.html")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Return what a browser needs to install the page as an app. For everyone: browsers fetch it without a session."""
    name = configuration.current().page_name
    icons = [(192, "any", "app-192"), (512, "any", "app-512"), (512, "maskable", "app-maskable-512")]
    content = {
        "name": name,
        "short_name": name,
        "id": reverse("chat"),
        "start_url": reverse("chat"),
        "scope": reverse("chat"),
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {"src": static(f"icons/{file}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size, purpose, file in icons
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


class StatusView(ChatView):
    """The server's status, and the signed-in user. Does not wait for the engine."""

    def get(self, request: Request) -> Response:
        return Response(server_status() | {"user": request.user.get_username() or None})
