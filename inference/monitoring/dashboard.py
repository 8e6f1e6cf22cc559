"""The dashboard at /admin/dashboard/: what runs now, how it went, and why it is slow; pause, resume and retire.

No page shows users' texts: conversations are identified by digests, callers by their kind.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from inference.engine import Engine
from inference.engine.errors import EngineError
from inference.models import InferenceSettings
from inference.serving import service

from .diagnostics import Verdict, worst
from .evidence import checks_at_once, checks_now, engine_now
from .history_plots import HOUR, SPANS, course
from .workers import Now, running

log = logging.getLogger(__name__)

VIEW: Final = "inference.view_dashboard"
OPERATE: Final = "inference.operate_engine"

View = Callable[..., HttpResponse]


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the dashboard's pages in this site."""

    def page(route: str, view: Callable[..., HttpResponse], name: str, right: str = VIEW) -> URLPattern:
        return path(f"dashboard/{route}", site.admin_view(_for(right, site, view)), name=name)

    return [
        page("", now, "dashboard"),
        page("now/", now_part, "dashboard-now"),
        page("plots/", plots, "dashboard-plots"),
        page("slow/", slow, "dashboard-slow"),
        page("slow/now/", slow_part, "dashboard-slow-now"),
        page("pause/", pause, "engine-pause", OPERATE),
        page("resume/", resume, "engine-resume", OPERATE),
        page("retire/<path:worker>/", retire, "engine-retire", OPERATE),
        page("nodes/<str:node>/<str:command>/", node_command, "engine-node", OPERATE),
    ]


def _for(right: str, site: AdminSite, view: Callable[..., HttpResponse]) -> View:
    """Return the view, restricted to administrators with this permission, with the site's context."""

    @wraps(view)
    def guarded(request: HttpRequest, **parameters: Any) -> HttpResponse:
        if not request.user.has_perm(right):
            raise PermissionDenied
        return view(request, site, **parameters)

    return guarded


@require_safe
def now(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show what runs now."""
    return _page(request, site, "now", **_now(request))


@require_safe
def now_part(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Return the part that the page replaces every two seconds."""
    return TemplateResponse(request, "admin/dashboard/now_part.html", _now(request))


@require_safe
def plots(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the history `over` an hour, a day or a month."""
    over = SPANS.get(request.GET.get("over", ""), HOUR)
    return _page(request, site, "plots", course=course(over), spans=list(SPANS.values()))


@require_safe
def slow(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show why it is slow. Waits half a second without a recent reading."""
    return _page(request, site, "slow", **_slow())


@require_safe
def slow_part(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Return the part that the page replaces every five seconds."""
    return TemplateResponse(request, "admin/dashboard/slow_part.html", _slow())


@require_POST
def pause(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Pause the engine, once the administrator has confirmed it: a pause affects all callers."""
    if "confirmed" not in request.POST:
        return TemplateResponse(
            request, "admin/dashboard/pause.html", {**site.each_context(request), "title": "Pause the engine?"}
        )
    return _command(
        request, lambda engine: engine.pause(), "Paused: running answers finish, and requests wait until you resume."
    )


@require_POST
def resume(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Resume the engine."""
    return _command(request, lambda engine: engine.resume(), "Resumed: requests are answered again.")


@require_POST
def retire(request: HttpRequest, site: AdminSite, worker: str) -> HttpResponse:
    """End a worker. The engine replaces it where it needs one."""

    async def end() -> bool:
        engine = service.running_engine()
        return await engine.retire(worker) if engine else False

    try:
        at_once = async_to_sync(end)()
    except EngineError as error:
        messages.error(request, str(error))
        return redirect("admin:dashboard")
    message = f"Worker {worker} {'has ended' if at_once else 'ends after its answer'}, and is replaced if needed."
    return _done(request, message)


@require_POST
def node_command(request: HttpRequest, site: AdminSite, node: str, command: str) -> HttpResponse:
    """Pause, drain or resume one engine node."""
    commands: dict[str, tuple[Callable[[Engine], Awaitable[None]], str]] = {
        "pause": (lambda engine: engine.pause(node), "is paused: the requests that it has wait, others go elsewhere."),
        "drain": (lambda engine: engine.drain_node(node), "finishes its answers, and gets no further requests."),
        "resume": (lambda engine: engine.resume(node), "gets requests again."),
    }
    if command not in commands:
        raise Http404
    carry_out, result = commands[command]
    return _command(request, carry_out, f"Engine node {node} {result}")


def _command(request: HttpRequest, command: Callable[[Engine], Awaitable[None]], message: str) -> HttpResponse:
    """Carry out a command on the engine's loop, and show the result."""

    async def carry_out() -> bool:
        engine = service.running_engine()
        if engine:
            await command(engine)
        return engine is not None

    try:
        if not async_to_sync(carry_out)():
            messages.error(request, "No engine runs. It starts with the first request.")
            return redirect("admin:dashboard")
    except EngineError as error:
        messages.error(request, str(error))
        return redirect("admin:dashboard")
    return _done(request, message)


def _done(request: HttpRequest, message: str) -> HttpResponse:
    """Log the administrator's action; the engine records the event itself."""
    log.info("User %s: %s", request.user.pk, message)
    LogEntry.objects.create(
        user=request.user,  # type: ignore[misc]  # signed in, so a user
        content_type=ContentType.objects.get_for_model(InferenceSettings),
        object_repr="Engine",
        action_flag=CHANGE,
        change_message=message,
    )
    messages.success(request, message)
    return redirect("admin:dashboard")


def _page(request: HttpRequest, site: AdminSite, name: str, **context: Any) -> HttpResponse:
    shared = {**site.each_context(request), "title": "Dashboard", "tab": name}
    return TemplateResponse(request, f"admin/dashboard/{name}.html", shared | context)


def _now(request: HttpRequest) -> dict[str, Any]:
    status, models = engine_now()
    seen: Now | None = running(status, models) if status else None
    checks = checks_at_once(status, models)
    return {
        "health": service.health(),
        "refused": service.configuration_failure(),
        "following": service.following_settings(),
        "status": status,
        "now": seen,
        "measured": bool(checks),
        "worst": worst(checks),
        "may_operate": request.user.has_perm(OPERATE),
        "at": timezone.localtime(),
    }


def _slow() -> dict[str, Any]:
    checks, seconds = checks_now(*engine_now())
    return {
        "checks": checks,
        "findings": [check for check in checks if check.verdict <= Verdict.WATCH],
        "worst": worst(checks),
        "seconds": seconds,
        "at": timezone.localtime(),
    }
