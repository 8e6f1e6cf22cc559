"""Export conversations: as JSON that can be imported again, and as Markdown. Written in pieces, in bounded memory.

The JSON, version 1 (times in ISO 8601; receipts as in `chat/answers/receipt.py`):

    {"format": "bitnet-chat", "version": 1, "exported_at", "prompts": [{"name", "text"}], "conversations": [
        {"id", "title", "pinned", "tags", "created_at", "updated_at", "settings", "leaf", "messages": [
            {"id", "parent", "role", "status", "text", "files", "reasoning", "edited", "created_at", "error", "runs",
             "window_start"}]}]}

`leaf` is the end of the branch shown; `parent` is null for first messages. Questions and answers take turns. `files`,
those of a question (`name`, `text`), `reasoning`, the thought of an answer, `edited`, and the saved `prompts` may be
absent, and a conversation's `tags`, too. The Markdown has no thoughts.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.utils import timezone

from chat.conversations.branches import read_tree
from chat.conversations.files import whole_text
from chat.conversations.pages import shown_leaf
from chat.conversations.representation import conversation_json, message_json, time_json
from chat.models import Conversation, ConversationQuerySet, Message

FORMAT: Final = "bitnet-chat"
VERSION: Final = 1
CONVERSATIONS: Final = 50  # read at a time
MESSAGES: Final = 100  # read at a time
CHUNK: Final = 2**16  # characters sent at a time, or one message if that is longer

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")


def json_pieces(conversations: ConversationQuerySet, prompts: Sequence[dict[str, str]] = ()) -> Iterator[str]:
    """Yield the JSON file of these conversations and prompts. No query stays open between two pieces."""
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION, "exported_at": time_json(timezone.now())}
    if prompts:
        head["prompts"] = list(prompts)
    yield f'{_json(head)[:-1]}, "conversations": ['
    keys = list(conversations.order_by("-updated_at", "id").values_list("id", flat=True))
    separator = "\n"
    for first in range(0, len(keys), CONVERSATIONS):
        batch = keys[first : first + CONVERSATIONS]
        found = Conversation.objects.in_bulk(batch)
        messages = _message_ids(batch)
        texts = _read(each for key in batch for each in messages[key])
        for key in batch:
            of_this = islice(texts, len(messages[key]))
            if conversation := found.get(key):
                yield separator
                yield from _conversation_pieces(conversation, of_this)
                separator = ",\n"
    yield "\n]}\n"


def _message_ids(conversations: list[UUID]) -> dict[UUID, list[UUID]]:
    ids: dict[UUID, list[UUID]] = defaultdict(list)
    rows = Message.objects.not_deleted().filter(conversation_id__in=conversations).order_by("created_at", "id")
    for conversation, message in rows.values_list("conversation_id", "id"):
        ids[conversation].append(message)
    return ids


def _read(ids: Iterator[UUID]) -> Iterator[Message]:
    while batch := list(islice(ids, MESSAGES)):
        rows = Message.objects.defer("search_text").in_bulk(batch)
        yield from (rows[key] for key in batch)


def _conversation_pieces(conversation: Conversation, messages: Iterator[Message]) -> Iterator[str]:
    fields = conversation_json(conversation)
    del fields["answering"], fields["temporary"]
    fields["leaf"] = str(conversation.leaf_id) if conversation.leaf_id else None
    yield f'{_json(fields)[:-1]}, "messages": ['
    separator = "\n"
    for message in messages:
        fields = message_json(message, [])
        for name in ("conversation", "siblings", "tokens_per_second", "thinking_seconds"):
            del fields[name]
        yield separator + _json(fields)
        separator = ",\n"
    yield "]}"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def markdown_pieces(conversation: Conversation) -> Iterator[str]:
    """Yield the branch that is shown as Markdown. Messages are Markdown themselves, and are not escaped."""
    yield f"# {conversation.title}\n\n{conversation.created_at:%Y-%m-%d %H:%M} UTC\n"
    if conversation.system_prompt:
        yield f"\n## System prompt\n\n{_closed(conversation.system_prompt)}\n"
    tree = read_tree(conversation)
    for message in _read(iter(tree.path(shown_leaf(conversation, tree)))):
        heading = "Question" if message.role == Message.Role.USER else "Answer"
        yield f"\n## {heading}\n\n{_closed(whole_text(message))}\n"


def _closed(text: str) -> str:
    """Return the text, with a code block that it leaves open closed: an answer that was cut may end in one."""
    fence = ""
    for line in text.splitlines():
        if found := FENCE.match(line):
            marks, rest = found.groups()
            if not fence and not (marks[0] == "`" and "`" in rest):
                fence = marks
            elif fence and marks.startswith(fence) and not rest.strip():
                fence = ""
    return f"{text}\n{fence}" if fence else text


def file_name(title: str, ending: str) -> str:
    """Return a file name from the letters, digits, hyphens and underscores of the title."""
    kept = re.sub(r"[^\w-]+", "-", title).strip("-_")[:80]
    return f"{kept or 'conversation'}.{ending}"


async def stream(pieces: Iterator[str]) -> AsyncGenerator[bytes, None]:
    """Yield chunks for an ASGI response, read on the request's database thread at the speed of the client."""
    while chunk := await sync_to_async(_chunk)(pieces):
        yield chunk


def _chunk(pieces: Iterator[str]) -> bytes:
    chunk, size = [], 0
    for piece in pieces:
        chunk.append(piece)
        size += len(piece)
        if size >= CHUNK:
            break
    return "".join(chunk).encode()
