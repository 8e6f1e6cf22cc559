"""Open WebUI's export: a list of rows with a `chat`, whose `history` has messages by id and a `currentId`."""

from __future__ import annotations

import re
from typing import Any, Final

from .chats import Chat, Json, LeftOut, Node, member, moment

NAME: Final = "Open WebUI"
# It keeps thoughts and calls of tools as HTML in the text of an answer.
DETAILS: Final = re.compile(r'<details type="(reasoning|tool_calls|code_interpreter)"')
END: Final = "</details>"
SUMMARY: Final = re.compile(r"<summary>[^<]*</summary>")
QUOTE: Final = re.compile(r"^> ?", re.MULTILINE)


def is_chat(value: Json) -> bool:
    inner = value.get("chat") if isinstance(value.get("chat"), dict) else value
    return isinstance(member(inner, "history", dict).get("messages"), dict)


def chat(value: Json, left_out: LeftOut) -> Chat:
    """Read one conversation."""
    inner = value["chat"] if isinstance(value.get("chat"), dict) else value
    history = member(inner, "history", dict)
    created = value.get("created_at") or inner.get("timestamp")
    return Chat(
        id=member(value, "id", str) or member(inner, "id", str) or repr(created),
        title=member(value, "title", str) or member(inner, "title", str),
        nodes=[_node(key, each, left_out) for key, each in member(history, "messages", dict).items()],
        created_at=moment(created),
        updated_at=moment(value.get("updated_at")),
        leaf=member(history, "currentId", str),
        system_prompt=member(member(inner, "params", dict), "system", str) or member(inner, "system", str),
        pinned=value.get("pinned") is True,
        tags=member(member(value, "meta", dict), "tags", list),
    )


def _node(key: str, value: Any, left_out: LeftOut) -> Node:
    node = Node(key, member(value, "parentId", str) or None, at=moment(member(value, "timestamp", (int, float))))
    role = member(value, "role", str)
    if role not in ("user", "assistant"):
        return node
    node.role = "user" if role == "user" else "assistant"
    for each in member(value, "files", list):
        left_out["image" if member(each, "type", str) == "image" else "file"] += 1
    text = value["content"] if isinstance(value.get("content"), str) else _parts(value, left_out)
    node.text, node.thought = _without_details(text, left_out) if role == "assistant" else (text, "")
    if role == "user" and not text.strip():
        node.text = "(a question without text)"
    return node


def _parts(value: Any, left_out: LeftOut) -> str:
    """Return the text of a message in parts, as OpenAI's protocol has them."""
    texts = []
    for part in member(value, "content", list):
        match member(part, "type", str):
            case "text":
                texts.append(member(part, "text", str))
            case "image_url":
                left_out["image"] += 1
            case _:
                left_out["other"] += 1
    return "\n\n".join(texts)


def _without_details(text: str, left_out: LeftOut) -> tuple[str, str]:
    """Return the text and the thought of an answer."""
    texts, thoughts, at = [], [], 0
    while found := DETAILS.search(text, at):
        begin = text.find(">", found.end()) + 1
        end = text.find(END, begin)
        if not begin or end < 0:
            break
        texts.append(text[at : found.start()])
        if found[1] == "reasoning":
            thoughts.append(QUOTE.sub("", SUMMARY.sub("", text[begin:end], count=1).strip()))
        else:
            left_out["tool"] += 1
        at = end + len(END)
    texts.append(text[at:])
    return "\n\n".join(filter(None, (each.strip() for each in texts))), "\n\n".join(thoughts)
