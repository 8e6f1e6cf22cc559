"""Share links: their owner's API, and the page that their readers see."""

from __future__ import annotations

from typing import Final

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from bitnetsite.http.clients import network_of
from chat.accounts.access import ChatView, owner
from chat.conversations.serializers import validated
from chat.conversations.views import find
from chat.models import Share
from chat.views import WITH_DIAGRAMS
from inference.api.limits import windows
from inference.api.limits.policy import Limit
from inference.api.requests.fields import StrictSerializer
from inference.serving import configuration

from .snapshots import share, share_json, shares_of

VIEWS_PER_MINUTE: Final = 60  # of an address: nobody reads faster, and guessing stays hopeless


class ShareFields(StrictSerializer):
    conversation = serializers.UUIDField()


class SharesView(ChatView):
    def get(self, request: Request) -> Response:
        rows = shares_of(owner(request)).defer("messages").order_by("-created_at")
        return Response({"shares": [share_json(each, _path(each)) for each in rows]})

    def post(self, request: Request) -> Response:
        conversation = find(request, validated(ShareFields, request.data)["conversation"])
        made = share(conversation, owner(request))
        return Response(share_json(made, _path(made)), status=status.HTTP_201_CREATED)


class ShareView(ChatView):
    def delete(self, request: Request, token: str) -> Response:
        deleted, _ = shares_of(owner(request)).filter(token=token).delete()
        if not deleted:
            raise NotFound("There is no such link. It may have been withdrawn already.")
        return Response(status=status.HTTP_204_NO_CONTENT)


@csrf_exempt  # it takes no form
@require_safe
@csp_update(WITH_DIAGRAMS)  # type: ignore[arg-type]  # it takes any view
@gzip_page
def shared_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return what a link shows, to anybody who has it; without public share links, to signed-in users only."""
    if not configuration.current().public_share_links and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    usage = windows.consume(Limit("This address", f"share:{network_of(request)}", VIEWS_PER_MINUTE, 60), 1)
    if usage.remaining < 0:
        text = "Too many links were opened from this address. Try again in a minute."
        return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
    found = Share.objects.live().filter(token=token).first()
    if found is None:
        raise Http404("There is no such link. Its owner may have withdrawn it.")
    response = render(request, "chat/shared.html", {"share": found})
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    response["Cache-Control"] = "no-store"  # it can be withdrawn at any time
    return response


def _path(row: Share) -> str:
    return reverse("shared", args=[row.token])
