"""The page of the operator's settings. Changes are in force at once, and logged with who made them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from bitnetsite.admin_site import OperatorAdmin
from inference.models import InferenceSettings
from inference.monitoring.overview import warnings
from inference.serving import service

from .settings_form import ENGINE_FIELDS, GROUPS, SettingsForm, changes, label


@admin.register(InferenceSettings)
class SettingsAdmin(OperatorAdmin):
    section = "Settings"
    about = "Defaults, limits, model, history, and chat page"
    order = 10
    pages = ()
    form = SettingsForm
    change_form_template = "admin/inference/settings.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("", view(self.settings_view), name=f"{name}_changelist"),
            path("history/", view(self.log_view), name=f"{name}_history"),
        ]

    def settings_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, in place of a list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        InferenceSettings.objects.get_or_create(pk=1)
        context = {
            "title": self.section,
            "warnings": warnings(),
            "following": service.following_settings(),
            "health": service.health(),
        }
        return self.changeform_view(request, "1", extra_context=context)

    def log_view(self, request: HttpRequest) -> HttpResponse:
        """Show who changed what, and when."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        InferenceSettings.objects.get_or_create(pk=1)
        return self.history_view(request, "1", {"title": "Settings history"})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Fold the sections that leave everything at the server defaults, and say what is in them."""
        return tuple(
            (name, {"fields": fields, "description": text, "classes": ("foldable", *_folded(request, obj, fields))})
            for name, text, fields in GROUPS
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        request.settings_before = InferenceSettings.objects.filter(pk=1).first()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def construct_change_message(  # type: ignore[override]  # a text, which the log accepts as well
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        """Return one line per change, with the old and the new value."""
        before = getattr(request, "settings_before", None)
        return "\n".join(changes(before, form.instance)) or "Nothing was changed."

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_change(request, obj, message) if message != "Nothing was changed." else None

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Show the form again, with the changes that are in force and those that the engine is following."""
        before = getattr(request, "settings_before", None)
        lines = changes(before, obj)
        engine = {label(name) for name in ENGINE_FIELDS}
        later = [line for line in lines if line.partition(":")[0] in engine]
        now = [line for line in lines if line not in later]
        if now:
            messages.success(request, f"Saved and in force. {'; '.join(now)}.")
        if later:
            messages.success(request, f"Saved. The processes are being replaced one by one. {'; '.join(later)}.")
        if not lines:
            messages.info(request, "Nothing was changed.")
        return redirect(request.path)


def _folded(request: HttpRequest, obj: Any, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return Django's class of a folded section if none of these fields has a value, sent or stored."""
    sent = request.POST
    changed = any(any(sent.getlist(name)) if sent else getattr(obj, name, None) not in (None, "") for name in fields)
    return () if changed else ("collapse",)
