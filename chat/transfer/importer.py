"""Import conversations from the JSON of an export (see `export.py`). The file is not trusted: all of it is validated.

A file is imported completely or not at all, in small transactions that do not hold up other writers: its conversations
are saved as deleted ones, a few at a time, and restored all at once at the end. Those of an import that was cut off are
erased like other deleted conversations.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from chat.accounts.owners import Owner
from chat.models import MAX_PINNED, Conversation, GenerationSettings, Message
from chat.prompts import library
from chat.transport import presence

from .export import FORMAT, VERSION
from .foreign.archive import files_of, is_archive
from .foreign.chats import LeftOut, exported
from .foreign.recognise import Foreign, NotRecognised, recognise
from .import_fields import ConversationFields
from .json_members import JsonMembersError, json_members

PATH: Final = "/chat/import"
MAX_BODY: Final = 64 * 2**20  # bytes of a file
BATCH: Final = 500  # messages, and conversations, of one transaction

Fields = dict[str, Any]


def import_file(owner: Owner, data: bytes) -> dict[str, Any]:
    """Return how many conversations were imported, and how many skipped because this owner has them already.

    For an export of another product also its name (`product`) and what was left out (`left_out`, in words); for a file
    with saved prompts also how many of these are new (`prompts`). Ids are kept where they are free. Raise
    ValidationError with what is wrong where; nothing is changed then.
    """
    pinned = Conversation.objects.visible_to(owner).pinned(True).count()
    stage = _Stage(owner, MAX_PINNED - pinned)
    left_out = LeftOut()
    products: set[str] = set()
    prompts: list[dict[str, str]] = []
    try:
        for file in files_of(data) if is_archive(data) else (data,):
            foreign = recognise(file)
            products.update([foreign.product] if foreign else [])
            for batch in _batches(_foreign(foreign, left_out) if foreign else _conversations(file, prompts)):
                stage.add(batch)
        with transaction.atomic():
            added = library.import_prompts(owner, prompts)
            stage.show()
    except NotRecognised as error:
        stage.clear()
        raise ValidationError({"file": str(error)}) from error
    except BaseException:
        stage.clear()
        raise
    result: dict[str, Any] = {"imported": len(stage.ids), "skipped": stage.skipped}
    if products:
        result |= {"product": min(products), "left_out": left_out.lines()}
    return result | ({"prompts": added} if prompts else {})


def _foreign(foreign: Foreign, left_out: LeftOut) -> Iterator[Fields]:
    """Yield the conversations of another product. One that cannot be read is counted, and does not stop the others."""
    serializer = ConversationFields()
    ids: set[UUID] = set()
    try:
        for value in foreign.values:
            if not isinstance(value, dict):
                left_out["unreadable"] += 1
                continue
            fields = exported(foreign.chat(value, left_out), foreign.product, left_out)
            if fields is None or fields["id"] in ids:
                continue
            ids.add(fields["id"])
            try:
                yield serializer.run_validation(fields)
            except ValidationError:
                left_out["unreadable"] += 1
    except JsonMembersError as error:
        raise ValidationError({"file": str(error)}) from error


def _conversations(text: bytes, prompts: list[dict[str, str]]) -> Iterator[Fields]:
    """Yield the validated conversations of the file; validate its other fields on the way, and collect its prompts."""
    seen: set[str] = set()
    ids: set[UUID] = set()
    serializer = ConversationFields()
    at = 0
    try:
        for name, value in json_members(text, "conversations"):
            if name == "conversations":
                yield _validated(serializer, value, at, ids)
                at += 1
                continue
            _check_head(name, value, seen)
            seen.add(name)
            if name == "prompts":
                prompts += library.validated_prompts(value)
    except JsonMembersError as error:
        raise ValidationError({"file": str(error)}) from error
    if missing := {"format", "version"} - seen:
        raise ValidationError(dict.fromkeys(sorted(missing), "This field is required."))


def _check_head(name: str, value: Any, seen: set[str]) -> None:
    if name in seen:
        raise ValidationError({name: "This field occurs twice."})
    if name == "format" and value != FORMAT:
        raise ValidationError({name: f'Expected "{FORMAT}": a file exported by this page.'})
    if name == "version" and (type(value) is not int or value != VERSION):
        raise ValidationError({name: f"Expected {VERSION}. The file may come from a newer server."})
    if name not in ("format", "version", "exported_at", "prompts"):
        raise ValidationError({name: "Unknown field. Expected format, version, exported_at, prompts or conversations."})


def _validated(serializer: ConversationFields, value: Any, at: int, ids: set[UUID]) -> Fields:
    try:
        fields: Fields = serializer.run_validation(value)
    except ValidationError as error:
        raise ValidationError({f"conversations.{at}": error.detail}) from error
    for each in (fields["id"], *(message["id"] for message in fields["messages"])):
        if each in ids:
            raise ValidationError({f"conversations.{at}": f"The id {each} occurs twice."})
        ids.add(each)
    return fields


def _batches(conversations: Iterator[Fields]) -> Iterator[list[Fields]]:
    batch: list[Fields] = []
    size = 0
    for each in conversations:
        batch.append(each)
        size += 1 + len(each["messages"])
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    yield batch


@dataclass(slots=True)
class _Stage:
    """The conversations of a file that are saved, but hidden. `pins`: how many more may be pinned."""

    owner: Owner
    pins: int
    ids: list[UUID] = field(default_factory=list)
    skipped: int = 0
    hidden_at: datetime = field(default_factory=timezone.now)

    def add(self, batch: list[Fields]) -> None:
        with transaction.atomic():
            existing = Conversation.objects.in_bulk([fields["id"] for fields in batch])
            used = _used_messages([message["id"] for fields in batch for message in fields["messages"]])
            conversations: list[Conversation] = []
            messages: list[Message] = []
            for fields in batch:
                present = existing.get(fields["id"])
                if present and self._is_visible(present):
                    self.skipped += 1
                    continue
                if present or any(message["id"] in used for message in fields["messages"]):
                    _give_new_ids(fields)
                conversations.append(self._conversation(fields))
                messages += _messages(fields)
            Conversation.objects.bulk_create(conversations)
            Message.objects.bulk_create(messages)
        self.ids += [each.id for each in conversations]

    def show(self) -> None:
        with transaction.atomic():
            for batch in self._batches_of_ids():
                Conversation.objects.filter(id__in=batch).update(deleted_at=None)
                for conversation in Conversation.objects.filter(id__in=batch):
                    presence.notify_changed(conversation)

    def clear(self) -> None:
        for batch in self._batches_of_ids():
            Conversation.objects.filter(id__in=batch).erase()

    def _batches_of_ids(self) -> Iterator[list[UUID]]:
        ids = iter(self.ids)
        while batch := list(islice(ids, BATCH)):
            yield batch

    def _is_visible(self, conversation: Conversation) -> bool:
        return conversation.owner == self.owner and conversation.deleted_at is None

    def _conversation(self, fields: Fields) -> Conversation:
        pinned = fields["pinned"] and self.pins > 0
        self.pins -= pinned
        return Conversation(
            **self.owner.fields,
            **{name: fields["settings"].get(name) for name in GenerationSettings.SETTINGS},
            id=fields["id"],
            title=fields["title"],
            pinned=pinned,
            tags=fields["tags"],
            leaf_id=fields["leaf"],
            created_at=fields["created_at"],
            updated_at=fields["updated_at"],
            deleted_at=self.hidden_at,
        )


def _used_messages(ids: list[UUID]) -> set[UUID]:
    used: set[UUID] = set()
    for first in range(0, len(ids), BATCH):
        used.update(Message.objects.filter(id__in=ids[first : first + BATCH]).values_list("id", flat=True))
    return used


def _give_new_ids(fields: Fields) -> None:
    new: dict[UUID | None, UUID | None] = {message["id"]: uuid.uuid4() for message in fields["messages"]}
    new[None] = None
    fields["id"], fields["leaf"] = uuid.uuid4(), new[fields["leaf"]]
    for message in fields["messages"]:
        for name in ("id", "parent", "window_start"):
            message[name] = new[message[name]]


def _messages(fields: Fields) -> Iterator[Message]:
    """Yield the rows. Messages of the same time get times a microsecond apart, and so keep the order of the file."""
    latest: dict[datetime, datetime] = {}
    for message in fields["messages"]:
        at = message["created_at"]
        if at in latest:
            with suppress(OverflowError):  # the last microsecond that a datetime can hold
                latest[at] += datetime.resolution
        else:
            latest[at] = at
        error = message["error"] or {"code": "", "detail": ""}
        yield Message(
            id=message["id"],
            conversation_id=fields["id"],
            parent_id=message["parent"],
            role=message["role"],
            status=message["status"],
            text=message["text"],
            files=message["files"],
            reasoning=message["reasoning"],
            error_code=error["code"],
            error_detail=error["detail"],
            runs=message["runs"],
            window_start_id=message["window_start"],
            edited=message["edited"],
            created_at=latest[at],
        )
