"""Single messages over HTTP: read, delete, restore, and edit as another version. See docs/chat.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from chat.accounts.access import ChatView, owner
from chat.accounts.owners import Owner
from chat.errors import ChatError
from chat.models import Message

from . import message_changes
from .pages import message_page
from .representation import messages_json
from .serializers import AnswerEdit, BranchChoice, validated
from .views import find

P = ParamSpec("P")
T = TypeVar("T")

STATUSES = {"not_found": status.HTTP_404_NOT_FOUND, "conversation_busy": status.HTTP_409_CONFLICT}


class MessageView(ChatView):
    def get(self, request: Request, conversation: UUID, message: UUID) -> Response:
        rows = Message.objects.not_deleted().filter(conversation=find(request, conversation), pk=message)
        if not rows:
            raise NotFound("There is no such message in this conversation.")
        return Response(messages_json(rows)[0])

    def delete(self, request: Request, conversation: UUID, message: UUID) -> Response:
        row, deleted = _changed(message_changes.delete, request, conversation, message)
        return Response(message_page(row) | {"deleted": deleted})


class RestoreView(ChatView):
    def post(self, request: Request, conversation: UUID, message: UUID) -> Response:
        leaf = validated(BranchChoice, request.data)["message"]
        return Response(message_page(_changed(message_changes.restore, request, conversation, message, leaf)))


class VersionsView(ChatView):
    def post(self, request: Request, conversation: UUID, message: UUID) -> Response:
        text = validated(AnswerEdit, request.data)["text"]
        row = _changed(message_changes.edit_answer, request, conversation, message, text)
        return Response(message_page(row), status=status.HTTP_201_CREATED)


def _changed(change: Callable[Concatenate[Owner, P], T], request: Request, *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the change returns. Raise its ChatError as a response."""
    try:
        return change(owner(request), *args, **kwargs)
    except ChatError as error:
        if error.fields:
            raise ValidationError(error.fields) from error
        refusal = APIException(error.detail, error.code)
        refusal.status_code = STATUSES.get(error.code, status.HTTP_400_BAD_REQUEST)
        raise refusal from error
