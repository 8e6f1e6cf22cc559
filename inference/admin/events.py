"""What happened to the engine: starts, deaths of processes, changes of its configuration."""

from __future__ import annotations

from django.contrib import admin

from bitnetsite.admin_site import ReadOnlyAdmin

from ..models import EngineEvent
from .filters import DayFilter, choice_filter


@admin.register(EngineEvent)
class EventAdmin(ReadOnlyAdmin):
    section = "Events"
    about = "Starts of the engine, deaths of its processes, changes of its configuration"
    order = 30
    pages = ("changelist",)
    empty = "Nothing has happened yet."
    list_display = ("at", "kind", "detail")
    list_display_links = None
    list_filter = (DayFilter, choice_filter("kind", "Kind", [(kind.value, kind.label) for kind in EngineEvent.Kind]))
    search_fields = ("detail",)
    sortable_by = ()
    actions = None
