"""List filters whose choices need no count of all rows: fixed ones, or those of the newest rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

NEWEST = 2_000  # rows whose models, users and keys are choices
DAYS = 7


class DayFilter(SimpleListFilter):
    """One day, in the server's time zone. The URL accepts any date, as in `?day=2026-11-23`."""

    title = "Day"
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        today = timezone.localdate()
        names = {today: "Today", today - timedelta(days=1): "Yesterday"}
        days = [today - timedelta(days=ago) for ago in range(DAYS)]
        if (chosen := self._chosen()) and chosen not in days:
            days.append(chosen)
        return [(day.isoformat(), names.get(day, f"{day:%A}, {day:%Y-%m-%d}")) for day in days]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if not self.value():
            return None
        day = self._chosen()
        return queryset.on_day(day) if day else queryset.none()  # type: ignore[attr-defined]

    def _chosen(self) -> date | None:
        try:
            return date.fromisoformat(self.value() or "")
        except ValueError:
            return None


def choice_filter(field: str, name: str, choices: Sequence[tuple[str, str]]) -> type[SimpleListFilter]:
    """Filter by a field with few values."""

    class ChoiceFilter(SimpleListFilter):
        title = name
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
            return choices

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
            return queryset.filter(**{field: self.value()}) if self.value() else None

    return ChoiceFilter


def recent_filter(field: str, name: str, *, related: bool = False) -> type[SimpleListFilter]:
    """Filter by a field, with the values of the newest rows. `related`: a foreign key, shown by name."""

    class RecentFilter(SimpleListFilter):
        title = name
        parameter_name = field

        def newest(self, rows: QuerySet[Any]) -> Iterable[Any]:
            return rows.values_list(field, flat=True)

        def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
            rows = model_admin.model.objects.order_by("-at")[:NEWEST]
            values = {str(value) for value in self.newest(rows) if value is not None}
            if chosen := self.value():
                values.add(chosen)
            if not related:
                return sorted((value, value) for value in values if value)
            target = model_admin.model._meta.get_field(field).related_model
            keys = [int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 19]
            named = target._default_manager.filter(pk__in=keys)
            return sorted(((str(row.pk), str(row)) for row in named), key=lambda each: each[1].casefold())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
            value = self.value()
            if not value:
                return None
            if related and value not in {key for key, _ in self.lookup_choices}:
                return queryset.none()
            return queryset.filter(**{field: value})

    return RecentFilter


class UserFilter(recent_filter("user", "User", related=True)):  # type: ignore[misc]
    """Filter by user, including requests with the user's API keys."""

    def newest(self, rows: QuerySet[Any]) -> set[Any]:
        return {user for pair in rows.values_list("user", "key__user") for user in pair}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if not (value := self.value()):
            return None
        known = value in {key for key, _ in self.lookup_choices}
        return queryset.of_user(int(value)) if known else queryset.none()  # type: ignore[attr-defined]
