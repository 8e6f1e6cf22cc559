"""Failed sign-ins: the names that are locked out, and their release before the wait is over."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from bitnetsite.admin_site import ReadOnlyAdmin
from bitnetsite.admin_times import moment, moment_element


@admin.register(AccessAttempt)
class SignInAdmin(ReadOnlyAdmin):
    section = "Failed sign-ins"
    about = "Names that are locked for an address, and their release"
    order = 70
    pages = ("changelist",)
    empty = "No failed sign-ins."
    note = (
        f"After {settings.AXES_FAILURE_LIMIT} failures from one address, a name is locked for that address, for "
        f"{settings.AXES_COOLOFF_TIME.seconds // 60} minutes. A sign-in that succeeds clears its row."
    )
    list_display = ("name", "address", "failures", "last", "state", "browser")
    list_display_links = None
    search_fields = ("username", "ip_address")
    search_help_text = "Name or address"
    ordering = ("-attempt_time",)
    sortable_by = ()
    actions = ("unlock",)

    @admin.display(description="Name")
    def name(self, attempt: AccessAttempt) -> str:
        return attempt.username or "none"

    @admin.display(description="Address")
    def address(self, attempt: AccessAttempt) -> str:
        return attempt.ip_address or "unknown"

    @admin.display(description="Failures")
    def failures(self, attempt: AccessAttempt) -> int:
        return int(attempt.failures_since_start)

    @admin.display(description="Last attempt")
    def last(self, attempt: AccessAttempt) -> str:
        return moment_element(attempt.attempt_time, seconds=True)

    @admin.display(description="State")
    def state(self, attempt: AccessAttempt) -> str:
        until = attempt.attempt_time + settings.AXES_COOLOFF_TIME
        if attempt.failures_since_start < settings.AXES_FAILURE_LIMIT or until <= timezone.now():
            return "open"
        return f"locked until {moment(until)}"

    @admin.display(description="Browser")
    def browser(self, attempt: AccessAttempt) -> str:
        return str(attempt.user_agent[:60])

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("axes.delete_accessattempt"))

    @admin.action(description="Unlock", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        names = sorted({f"{attempt.username} from {attempt.ip_address}" for attempt in queryset})
        for attempt in list(queryset):  # a name and an address have a row for each browser
            AccessAttempt.objects.filter(username=attempt.username, ip_address=attempt.ip_address).delete()
        messages.success(request, f"Unlocked: {', '.join(names)}.")
