"""The administration at /admin/: Django's admin as one site of ours, with its sections in an operator's order.

Who signs in does so on the one sign-in page. What Django's site has beside its pages of models (a sign-in of its own,
pages of apps) is left out.
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

MOST_COUNTED = 10_000  # rows of a list; beyond that it says "more than"


class Admin(AdminConfig):
    """Django's app, with our site as the one that everybody registers with."""

    default_site = "bitnetsite.admin_site.OperatorSite"


@dataclass(frozen=True, slots=True)
class Section:
    """A place in the navigation, and what can be done there."""

    name: str
    about: str
    url: str
    here: bool


class OperatorSite(AdminSite):
    site_title = site_header = "Administration"
    index_title = "Overview"
    enable_nav_sidebar = False
    final_catch_all_view = False
    LEFT_OUT: ClassVar = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., HttpResponseBase]:
        """Visitors are asked to sign in; who is signed in and no administrator is told so."""
        opened = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            from django.contrib.auth.views import redirect_to_login  # needs models too

            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            return opened(request, *args, **kwargs)

        return update_wrapper(guarded, view)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from inference.monitoring import dashboard  # needs models

        own = [url for url in super().get_urls() if getattr(url, "name", "") not in {*self.LEFT_OUT, "app_list"}]
        return [*dashboard.urls(self), *own]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """None: the sections say what there is."""
        return []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"sections": self.sections(request)}

    def sections(self, request: HttpRequest) -> list[Section]:
        """What this administrator may open."""
        told = []
        if request.user.has_perm("inference.view_dashboard"):  # type: ignore[union-attr]
            told.append(("Dashboard", "What runs now, how it went, and why it is slow", reverse("admin:dashboard")))
        for admin in sorted(self._registry.values(), key=lambda admin: getattr(admin, "order", 99)):
            if admin.has_view_permission(request):
                options = admin.opts
                name = getattr(admin, "section", "") or options.verbose_name_plural.capitalize()
                url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
                told.append((name, getattr(admin, "about", ""), url))
        return [Section(name, about, url, request.path.startswith(url)) for name, about, url in told]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """How the server does, what to see to, and what was changed last."""
        from inference.monitoring.overview import overview  # needs models, which this module comes before

        return super().index(request, {"overview": overview(request), **(extra_context or {})})


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST_COUNTED: however long the list is, its first page is there at once."""

    @cached_property
    def count(self) -> int:
        """At most one more than MOST_COUNTED, which means that there are more."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: MOST_COUNTED + 1].count()

    @property
    def more(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def counted(self) -> int:
        return min(self.count, MOST_COUNTED)


class OperatorAdmin(ModelAdmin):  # type: ignore[type-arg]
    """One section. `pages`: those of Django's that it has; `about`: a line in the overview."""

    section = ""
    about = ""
    order = 99
    pages: tuple[str, ...] = ("changelist", "change")
    note = ""  # what an operator should know who looks at the list
    empty = ""  # said where there is nothing
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
        """Of Django's scripts only what selects rows."""
        return Media(js=["admin/js/actions.js"])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"title": self.section, "note": self.note, "empty": self.empty}
        return super().changelist_view(request, context | (extra_context or {}))

    def confirm(
        self, request: HttpRequest, queryset: QuerySet[Any], *, title: str, said: str, button: str
    ) -> TemplateResponse:
        """A page that asks whether the action is meant; its answer is sent with `confirmed`."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "said": said,
            "button": button,
            "action": request.POST["action"],
            "across": request.POST.get("select_across", "0"),
            "chosen": request.POST.getlist("_selected_action"),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


class ReadOnlyAdmin(OperatorAdmin):
    """Rows that the server writes and people read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
