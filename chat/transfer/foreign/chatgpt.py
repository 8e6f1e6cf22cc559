"""ChatGPT's `conversations.json`: a list of conversations, each a `mapping` of nodes by id with a `current_node`."""

from __future__ import annotations

import re
from typing import Any, Final

from .chats import Chat, Json, LeftOut, Node, member, moment

NAME: Final = "ChatGPT"
REFERENCE: Final = re.compile("\ue200[^\ue200\ue201]*\ue201")  # marks of citations, which only its own page can show
# What the model is told about its user and its surroundings, and headings of thoughts.
SILENT: Final = ("user_editable_context", "model_editable_context", "reasoning_recap", "system_error")


def is_chat(value: Json) -> bool:
    return isinstance(value.get("mapping"), dict)


def chat(value: Json, left_out: LeftOut) -> Chat:
    """Read one conversation."""
    return Chat(
        id=member(value, "conversation_id", str) or member(value, "id", str) or repr(value.get("create_time")),
        title=member(value, "title", str),
        nodes=[_node(key, each, left_out) for key, each in member(value, "mapping", dict).items()],
        created_at=moment(value.get("create_time")),
        updated_at=moment(value.get("update_time")),
        leaf=member(value, "current_node", str),
        pinned=value.get("is_starred") is True,
    )


def _node(key: str, value: Any, left_out: LeftOut) -> Node:
    node = Node(key, member(value, "parent", str) or None)
    message = member(value, "message", dict)
    role = member(member(message, "author", dict), "role", str)
    content, metadata = member(message, "content", dict), member(message, "metadata", dict)
    kind = member(content, "content_type", str)
    node.at = moment(message.get("create_time"))
    if role not in ("user", "assistant", "tool") or kind in SILENT:
        return node
    if metadata.get("is_visually_hidden_from_conversation") is True:
        return node
    if role == "assistant" and member(message, "recipient", str) not in ("", "all"):
        left_out["tool"] += 1
        return node
    texts = _texts(kind, content, left_out)
    if role == "tool":
        return node  # its call is counted, and so are the images that it drew
    left_out["file"] += sum(
        not member(each, "mime_type", str).startswith("image/") for each in member(metadata, "attachments", list)
    )
    node.role = "user" if role == "user" else "assistant"
    if kind == "thoughts":
        thoughts = member(content, "thoughts", list)
        node.thought = "\n\n".join(filter(None, (member(each, "content", str) for each in thoughts)))
    else:
        node.text = REFERENCE.sub("", "\n\n".join(texts))
    if node.role == "user" and not node.text.strip() and message:
        node.text = "(a question without text)"
    return node


def _texts(kind: str, content: Json, left_out: LeftOut) -> list[str]:
    """Return the texts of a message, and count what else it has."""
    if kind == "code":
        return [f"```{member(content, 'language', str).replace('unknown', '')}\n{member(content, 'text', str)}\n```"]
    texts = []
    for part in member(content, "parts", list):
        if isinstance(part, str):
            texts.append(part)
            continue
        match member(part, "content_type", str):
            case "image_asset_pointer":
                left_out["image"] += 1
            case "audio_transcription":
                texts.append(member(part, "text", str))
            case "audio_asset_pointer" | "real_time_user_audio_video_asset_pointer":
                left_out["recording"] += 1
            case _:
                left_out["other"] += 1
    if kind not in ("text", "multimodal_text", "thoughts", "execution_output", "tether_browsing_display"):
        left_out["other"] += not texts
    return [each for each in texts if each.strip()]
