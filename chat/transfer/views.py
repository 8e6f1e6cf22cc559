"""Export and import of conversations over HTTP."""

from __future__ import annotations

import threading
from typing import IO, Any, Final
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from chat.accounts.access import ChatView, owner
from chat.conversations.serializers import ExportQuery, validated
from chat.conversations.views import find
from chat.models import Conversation
from chat.prompts import library

from .export import file_name, json_pieces, markdown_pieces, stream
from .importer import import_file

BUSY_RETRY: Final = 10  # seconds
JSON, MARKDOWN = "application/json", "text/markdown; charset=utf-8"


class ImportBusy(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Another file is being imported. Try again in a moment."
    default_code = "import_busy"
    wait = BUSY_RETRY


class RawJson(BaseParser):
    """Accepts JSON and passes it on unparsed."""

    media_type = JSON

    def parse(self, stream: IO[bytes], *args: Any, **kwargs: Any) -> Any:
        return stream


class RawZip(RawJson):
    """Accepts a zip archive and passes it on as it is."""

    media_type = "application/zip"


class ExportView(ChatView):
    """Exports one conversation."""

    def get(self, request: Request, conversation: UUID) -> StreamingHttpResponse:
        found = find(request, conversation)
        if validated(ExportQuery, request.query_params.dict())["as"] == "markdown":
            return download(stream(markdown_pieces(found)), MARKDOWN, file_name(found.title, "md"))
        rows = Conversation.objects.filter(id=found.id)
        return download(stream(json_pieces(rows)), JSON, file_name(found.title, "json"))


class ExportAllView(ChatView):
    """Exports all conversations and saved prompts as one file."""

    def get(self, request: Request) -> StreamingHttpResponse:
        rows = Conversation.objects.visible_to(owner(request)).kept()
        pieces = json_pieces(rows, library.exported(owner(request)))
        return download(stream(pieces), JSON, f"conversations-{timezone.now():%Y-%m-%d}.json")


class ImportView(ChatView):
    """Imports an export of this page or of another product."""

    busy = threading.Lock()  # files may be large: one at a time bounds the memory
    parser_classes = (RawJson, RawZip)

    def post(self, request: Request) -> Response:
        if not self.busy.acquire(blocking=False):
            raise ImportBusy
        try:
            read = getattr(request.data, "read", None)
            if not read:
                raise ValidationError({"file": "Expected the JSON of an export, or a zip archive, as the body."})
            return Response(import_file(owner(request), read()))
        finally:
            self.busy.release()


def download(content: Any, kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
