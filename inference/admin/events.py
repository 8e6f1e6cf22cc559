"""Engine events: starts, crashes, configuration changes."""

from __future__ import annotations

from django.contrib import admin

from bitnetsite.admin_site import ReadOnlyAdmin
from bitnetsite.admin_times import moment_element
from inference.models import EngineEvent

from .filters import DayFilter, choice_filter


@admin.register(EngineEvent)
class EventAdmin(ReadOnlyAdmin):
    section = "Events"
    about = "Engine starts, crashes, and configuration changes"
    order = 30
    pages = ("changelist",)
    empty = "No events yet."
    list_display = ("time", "kind", "detail")
    list_display_links = None
    list_filter = (DayFilter, choice_filter("kind", "Kind", [(kind.value, kind.label) for kind in EngineEvent.Kind]))
    search_fields = ("detail",)
    sortable_by = ()
    actions = None
    search_help_text = "Text of the event"

    @admin.display(description="Time")
    def time(self, event: EngineEvent) -> str:
        return moment_element(event.at, seconds=True)
