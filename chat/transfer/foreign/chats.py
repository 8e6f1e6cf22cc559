"""A conversation of another product, as its reader found it, and the same in the format of an export of this page.

Products put more into their trees than questions and answers: calls of tools, hidden messages, an answer in several
pieces. Here, questions and answers take turns: pieces are joined, the rest is left out, and each branch stays a branch.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from chat.conversations.turns import UNTITLED
from chat.models import MAX_ANSWER_CHARS, MAX_TAG, MAX_TAGS, MAX_TITLE
from inference.serving.parameters import MAX_PROMPT_CHARS, MAX_SYSTEM_PROMPT_CHARS

Json = dict[str, Any]
Role = Literal["user", "assistant"]

NAMESPACE: Final = uuid.UUID("6f1c0f0e-5d0b-4f58-9f3e-1d6b5c1f7a52")  # the same file gives the same ids
NOT_STORABLE: Final = re.compile("[\0\ud800-\udfff]")
NOT_IN_LINES: Final = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]+")

# What a report counts, in its order: one, and several.
KINDS: Final = {
    "image": ("image", "images"),
    "file": ("attached file", "attached files"),
    "recording": ("recording", "recordings"),
    "tool": ("tool call", "tool calls"),
    "other": ("part of another kind", "parts of other kinds"),
    "orphan": ("answer without a question", "answers without a question"),
    "long": ("end of a text that was too long", "ends of texts that were too long"),
    "empty": ("conversation without messages", "conversations without messages"),
    "unreadable": ("conversation that could not be read", "conversations that could not be read"),
}


class LeftOut(Counter[str]):
    """What an import leaves out, counted by kind."""

    def lines(self) -> list[str]:
        """Return "3 images" and the like."""
        return [f"{self[kind]:,} {names[self[kind] != 1]}" for kind, names in KINDS.items() if self[kind]]


@dataclass(slots=True)
class Node:
    """A message of another product. `role` is None for one that is left out; what follows it stays."""

    id: str
    parent: str | None
    role: Role | None = None
    text: str = ""
    thought: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class Chat:
    """A conversation of another product. `leaf`: the node at the end of the branch that it shows."""

    id: str
    title: str
    nodes: list[Node]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    leaf: str | None = None
    system_prompt: str = ""
    pinned: bool = False
    tags: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class _Message:
    """A message of the result. `joined`: a longer version of it continues it."""

    id: uuid.UUID
    parent: _Message | None
    role: Role
    text: str
    thought: str
    at: datetime
    joined: bool = False


@dataclass(slots=True)
class _Tree:
    """Builds the result, parents before children."""

    prefix: str
    left_out: LeftOut
    messages: list[_Message] = field(default_factory=list)
    of_node: dict[str, _Message | None] = field(default_factory=dict)

    def add(self, node: Node, parent: _Message | None, since: datetime) -> _Message | None:
        """Add a node below a message; return the message that its children follow."""
        if node.role is None or not (node.text.strip() or node.thought.strip()):
            return parent
        if node.role == "assistant" and parent is None:
            self.left_out["orphan"] += 1
            return None
        at = max(since, node.at or since, parent.at if parent else since)
        key = uuid.uuid5(NAMESPACE, f"{self.prefix}:{node.id}")
        made = _Message(key, parent, node.role, node.text.strip("\n"), node.thought.strip(), at)
        if parent and parent.role == node.role:  # a piece of the same answer, or a question that was never answered
            parent.joined = True
            made.parent, made.at = parent.parent, parent.at
            made.text, made.thought = _joined(parent.text, made.text), _joined(parent.thought, made.thought)
        self.messages.append(made)
        return made

    def kept(self) -> list[_Message]:
        """Return the messages, without those that only another one continues."""
        parents = {id(each.parent) for each in self.messages if each.parent}
        return [each for each in self.messages if not each.joined or id(each) in parents]


def exported(chat: Chat, product: str, left_out: LeftOut) -> Json | None:
    """Return a conversation as in an export of this page; None without messages. Count in `left_out`."""
    prefix = f"{product}:{chat.id}"
    since = chat.created_at or min((node.at for node in chat.nodes if node.at), default=datetime.now(UTC))
    tree = _Tree(prefix, left_out)
    _walk(chat.nodes, tree, since)
    messages = tree.kept()
    if not messages:
        left_out["empty"] += 1
        return None
    leaf = tree.of_node.get(chat.leaf or "")
    return {
        "id": uuid.uuid5(NAMESPACE, prefix),
        "title": one_line(chat.title, MAX_TITLE) or UNTITLED,
        "pinned": chat.pinned,
        "tags": [name for each in chat.tags if isinstance(each, str) and (name := one_line(each, MAX_TAG))][:MAX_TAGS],
        "created_at": since,
        "updated_at": chat.updated_at or max(each.at for each in messages),
        "settings": {"system_prompt": _shortened(chat.system_prompt, MAX_SYSTEM_PROMPT_CHARS, left_out)}
        if chat.system_prompt.strip()
        else {},
        "leaf": leaf.id if leaf and any(each is leaf for each in messages) else None,
        "messages": [_exported(each, left_out) for each in messages],
    }


def _walk(nodes: list[Node], tree: _Tree, since: datetime) -> None:
    """Add the nodes from the first ones down. Those in a circle are never reached."""
    known = {node.id for node in nodes}
    children: dict[str | None, list[Node]] = defaultdict(list)
    for node in nodes:
        children[node.parent if node.parent in known else None].append(node)
    to_visit: list[tuple[Node, _Message | None]] = [(node, None) for node in reversed(children[None])]
    while to_visit:
        node, parent = to_visit.pop()
        tree.of_node[node.id] = made = tree.add(node, parent, since)
        to_visit += [(child, made) for child in reversed(children.pop(node.id, []))]


def _exported(message: _Message, left_out: LeftOut) -> Json:
    limit = MAX_PROMPT_CHARS if message.role == "user" else MAX_ANSWER_CHARS
    fields: Json = {
        "id": message.id,
        "parent": message.parent.id if message.parent else None,
        "role": message.role,
        "status": "complete",
        "text": _shortened(message.text, limit, left_out),
        "created_at": message.at,
    }
    if message.role == "assistant":
        fields["reasoning"] = _shortened(message.thought, MAX_ANSWER_CHARS, left_out)
    return fields


def _shortened(text: str, limit: int, left_out: LeftOut) -> str:
    left_out["long"] += len(text) > limit
    return NOT_STORABLE.sub("\ufffd", text[:limit])


def _joined(above: str, below: str) -> str:
    return f"{above}\n\n{below}" if above and below else above or below


def one_line(text: str, limit: int) -> str:
    """Return a text as one line of at most `limit` characters."""
    return NOT_STORABLE.sub("\ufffd", NOT_IN_LINES.sub(" ", text).strip())[:limit].strip()


def moment(value: Any) -> datetime | None:
    """Return a time that is given in ISO 8601, or in seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time if time.tzinfo else time.replace(tzinfo=UTC)
        if type(value) in (int, float):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def member(value: Any, name: str, kind: type | tuple[type, ...]) -> Any:
    """Return a member of what may be an object; an empty value of the (first) kind where it is missing or another."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, kind):
        return found
    return (kind[0] if isinstance(kind, tuple) else kind)()
