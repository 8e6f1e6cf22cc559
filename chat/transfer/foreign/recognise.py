"""Recognise what a file is, by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from chat.transfer.json_members import JsonMembersError, json_items, json_value, member_names

from . import chatgpt, librechat, open_webui
from .chats import Chat, Json, LeftOut

MAX_NESTING: Final = 800  # a tree of messages nests two levels for each; Python's parser takes about 900
MAX_NAMES: Final = 60  # members that are looked at

ACCEPTED: Final = (
    "Accepted are exports of this page, of ChatGPT (conversations.json, or its zip), of Open WebUI and of LibreChat."
)
# How files begin that are no exports, and what they look like.
BEGINNINGS: Final = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"<": "a web page or XML",
    b"\x1f\x8b": "an archive of gzip",
    b"7z\xbc\xaf": "an archive of 7-Zip",
    b"Rar!": "an archive of RAR",
}
# Other products' exports, by members that only they have.
OTHERS: Final = (
    ({"chat_messages", "uuid"}, "an export of Claude"),
    ({"history", "folders", "prompts"}, "an export of Chatbot UI"),
    ({"conversations", "projects"}, "an export of another product"),
    ({"role", "content"}, "a list of messages without conversations"),
    ({"messages"}, "training data, or an export of another product"),
    ({"name", "settings"}, "settings, and not conversations"),
)


class NotRecognised(Exception):
    """The file is none of those that are accepted. The message says what it looks like, and what is accepted."""

    def __init__(self, looks_like: str) -> None:
        super().__init__(f"This looks like {looks_like}. {ACCEPTED}")


@dataclass(frozen=True, slots=True)
class Foreign:
    """An export of another product. `values`: its conversations, to be read by `chat`."""

    product: str
    values: Iterator[Any]
    chat: Callable[[Json, LeftOut], Chat]


def recognise(text: bytes) -> Foreign | None:
    """Return the export of another product; None for one of this page, and for JSON that nobody can read.

    Raise NotRecognised.
    """
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    for beginning, name in BEGINNINGS.items():
        if text.startswith(beginning):
            raise NotRecognised(name)
    try:
        return _recognised(text)
    except JsonMembersError:
        return None  # the reader of our own format says where


def _recognised(text: bytes) -> Foreign | None:
    if text.startswith(b"["):
        first = next(json_items(text, MAX_NESTING), None)
        if first is None:
            raise NotRecognised("an empty list")
        product = _product(first)
        return Foreign(product.NAME, json_items(text, MAX_NESTING), product.chat)
    names = set(member_names(text, MAX_NESTING, MAX_NAMES))
    if names & {"mapping", "conversationId", "chat"}:
        value = json_value(text, MAX_NESTING)
        product = _product(value)
        return Foreign(product.NAME, iter([value]), product.chat)
    if names & {"format", "version"} and not names & {"history", "folders"}:
        return None
    _refuse(names)
    return None


def _product(value: Any) -> Any:
    """Return the module that reads this conversation. Raise NotRecognised."""
    if isinstance(value, dict):
        for product in (chatgpt, open_webui, librechat):
            if product.is_chat(value):
                return product
        _refuse(set(value))
    raise NotRecognised("JSON of another kind")


def _refuse(names: set[str]) -> None:
    for marks, name in OTHERS:
        if marks <= names:
            raise NotRecognised(name)
