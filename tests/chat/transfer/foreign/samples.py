"""Small files with the structure of real exports, made by hand."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

NO_PARENT = "00000000-0000-0000-0000-000000000000"

Json = dict[str, Any]


def gpt_node(key: str, parent: str | None, role: str = "", *parts: Any, **message: Any) -> Json:
    """Return a node of ChatGPT; without a role, one without a message, as the first always is."""
    made: Json = {"id": key, "parent": parent, "children": [], "message": None}
    if role:
        content = message.pop("content", None) or {"content_type": "text", "parts": list(parts)}
        made["message"] = {"id": key, "author": {"role": role, "name": None, "metadata": {}}, "content": content}
        made["message"] |= {"create_time": 1_700_000_000.5 + len(key), "recipient": "all", "metadata": {}} | message
    return made


def gpt(*nodes: Json, **fields: Any) -> Json:
    """Return a conversation of ChatGPT."""
    made = {
        "title": "Weights",
        "create_time": 1_700_000_000.25,
        "update_time": 1_700_000_100.5,
        "moderation_results": [],
    }
    made |= {"mapping": {each["id"]: each for each in nodes}, "current_node": nodes[-1]["id"] if nodes else None}
    return made | {"conversation_id": "6f6b9d1c-1111-4222-8333-444455556666", "id": "same", "is_starred": None} | fields


CHATGPT = gpt(
    gpt_node("root", None),
    gpt_node("s", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True}),
    gpt_node("u", "s", "user", content={"content_type": "user_editable_context", "user_profile": "I am Ann."}),
    gpt_node("q1", "u", "user", "What is a weight?"),
    gpt_node("a1", "q1", "assistant", "A number."),
    gpt_node(
        "t1",
        "q1",
        "assistant",
        content={"content_type": "thoughts", "thoughts": [{"summary": "Think", "content": "Let me see."}]},
    ),
    gpt_node("t1r", "t1", "assistant", content={"content_type": "reasoning_recap", "content": "Thought for 3 s"}),
    gpt_node("c1", "t1r", "assistant", content={"content_type": "code", "text": "search()"}, recipient="web.run"),
    gpt_node("r1", "c1", "tool", content={"content_type": "tether_browsing_display", "result": "…"}),
    gpt_node("a2", "r1", "assistant", "A learned number.\ue200cite\ue202turn0search0\ue201"),
    gpt_node(
        "q2",
        "a2",
        "user",
        content={
            "content_type": "multimodal_text",
            "parts": [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}, "And this?"],
        },
        metadata={
            "attachments": [{"name": "a.png", "mime_type": "image/png"}, {"name": "b.pdf", "mime_type": "x/pdf"}]
        },
    ),
    gpt_node("a3", "q2", "assistant", "A picture."),
)


def webui_message(key: str, parent: str | None, role: str, content: Any, **fields: Any) -> Json:
    made = {"id": key, "parentId": parent, "childrenIds": [], "role": role, "content": content}
    return made | {"timestamp": 1_700_000_000 + len(key)} | fields


OPEN_WEBUI: Json = {
    "id": "0b7a5c7e-1111-4222-8333-444455556666",
    "user_id": "u",
    "title": "Weights",
    "updated_at": 1_700_000_100,
    "created_at": 1_700_000_000,
    "share_id": None,
    "archived": False,
    "pinned": True,
    "meta": {"tags": ["science"]},
    "chat": {
        "id": "",
        "title": "Weights",
        "models": ["llama3"],
        "params": {"system": "Be brief."},
        "timestamp": 1_700_000_000_000,
        "history": {
            "currentId": "a1",
            "messages": {
                "q1": webui_message("q1", None, "user", "What is a weight?", files=[{"type": "image", "url": "data:"}]),
                "a1": webui_message(
                    "a1",
                    "q1",
                    "assistant",
                    '<details type="reasoning" done="true" duration="2">\n<summary>Thought for 2 seconds</summary>\n'
                    "> Let me see.\n> Yes.\n</details>\n"
                    '<details type="tool_calls" done="true" id="1" name="search" result="&quot;&quot;">\n'
                    "<summary>Tool Executed</summary>\n</details>\nA number.",
                    model="llama3",
                ),
                "a22": webui_message("a22", "q1", "assistant", "A learned number.", model="other"),
            },
        },
        "messages": [],
    },
}


def libre_message(key: str, parent: str, text: str, *children: Json, **fields: Any) -> Json:
    mine = key.startswith("q")
    made = {"messageId": key, "parentMessageId": parent, "conversationId": "c", "sender": "User" if mine else "GPT"}
    made |= {"text": text, "isCreatedByUser": mine, "createdAt": f"2024-05-01T10:00:0{len(key)}.000Z", "error": False}
    return made | ({"children": list(children)} if children else {}) | fields


LIBRECHAT: Json = {
    "conversationId": "9c8b7a6d-1111-4222-8333-444455556666",
    "endpoint": "openAI",
    "title": "Weights",
    "exportAt": "10:00:00 GMT+0000",
    "branches": True,
    "recursive": True,
    "options": {"model": "gpt-4o", "promptPrefix": "Be brief."},
    "messages": [
        libre_message(
            "q1",
            NO_PARENT,
            "What is a weight?",
            libre_message("a1", "q1", "A number."),
            libre_message(
                "a22",
                "q1",
                "",
                libre_message("q222", "a22", "And this?", files=[{"type": "image/png"}, {"type": "application/pdf"}]),
                content=[
                    {"type": "think", "think": "Let me see."},
                    {"type": "tool_call", "tool_call": {"name": "search"}},
                    {"type": "text", "text": {"value": "A learned number."}},
                ],
            ),
        )
    ],
}


def archive(files: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return packed.getvalue()
