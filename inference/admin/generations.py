"""The history: what was asked, by whom, how long it took, and whether it comes out the same again."""

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
from inference.engine import FinishReason
from inference.history import receipt, reproductions
from inference.history.export import csv_file, json_lines_file
from inference.history.reproduce import CannotReplay, compared, request_of
from inference.models import ApiKey, GenerationRecord

from .filters import DayFilter, UserFilter, choice_filter, recent_filter

log = logging.getLogger(__name__)

REASONS = {
    FinishReason.STOP: "ended by itself",
    FinishReason.LENGTH: "cut by length",
    FinishReason.CANCELLED: "cancelled",
    FinishReason.ERROR: "failed",
}
TEXTS = ("messages", "prompt", "answer")


@admin.register(GenerationRecord)
class GenerationAdmin(ReadOnlyAdmin):
    section = "History"
    about = "Every generation: who, how much, how long; receipts, replays, export"
    order = 20
    empty = "No generation yet, or none that fits. Ask something, and it is here within a second."
    list_display = ("time", "source", "who", "tokens", "speed", "first_text", "ending", "model")
    list_display_links = ("time",)
    list_filter = (
        DayFilter,
        choice_filter("source", "Source", GenerationRecord.Source.choices),
        choice_filter("reason", "Ending", [(str(reason), told.capitalize()) for reason, told in REASONS.items()]),
        recent_filter("model", "Model"),
        UserFilter,
        recent_filter("key", "API key", related=True),
    )
    list_select_related = ("user", "key")
    search_fields = ("request_id",)
    search_help_text = "Request id, name, or words"
    sortable_by = ()
    actions = ("erase",)
    change_list_template = "admin/inference/generations.html"

    @admin.display(description="Time")
    def time(self, record: GenerationRecord) -> str:
        return f"{timezone.localtime(record.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="By")
    def who(self, record: GenerationRecord) -> str:
        nobody = "visitor" if record.source == GenerationRecord.Source.CHAT else "–"
        return record.key.name if record.key else str(record.user or nobody)

    @admin.display(description="In, out")
    def tokens(self, record: GenerationRecord) -> str:
        told = (record.prompt_tokens, record.generated_tokens)
        return ", ".join("–" if count is None else f"{count:,}" for count in told)

    @admin.display(description="Tokens/s")
    def speed(self, record: GenerationRecord) -> str:
        speed = receipt.speed_of(record)
        return "–" if speed is None else f"{speed:.1f}"

    @admin.display(description="First token")
    def first_text(self, record: GenerationRecord) -> str:
        seconds = receipt.first_text_of(record)
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
            path("<int:pk>/replay/", view(self.replay_view), name="replay"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GenerationRecord]:
        """A list has no use for texts, which are most of a row."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer(*TEXTS) if match and match.url_name == "inference_generationrecord_changelist" else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GenerationRecord], search_term: str
    ) -> tuple[QuerySet[GenerationRecord], bool]:
        """By the beginning of a request id, a name, or what the kept texts say."""
        term = search_term.strip()
        if not term:
            return queryset, False
        ids = queryset.filter(request_id__startswith=term.lower())
        if len(term) >= 8 and ids.exists():
            return ids, False
        words = Q(user__username__icontains=term) | Q(key__name__icontains=term) | Q(key__prefix=term.rstrip("…"))
        texts = Q(answer__icontains=term) | Q(prompt__icontains=term)
        for written in {term, json.dumps(term)[1:-1]}:  # SQLite keeps JSON as it is written
            texts |= Q(turns__icontains=written)
        return queryset.annotate(turns=Cast("messages", TextField())).filter(words | texts), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The receipt."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, "admin/inference/receipt.html", self._record(object_id))

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST begins it; the page says how far it is, and what came of it."""
        if not self.has_view_permission(request) or not self.may_replay(request):
            raise PermissionDenied
        record = self._record(pk)
        if request.method == "POST":
            try:
                async_to_sync(reproductions.begin)(record, request.user.pk)  # its task lives on in the server's loop
            except CannotReplay as error:
                messages.error(request, str(error))
                return redirect("admin:inference_generationrecord_change", record.pk)
            return redirect("admin:replay", record.pk)
        run = reproductions.run_of(record.pk)
        if run is None:
            return redirect("admin:inference_generationrecord_change", record.pk)
        running = run.running  # asked once: it may end while the page is made
        done = None if running else run.replay
        again = GenerationRecord.objects.filter(request_id=done.request_id).first() if done else None
        return self._page(
            request,
            "admin/inference/replay.html",
            record,
            run=run,
            running=running,
            again=again,
            replay=done,
            sides=receipt.sides(done) if done else None,
        )

    def may_replay(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inference.reproduce_generationrecord"))  # type: ignore[union-attr]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]

    @admin.action(description="Delete for good", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[GenerationRecord]) -> HttpResponse | None:
        keys = list(queryset.values_list("pk", flat=True))
        if "confirmed" not in request.POST:
            return self.confirm(
                request,
                queryset,
                title=f"Delete {_generations(len(keys))}?",
                text="Their figures and texts are gone from the history at once, and nobody can bring them back. "
                "Chats keep their conversations.",
                button="Delete",
            )
        for at in range(0, len(keys), 500):
            GenerationRecord.objects.filter(pk__in=keys[at : at + 500]).delete()
        log.info("%s deleted from the history by user %s.", _generations(len(keys)), request.user.pk)
        messages.success(request, f"{_generations(len(keys))} deleted.")
        return None

    def export(self, suffix: str, content_type: str, told: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        """A view of what the list shows, all its pages, as a file."""

        def view(request: HttpRequest) -> HttpResponseBase:
            if not self.has_view_permission(request):
                raise PermissionDenied
            rows = self.get_changelist_instance(request).get_queryset(request)
            log.info("The history is exported by user %s.", request.user.pk)
            response = StreamingHttpResponse(told(rows.select_related(None)), content_type=content_type)
            name = f"history-{timezone.now():%Y-%m-%d-%H%M}.{suffix}"
            response["Content-Disposition"] = f'attachment; filename="{name}"'
            return response

        return view

    def _record(self, key: Any) -> GenerationRecord:
        rows = GenerationRecord.objects.select_related("user", "key__user", "reproduces")
        try:
            return rows.get(pk=int(key))
        except (ValueError, OverflowError, GenerationRecord.DoesNotExist):
            raise Http404 from None

    def _page(self, request: HttpRequest, template: str, record: GenerationRecord, **extra: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **self._facts(request, record), **extra}
        return TemplateResponse(request, template, context)

    def _facts(self, request: HttpRequest, record: GenerationRecord) -> dict[str, Any]:
        try:
            request_of(record)
            cannot = ""
        except CannotReplay as error:
            cannot = str(error)
        first = record.reproduces
        both = first is not None and first.answer is not None and record.answer is not None
        replay = compared(first, record) if first and both else None
        return {
            "title": f"{capfirst(record.get_source_display())}, {timezone.localtime(record.at):%Y-%m-%d %H:%M:%S}",
            "record": record,
            "original": record,
            "phases": receipt.phases(record),
            "seconds": receipt.seconds_of(record),
            "speed": receipt.speed_of(record),
            "ending": REASONS.get(record.reason, record.reason),
            "kept": record.answer is not None,
            "cannot": cannot,
            "may_replay": self.may_replay(request),
            "replays": list(record.reproductions.order_by("-at").only("pk", "at", "answer")[:5]),
            "replay": replay,
            "sides": receipt.sides(replay) if replay else None,
            "user_url": _url(request, "auth_user", record.user_id, "auth.view_user"),
            "key_url": _url(request, "inference_apikey", record.key_id, "inference.view_apikey"),
            "key": record.key if isinstance(record.key, ApiKey) else None,
        }


def _url(request: HttpRequest, model: str, key: int | None, permission: str) -> str:
    may = key is not None and request.user.has_perm(permission)  # type: ignore[union-attr]
    return reverse(f"admin:{model}_change", args=[key]) if may else ""


def _generations(count: int) -> str:
    return f"{count:,} generation{'' if count == 1 else 's'}"
