"""The administration at /admin/: Django's admin site, with sections in the order that operators need them.

Administrators use the site's common sign-in page. Django's own sign-in and its pages of apps are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, ClassVar

from django.contrib.admin import AdminSite, ModelAdmin, ShowFacets
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.functional import cached_property

# Sections without a database model: order, name, line in the overview, page, and permission.
PAGES = (
    (0, "Dashboard", "Live state, history, and diagnosis of slow answers", "dashboard", "inference.view_dashboard"),
    (15, "Models", "Models that are there, downloads, and the catalogue", "models", "inference.view_inferencesettings"),
)
MAX_COUNTED = 10_000  # rows of a list; beyond that it shows "more than"


class Admin(AdminConfig):
    """Django's app, with OperatorSite as the default site."""

    default_site = "bitnetsite.admin_site.OperatorSite"


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation. `current`: the requested page belongs to it."""

    name: str
    about: str
    url: str
    current: bool


class OperatorSite(AdminSite):
    site_title = site_header = "Administration"
    index_title = "Overview"
    enable_nav_sidebar = False
    final_catch_all_view = False
    LEFT_OUT: ClassVar = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Redirect visitors to the sign-in page; answer 403 to signed-in users who are no administrators."""
        checked: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            from django.contrib.auth.views import redirect_to_login  # imports models

            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            return checked(request, *args, **kwargs)

        return update_wrapper(guarded, view)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from inference.admin import models  # imports models, as the other
        from inference.monitoring import dashboard

        own = [url for url in super().get_urls() if getattr(url, "name", "") not in {*self.LEFT_OUT, "app_list"}]
        return [*dashboard.urls(self), *models.urls(self), *own]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return nothing: the sections replace Django's list of apps."""
        return []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"sections": self.sections(request)}

    def sections(self, request: HttpRequest) -> list[Section]:
        """Return the sections that this administrator may open."""
        entries = [
            (order, name, about, reverse(f"admin:{page}"))
            for order, name, about, page, right in PAGES
            if request.user.has_perm(right)
        ]
        for admin in self._registry.values():
            if admin.has_view_permission(request):
                options = admin.opts
                name = getattr(admin, "section", "") or str(options.verbose_name_plural).capitalize()
                url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
                entries.append((getattr(admin, "order", 99), name, getattr(admin, "about", ""), url))
        return [
            Section(name, about, url, request.path.startswith(url))
            for _, name, about, url in sorted(entries, key=lambda entry: entry[0])
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the server's health, warnings, and the latest changes."""
        from inference.monitoring.overview import overview  # imports models, which load after this module

        return super().index(request, {"overview": overview(request), **(extra_context or {})})


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """A paginator that counts at most MAX_COUNTED rows, so that the first page of a long list loads quickly."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or MAX_COUNTED + 1 if there are more."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: MAX_COUNTED + 1].count()

    @property
    def more(self) -> bool:
        return self.count > MAX_COUNTED

    @property
    def counted(self) -> int:
        return min(self.count, MAX_COUNTED)


class OperatorAdmin(ModelAdmin):  # type: ignore[type-arg]
    """One section of the administration.

    `pages` names Django's pages that it has. `about` is its line in the overview, `note` is shown above its list, and
    `empty` in place of an empty list.
    """

    section = ""
    about = ""
    order = 99
    pages: tuple[str, ...] = ("changelist", "change")
    note = ""
    empty = ""
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    view_on_site = False

    def get_urls(self) -> list[URLPattern]:
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [url for url in super().get_urls() if (url.name or "").removeprefix(prefix) in self.pages]

    @property
    def media(self) -> Media:
        """Return only Django's script that selects rows."""
        return Media(js=["admin/js/actions.js"])

    def get_paginator(self, request: HttpRequest, queryset: Any, *args: Any, **options: Any) -> Paginator[Any]:
        """Return the pages of a list. The newest changes of an object come first."""
        from django.contrib.admin.models import LogEntry  # models are not loaded when this module is

        if queryset.model is LogEntry:
            queryset = queryset.order_by("-action_time", "-pk")
        pages: Paginator[Any] = super().get_paginator(request, queryset, *args, **options)
        return pages

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"title": self.section, "note": self.note, "empty": self.empty}
        return super().changelist_view(request, context | (extra_context or {}))

    def confirm(
        self, request: HttpRequest, queryset: QuerySet[Any], *, title: str, text: str, button: str
    ) -> TemplateResponse:
        """Return a page that asks for confirmation; its form submits the action again with `confirmed`."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "text": text,
            "button": button,
            "action": request.POST["action"],
            "across": request.POST.get("select_across", "0"),
            "chosen": request.POST.getlist("_selected_action"),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


class ReadOnlyAdmin(OperatorAdmin):
    """Rows that only the server writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
