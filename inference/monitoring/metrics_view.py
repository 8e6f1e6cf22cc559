"""`GET /metrics`: for clients on this machine, and for others with METRICS_TOKEN."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from bitnetsite.env import env

from .metrics import exposition

PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
CLOSED = (
    "Metrics are only served to this machine. Scrape them from here, or set METRICS_TOKEN and send it as "
    "Authorization: Bearer …"
)


@csrf_exempt  # it changes nothing, and another method is to be refused as such
@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Return all metrics in Prometheus' format. Async, because the engine's state is read on its own loop."""
    if not (_of_this_machine(request) or _has_token(request)):
        return JsonResponse({"detail": CLOSED, "code": "metrics_closed"}, status=403)
    body, content_type = exposition(request.headers.get("Accept", ""))
    return HttpResponse(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _of_this_machine(request: HttpRequest) -> bool:
    """Return whether the peer is on this machine and is not a proxy for another client."""
    if any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a socket file
        return False
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def _has_token(request: HttpRequest) -> bool:
    token = env("METRICS_TOKEN")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
