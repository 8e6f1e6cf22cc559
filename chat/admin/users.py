"""Users: their accounts, roles and permissions. Only superusers change them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from bitnetsite.admin_site import OperatorAdmin
from bitnetsite.admin_times import age_element, moment_element
from chat.accounts.user_forms import NewUserForm, UserForm
from chat.conversations.deletion import erase
from chat.models import Conversation, Preset, SavedPrompt
from inference.admin.filters import choice_filter
from inference.models import ApiKey

admin.site.unregister(Group)
admin.site.unregister(User)


class RoleFilter(choice_filter("role", "Role", [("admin", "Administrators"), ("user", "Users"), ("closed", "Closed")])):  # type: ignore[misc]
    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User] | None:
        match self.value():
            case "admin":
                return queryset.filter(is_staff=True)
            case "user":
                return queryset.filter(is_staff=False)
            case "closed":
                return queryset.filter(is_active=False)
        return None


@admin.register(User)
class UserAdmin(OperatorAdmin):
    section = "Users"
    about = "Accounts, and what administrators may do"
    order = 50
    pages = ("changelist", "add", "change", "delete", "history")
    list_display = ("username", "email", "role", "joined", "last_sign_in", "keys")
    list_filter = (RoleFilter,)
    search_fields = ("username", "email")
    search_help_text = "Name or address"
    ordering = ("username",)
    sortable_by = ()
    actions = None
    change_form_template = "admin/auth/user.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.annotate(key_count=Count("api_keys"))

    @admin.display(description="Role")
    def role(self, user: User) -> str:
        if not user.is_active:
            return "closed"
        if user.is_superuser:
            return "superuser"
        return "administrator" if user.is_staff else "user"

    @admin.display(description="Since")
    def joined(self, user: User) -> str:
        return moment_element(user.date_joined)

    @admin.display(description="Last sign-in")
    def last_sign_in(self, user: User) -> str:
        return age_element(user.last_login) if user.last_login else "never"

    @admin.display(description="API keys")
    def keys(self, user: Any) -> int:
        return int(user.key_count)

    @admin.display(description="Conversations")
    def conversations(self, user: User) -> int:
        return Conversation.objects.filter(user=user).not_deleted().count()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to let users delete their own account here: the account page does that, and asks for the password."""
        return self.has_add_permission(request) and obj != request.user

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{"form": UserForm if obj else NewUserForm} | kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        roles = {"fields": ("is_active", "is_staff", "is_superuser")}
        rights = {
            "fields": ("user_permissions",),
            "description": "For administrators. Superusers may do everything.",
        }
        if obj is None:
            return ((None, {"fields": ("username", "password")}), ("Role", roles), ("Rights", rights))
        facts = {"fields": ("joined", "last_sign_in", "keys", "conversations")}
        first = {"fields": ("username", "email", *(("password",) if self.has_change_permission(request) else ()))}
        if obj == request.user:  # a superuser must not lock themselves out
            note = "Only another superuser can change your own role and permissions."
            return ((None, first | {"description": note}), ("Facts", facts))
        return ((None, first), ("Role", roles), ("Rights", rights), ("Facts", facts))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("joined", "last_sign_in", "keys", "conversations") if obj else ()

    @method_decorator(sensitive_post_parameters("password"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Show counts instead of titles, which are private."""
        users = list(objs)
        counted = {
            "conversations": Conversation.objects.filter(user__in=users).count(),
            "presets": Preset.objects.filter(user__in=users).count(),
            "prompts": SavedPrompt.objects.filter(user__in=users).count(),
            "API keys": ApiKey.objects.filter(user__in=users).count(),
        }
        return [f"{count} {name}" for name, count in counted.items() if count], counted, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with transaction.atomic():
            erase(Conversation.objects.filter(user=obj))
            obj.delete()
