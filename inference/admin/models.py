"""The section of the models at /admin/models/: its pages, and who may open them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from bitnetsite.env import env

from .permissions import CHANGE_MODELS, VIEW_MODELS


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the pages in this site."""

    def page(route: str, view: str, name: str, right: str = CHANGE_MODELS) -> URLPattern:
        def guarded(request: HttpRequest, **parameters: Any) -> HttpResponse:
            if not request.user.has_perm(right):
                raise PermissionDenied
            if env("ENGINE_URL"):
                from . import node_models

                called = getattr(node_models, view, node_models.refuse)
            else:
                from . import model_views  # the client of the hub takes 0.3 s to import

                called = getattr(model_views, view)
            response: HttpResponse = called(request, site, **parameters)
            return response

        return path(f"models/{route}", site.admin_view(guarded), name=name)

    return [
        page("", "models", "models", VIEW_MODELS),
        page("part/", "part", "models-part", VIEW_MODELS),
        page("fetch/", "fetch", "models-fetch"),
        page("cancel/", "cancel", "models-cancel"),
        page("discard/", "discard", "models-discard"),
        page("dismiss/", "dismiss", "models-dismiss"),
        page("offer/", "offer", "models-offer"),
        page("withdraw/", "withdraw", "models-withdraw"),
        page("delete/", "delete", "models-delete"),
    ]
