"""The page of the models on a server with engine nodes: what they have, and where that is managed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from inference.monitoring.node_models import machines_and_models, models_of_nodes

ELSEWHERE = "The models of this server are files of its engine nodes. Add and delete them there."


@require_safe
def models(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the models of the nodes."""
    context = {**site.each_context(request), "title": "Models", **_lists()}
    return TemplateResponse(request, "admin/models/nodes.html", context)


@require_safe
def part(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Return the part that the page replaces every two seconds."""
    return TemplateResponse(request, "admin/models/nodes_part.html", _lists())


@require_POST
def refuse(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Change nothing: the files are not here."""
    messages.error(request, ELSEWHERE)
    return redirect("admin:models")


def _lists() -> dict[str, Any]:
    machines, served = machines_and_models()
    rows = models_of_nodes(machines, served)
    return {"rows": rows, "default": served[0].id if served else "", "machines": machines, "at": timezone.localtime()}
