"""The history of generations: list, details, export, and reproduction."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst

from bitnetsite.admin_site import ReadOnlyAdmin
from bitnetsite.admin_times import moment, moment_element
from inference.engine import FinishReason
from inference.engine.speed import tokens_per_second
from inference.history import receipt, reproductions
from inference.history.export import csv_file, json_lines_file
from inference.history.reproduce import CannotReproduce, compare_records, original_request
from inference.models import ApiKey, GenerationRecord

from .filters import DayFilter, UserFilter, choice_filter, recent_filter

log = logging.getLogger(__name__)

REASONS: dict[str, str] = {
    FinishReason.STOP: "completed",
    FinishReason.LENGTH: "reached the token limit",
    FinishReason.CANCELLED: "cancelled",
    FinishReason.ERROR: "failed",
}
TEXTS = ("messages", "prompt", "answer")


@admin.register(GenerationRecord)
class GenerationAdmin(ReadOnlyAdmin):
    section = "History"
    about = "Every generation, with its size and duration; reproduce and export"
    order = 20
    empty = "No results. New generations appear within a second."
    list_display = ("time", "source", "who", "tokens", "speed", "first_text", "ending", "model_name")
    list_display_links = ("time",)
    list_filter = (
        DayFilter,
        choice_filter("source", "Source", GenerationRecord.Source.choices),
        choice_filter("reason", "Ending", [(str(reason), text.capitalize()) for reason, text in REASONS.items()]),
        recent_filter("model_name", "Model"),
        recent_filter("node", "Engine node"),
        UserFilter,
        recent_filter("key", "API key", related=True),
    )
    list_select_related = ("user", "key")
    search_fields = ("request_id",)
    search_help_text = "Request ID, name, or text"
    sortable_by = ()
    actions = ("erase",)
    change_list_template = "admin/inference/generations.html"

    @admin.display(description="Time")
    def time(self, record: GenerationRecord) -> str:
        return moment_element(record.at, seconds=True)

    @admin.display(description="By")
    def who(self, record: GenerationRecord) -> str:
        unknown = "visitor" if record.source == GenerationRecord.Source.CHAT else "–"
        return record.key.name if record.key else str(record.user or unknown)

    @admin.display(description="In, out")
    def tokens(self, record: GenerationRecord) -> str:
        counts = (record.prompt_tokens, record.generated_tokens)
        return ", ".join("–" if count is None else f"{count:,}" for count in counts)

    @admin.display(description="Tokens/s")
    def speed(self, record: GenerationRecord) -> str:
        speed = tokens_per_second((record.generated_tokens, record.decode))
        return "–" if speed is None else f"{speed:.1f}"

    @admin.display(description="First token")
    def first_text(self, record: GenerationRecord) -> str:
        seconds = receipt.time_to_first_token(record)
        return "–" if seconds is None else f"{seconds:.2f} s"

    @admin.display(description="Ending")
    def ending(self, record: GenerationRecord) -> str:
        return record.error_code or REASONS.get(record.reason, record.reason)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        csv = self.export("csv", "text/csv", csv_file)
        lines = self.export("jsonl", "application/jsonl", json_lines_file)
        return [
            path("export.csv", view(csv), name="history-csv"),
            path("export.jsonl", view(lines), name="history-jsonl"),
            path("<int:pk>/reproduce/", view(self.reproduce_view), name="reproduce"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GenerationRecord]:
        """Leave texts, which are most of a row, out of the list."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer(*TEXTS) if match and match.url_name == "inference_generationrecord_changelist" else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GenerationRecord], search_term: str
    ) -> tuple[QuerySet[GenerationRecord], bool]:
        """Search by the beginning of a request ID, by name, or in stored texts."""
        term = search_term.strip()
        if not term:
            return queryset, False
        ids = queryset.filter(request_id__startswith=term.lower())
        if len(term) >= 8 and ids.exists():
            return ids, False
        words = Q(user__username__icontains=term) | Q(key__name__icontains=term) | Q(key__prefix=term.rstrip("…"))
        texts = Q(answer__icontains=term) | Q(prompt__icontains=term)
        for written in {term, json.dumps(term)[1:-1]}:  # SQLite stores JSON as text
            texts |= Q(turns__icontains=written)
        return queryset.annotate(turns=Cast("messages", TextField())).filter(words | texts), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the details of one generation."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, "admin/inference/receipt.html", self._record(object_id))

    def reproduce_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST starts a reproduction; GET shows its progress and its result."""
        if not self.has_view_permission(request) or not self.may_reproduce(request):
            raise PermissionDenied
        record = self._record(pk)
        if request.method == "POST":
            try:
                # The task continues on the server's event loop.
                async_to_sync(reproductions.start)(record, request.user.pk)
            except CannotReproduce as error:
                messages.error(request, str(error))
                return redirect("admin:inference_generationrecord_change", record.pk)
            return redirect("admin:reproduce", record.pk)
        run = reproductions.latest_run(record.pk)
        if run is None:
            return redirect("admin:inference_generationrecord_change", record.pk)
        running = run.running  # read once: the run may end while the page is rendered
        comparison = None if running else run.comparison
        again = GenerationRecord.objects.filter(request_id=comparison.request_id).first() if comparison else None
        return self._page(
            request,
            "admin/inference/reproduce.html",
            record,
            run=run,
            running=running,
            again=again,
            comparison=comparison,
            sides=receipt.sides(comparison) if comparison else None,
        )

    def may_reproduce(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inference.reproduce_generationrecord"))

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.action(description="Delete permanently", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[GenerationRecord]) -> HttpResponse | None:
        keys = list(queryset.values_list("pk", flat=True))
        if "confirmed" not in request.POST:
            return self.confirm(
                request,
                queryset,
                title=f"Delete {_generations(len(keys))}?",
                text="This removes them from the history permanently. Conversations in the chat are not affected.",
                button="Delete",
            )
        for at in range(0, len(keys), 500):
            GenerationRecord.objects.filter(pk__in=keys[at : at + 500]).delete()
        log.info("%s deleted from the history by user %s.", _generations(len(keys)), request.user.pk)
        messages.success(request, f"{_generations(len(keys))} deleted.")
        return None

    def export(self, suffix: str, content_type: str, encode: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        """Return a view that downloads the filtered list, with all its pages."""

        def view(request: HttpRequest) -> HttpResponseBase:
            if not self.has_view_permission(request):
                raise PermissionDenied
            rows = self.get_changelist_instance(request).get_queryset(request)
            log.info("The history was exported by user %s.", request.user.pk)
            response = StreamingHttpResponse(encode(rows.select_related(None)), content_type=content_type)
            name = f"history-{timezone.now():%Y-%m-%d-%H%M}.{suffix}"
            response["Content-Disposition"] = f'attachment; filename="{name}"'
            return response

        return view

    def _record(self, key: Any) -> GenerationRecord:
        rows = GenerationRecord.objects.select_related("user", "key__user", "reproduces")
        try:
            record: GenerationRecord = rows.get(pk=int(key))
        except (ValueError, OverflowError, GenerationRecord.DoesNotExist):
            raise Http404 from None
        return record

    def _page(self, request: HttpRequest, template: str, record: GenerationRecord, **extra: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **self._facts(request, record), **extra}
        return TemplateResponse(request, template, context)

    def _facts(self, request: HttpRequest, record: GenerationRecord) -> dict[str, Any]:
        try:
            original_request(record)
            obstacle = ""
        except CannotReproduce as error:
            obstacle = str(error)
        first = record.reproduces
        both = first is not None and first.answer is not None and record.answer is not None
        comparison = compare_records(first, record) if first and both else None
        return {
            "title": f"{capfirst(record.get_source_display())}, {moment(record.at, seconds=True)}",
            "record": record,
            "original": record,
            "phases": receipt.phases(record),
            "sampling": receipt.other_sampling(record),
            "seconds": receipt.total_seconds(record),
            "speed": tokens_per_second((record.generated_tokens, record.decode)),
            "ending": REASONS.get(record.reason, record.reason),
            "kept": record.answer is not None,
            "obstacle": obstacle,
            "may_reproduce": self.may_reproduce(request),
            "reproductions": list(record.reproductions.order_by("-at").only("pk", "at", "answer")[:5]),
            "comparison": comparison,
            "sides": receipt.sides(comparison) if comparison else None,
            "user_url": _url(request, "auth_user", record.user_id, "auth.view_user"),
            "key_url": _url(request, "inference_apikey", record.key_id, "inference.view_apikey"),
            "key": record.key if isinstance(record.key, ApiKey) else None,
        }


def _url(request: HttpRequest, model: str, key: int | None, permission: str) -> str:
    may = key is not None and request.user.has_perm(permission)
    return reverse(f"admin:{model}_change", args=[key]) if may else ""


def _generations(count: int) -> str:
    return f"{count:,} generation{'' if count == 1 else 's'}"
