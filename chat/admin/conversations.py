"""Conversations by their sizes alone: an administrator does not read other people's chats."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from bitnetsite.admin_site import ReadOnlyAdmin
from bitnetsite.admin_times import moment_element
from chat.conversations.deletion import erase
from chat.models import Conversation, Message
from inference.admin.filters import choice_filter

log = logging.getLogger(__name__)


class OwnerFilter(choice_filter("owner", "Owner", [("user", "User"), ("visitor", "Visitor")])):  # type: ignore[misc]
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() not in ("user", "visitor"):
            return None
        return queryset.filter(user__isnull=self.value() == "visitor")


class StateFilter(choice_filter("state", "State", [("kept", "Kept"), ("deleted", "Deleted")])):  # type: ignore[misc]
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() not in ("kept", "deleted"):
            return None
        return queryset.filter(deleted_at__isnull=self.value() == "kept")


class Sizes(ChangeList):
    """A page of conversations, with their sizes from one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        keys = [conversation.pk for conversation in self.result_list]
        measured = Message.objects.filter(conversation__in=keys).values_list("conversation")
        sizes = {key: size for key, *size in measured.annotate(Count("pk"), characters=Sum(Length("text")))}
        for conversation in self.result_list:
            conversation.message_count, conversation.characters = sizes.get(conversation.pk, (0, 0))


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    section = "Conversations"
    about = "Their number and sizes, without their content"
    order = 60
    pages = ("changelist",)
    note = "Titles and texts are private to their owners, and are not shown here."
    empty = "No conversations yet, or none that match."
    list_display = ("name", "owner", "message_count", "characters", "started", "last", "state")
    list_display_links = None
    list_filter = (OwnerFilter, StateFilter)
    ordering = ("-updated_at",)
    sortable_by = ()
    actions = ("erase",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        shown = ("pk", "user", "visitor", "created_at", "updated_at", "deleted_at")
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.only(*shown)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Sizes

    def action_checkbox(self, obj: Any) -> SafeString:
        """Label the checkbox without the title, which Django would use."""
        box = forms.CheckboxInput(
            {"class": "action-select", "aria-label": f"Choose {self.name(obj)}"}, lambda value: False
        )
        return box.render(helpers.ACTION_CHECKBOX_NAME, str(obj.pk))

    @admin.display(description="Conversation")
    def name(self, conversation: Conversation) -> str:
        return f"{conversation.pk}"[:8]

    @admin.display(description="Owner")
    def owner(self, conversation: Conversation) -> str:
        return "user" if conversation.user_id else "visitor"

    @admin.display(description="Messages")
    def message_count(self, conversation: Any) -> str:
        return f"{conversation.message_count:,}"

    @admin.display(description="Characters")
    def characters(self, conversation: Any) -> str:
        return f"{conversation.characters or 0:,}"

    @admin.display(description="Started")
    def started(self, conversation: Conversation) -> str:
        return moment_element(conversation.created_at)

    @admin.display(description="Last message")
    def last(self, conversation: Conversation) -> str:
        return moment_element(conversation.updated_at)

    @admin.display(description="State")
    def state(self, conversation: Conversation) -> str:
        return "deleted" if conversation.deleted_at else "kept"

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("chat.delete_conversation"))

    @admin.action(description="Delete permanently", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        count = queryset.count()
        counted = f"{count:,} conversation{'' if count == 1 else 's'}"
        if "confirmed" not in request.POST:
            return self.confirm(
                request,
                queryset,
                title=f"Delete {counted}?",
                text="Their owners lose them immediately, with all messages. This cannot be undone. Answers that are "
                "being generated in them stop.",
                button="Delete",
            )
        erase(queryset)
        log.info("%s deleted by user %s.", counted, request.user.pk)
        messages.success(request, f"{counted} deleted.")
        return None
