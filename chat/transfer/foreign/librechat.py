"""LibreChat's export of one conversation: a list of `messages`, or a tree of them by `children` ("recursive")."""

from __future__ import annotations

from typing import Any, Final

from .chats import Chat, Json, LeftOut, Node, member, moment

NAME: Final = "LibreChat"
NO_PARENT: Final = "00000000-0000-0000-0000-000000000000"


def is_chat(value: Json) -> bool:
    return isinstance(value.get("conversationId"), str) and isinstance(_messages(value), list)


def chat(value: Json, left_out: LeftOut) -> Chat:
    """Read one conversation. It does not say which branch it shows: that is the one with the latest message."""
    nodes = _nodes(_messages(value), left_out)
    options = member(value, "options", dict)
    return Chat(
        id=member(value, "conversationId", str),
        title=member(value, "title", str) or member(options, "title", str),
        nodes=nodes,
        created_at=min((node.at for node in nodes if node.at), default=None),
        updated_at=max((node.at for node in nodes if node.at), default=None),
        system_prompt=member(options, "promptPrefix", str) or member(options, "system", str),
    )


def _messages(value: Json) -> Any:
    return value.get("messagesTree", value.get("messages"))


def _nodes(messages: list[Any], left_out: LeftOut) -> list[Node]:
    nodes: list[Node] = []
    to_visit: list[tuple[Any, str | None]] = [(each, None) for each in reversed(messages)]
    while to_visit:
        message, above = to_visit.pop()
        node = _node(message, above, f"message {len(nodes)}", left_out)
        nodes.append(node)
        to_visit += [(each, node.id) for each in reversed(member(message, "children", list))]
    return nodes


def _node(message: Any, above: str | None, number: str, left_out: LeftOut) -> Node:
    parent = member(message, "parentMessageId", str) or above
    node = Node(member(message, "messageId", str) or number, None if parent == NO_PARENT else parent)
    node.at = moment(member(message, "createdAt", str))
    if not isinstance(message, dict) or message.get("error") is True:
        return node
    node.role = "user" if message.get("isCreatedByUser") is True else "assistant"
    node.text = member(message, "text", str)
    parts = member(message, "content", list)
    if parts:
        texts, thoughts = _parts(parts, left_out)
        node.text, node.thought = texts or node.text, thoughts
    for each in [*member(message, "files", list), *member(message, "attachments", list)]:
        left_out["image" if member(each, "type", str).startswith("image") else "file"] += 1
    if node.role == "user" and not node.text.strip():
        node.text = "(a question without text)"
    return node


def _parts(parts: list[Any], left_out: LeftOut) -> tuple[str, str]:
    """Return the text and the thought of a message in parts."""
    texts, thoughts = [], []
    for part in parts:
        match member(part, "type", str):
            case "text":
                texts.append(member(part, "text", str) or member(member(part, "text", dict), "value", str))
            case "think":
                thoughts.append(member(part, "think", str))
            case "tool_call":
                left_out["tool"] += 1
            case "image_file" | "image_url":
                left_out["image"] += 1
            case _:
                left_out["other"] += 1
    return "\n\n".join(filter(None, texts)), "\n\n".join(filter(None, thoughts))
