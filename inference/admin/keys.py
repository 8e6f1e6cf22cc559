"""All API keys: create, change limits, revoke. Never shows a hash; shows a new key once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from bitnetsite.admin_site import OperatorAdmin
from bitnetsite.admin_times import age_element, moment_element
from inference.keys.api_keys import digest_of, new_key, prefix_of
from inference.keys.operator_forms import LIMITS, KeyForm, NewKeyForm
from inference.models import ApiKey

from .filters import choice_filter

STATES = [("usable", "Active"), ("expired", "Expired"), ("revoked", "Revoked")]


class StateFilter(choice_filter("state", "State", STATES)):  # type: ignore[misc]
    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey] | None:
        now = timezone.now()
        usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
        states = {
            "usable": usable,
            "expired": Q(revoked_at=None, expires_at__lte=now),
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(states[self.value()]) if self.value() in states else None


@admin.register(ApiKey)
class KeyAdmin(OperatorAdmin):
    section = "API keys"
    about = "Keys of all users, with their limits and expiry"
    order = 40
    pages = ("changelist", "add", "change", "history")
    empty = "No API keys yet. Users create them on their account page; you can create one for a user here."
    list_display = ("name", "prefix_shown", "user", "created", "expires", "used", "limits", "state")
    list_filter = (StateFilter,)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    search_help_text = "Name, beginning of the key, or owner"
    sortable_by = ()
    actions = ("revoke",)
    change_form_template = "admin/inference/key.html"

    @admin.display(description="Key")
    def prefix_shown(self, key: ApiKey) -> str:
        return key.shown

    @admin.display(description="Created")
    def created(self, key: ApiKey) -> str:
        return moment_element(key.created_at)

    @admin.display(description="Expires")
    def expires(self, key: ApiKey) -> str:
        return moment_element(key.expires_at) if key.expires_at else "never"

    @admin.display(description="Last used")
    def used(self, key: ApiKey) -> str:
        return age_element(key.last_used_at) if key.last_used_at else "not yet"

    @admin.display(description="Limits")
    def limits(self, key: ApiKey) -> str:
        return key.limits_in_words or "none"

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        return "expired" if key.expired else "active"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{"form": KeyForm if obj else NewKeyForm} | kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        limits = ("Limits", {"fields": LIMITS, "description": "Empty: only the server's general limits apply."})
        if obj is None:
            return ((None, {"fields": ("owner", "name", "lifetime")}), limits)
        facts = {"fields": ("prefix_shown", "user", "created", "used", "state")}
        return ((None, {"fields": ("name", "expires_at")}), limits, ("Facts", facts))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("prefix_shown", "user", "created", "used", "state") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: keys are revoked, and their rows stay for the history."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm[Any], change: bool) -> None:
        if not change:
            key = new_key()
            obj.prefix, obj.digest = prefix_of(key) or "", digest_of(key)
            request.made_key = key  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, in this response only."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "New API key",
            "key_row": obj,
            "key": request.made_key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/inference/key_made.html", context)

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        keys = list(queryset.filter(revoked_at=None))
        names = ", ".join(key.name for key in keys)
        if keys and "confirmed" not in request.POST:
            return self.confirm(
                request,
                queryset,
                title=f"Revoke {names}?",
                text="Requests with "
                + ("this key" if len(keys) == 1 else "these keys")
                + " will be refused. This cannot be undone.",
                button="Revoke",
            )
        for key in keys:
            key.revoke()
            self.log_change(request, key, "Revoked.")
        messages.success(request, f"Revoked: {names}." if keys else "These keys are already revoked.")
        return None
