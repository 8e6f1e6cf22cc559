"""The protocol between the page and the server over `/chat/socket`: JSON objects with a `type`, version 1.

One socket serves a page: it follows any number of answers, in any of its owner's conversations. An answer is generated
whether or not a socket follows it. Offsets count Unicode code points of an answer's thought and then of its text; the
page does not compute them, but sends back the latest one that it received.

Each frame of the page has a `request` (any short string that the page chooses), and is answered by one `saved`, `done`,
`counted` or `error` with the same `request`. The page chooses the ids of questions and conversations, so that sending
a frame again after a lost connection changes nothing:

    {"type": "send", "request", "conversation", "message", "parent", "text", "files", "settings",
     "temporary"}
                                        a question; `parent`: the answer that it follows, null for the first one. An
                                        edited question has the parent of the original. `files` (optional): each with
                                        `name` and `text`. The conversation is created if it is new, with `settings`,
                                        or, without, those of the owner's default preset, and `temporary` (optional):
                                        whether it is not kept
    {"type": "regenerate", "request", "message"}    another answer to this question
    {"type": "continue", "request", "message"}      continue this answer; also: retry one that failed
    {"type": "stop", "request", "message"}          end this answer where it is
    {"type": "watch", "request", "message", "offset"}    follow this answer from an offset on
    {"type": "unwatch", "request", "message"}
    {"type": "count", "request", "file"}    count the tokens of a file, before it is sent
    {"type": "ping", "request"}                     check that the connection works

The server's frames:

    {"type": "hello", "version", "model", "notice"}    the first frame
    {"type": "saved", "request", "conversation", "messages"}    the turn is in the database: `conversation` as in the
                                        list, `messages` those created or changed. The answer among them is being
                                        generated; this socket follows it from its present end on
    {"type": "done", "request"}         the request was carried out
    {"type": "counted", "request", "tokens"}    the exact tokens of the file as the model reads it
    {"type": "error", "request", "code", "detail", "fields"}    nothing was changed. `request` is null where the frame
                                        could not be read; `fields` as in the API: the invalid fields, if any
    {"type": "queued", "message", "position", "estimated_seconds"}    its position in the queue, from 1
    {"type": "started", "message", "prompt_tokens", "reused_tokens"}
    {"type": "reasoning", "message", "offset", "text", "tokens", "reasoning_tokens", "tokens_per_second", "seconds"}
                                        the next piece of the thought, before any text; otherwise as `text`.
                                        `seconds`: of thinking in this run so far
    {"type": "text", "message", "offset", "text", "tokens", "reasoning_tokens", "tokens_per_second"}    the next piece;
                                        `offset`: its end. `tokens`, those of them that belong to the thought, and
                                        `tokens_per_second` (null before the second token): of this run so far
    {"type": "finished", "message"}     the answer has ended: all of `message`, as in
                                        `GET /chat/conversations/ID/messages`
    {"type": "status", "status"}        models, defaults, limits or the operator's texts have changed: as in
                                        `GET /chat/status`, without `user`
    {"type": "changed", "conversation"} a conversation of this owner is new or has changed, as in the list: also when
                                        an answer in it begins or ends
    {"type": "removed", "conversation"} its id: it was deleted

Codes of `error`: `frame_unreadable`, `frame_too_large`, `frame_unknown`, `frame_invalid` (the frame itself);
`not_found` (it does not exist, or has another owner); `id_taken` (send it with a new id); `conversation_busy` (an
answer is being generated there); `not_continuable` (the answer is complete); `offset_past_end` (watch it from 0);
`too_fast`; `database_unavailable` (try again in a moment); `internal_error`. An answer that failed has a code of its
own in `message.error`: those of the API, `database_unavailable` and `internal_error`.

A frame that is unknown or cannot be read is answered by `error`; the socket stays open. Close codes: 4401, the session
has ended or has no owner; 4429, too many sockets or frames; 1012, the server restarts: reconnect.
"""

from __future__ import annotations

import json
from typing import Any, Final

from rest_framework import serializers

from bitnetsite.http.error_bodies import printable
from chat.conversations.files import FileFields, characters, files_field
from chat.conversations.serializers import SettingsSerializer
from chat.errors import ChatError
from inference.api.errors import field_errors
from inference.api.requests.fields import StrictBoolean, StrictInteger, StrictSerializer, StrictString
from inference.serving import configuration
from inference.serving.parameters import MAX_PROMPT_CHARS

from .limits import MAX_FRAME

VERSION: Final = 1
CLOSE_NO_SESSION: Final = 4401
CLOSE_TOO_MUCH: Final = 4429
CLOSE_RESTART: Final = 1012
MAX_REQUEST: Final = 100  # characters


class FrameError(ChatError):
    """A frame that cannot be accepted. `request`: the frame's own, if it could be read."""

    def __init__(
        self, code: str, detail: str, fields: dict[str, Any] | None = None, request: str | None = None
    ) -> None:
        super().__init__(code, detail, fields)
        self.request = request


class Id(serializers.UUIDField):
    """A UUID as a string."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Frame(StrictSerializer):
    """The fields of every frame of the page."""

    type = StrictString()
    request = StrictString(max_length=MAX_REQUEST)


class MessageFrame(Frame):
    message = Id()


class SendFrame(MessageFrame):
    conversation = Id()
    parent = Id(allow_null=True)  # type: ignore[assignment]  # hides DRF's attribute of this name
    text = StrictString(max_length=MAX_PROMPT_CHARS)
    files = files_field(required=False)
    settings = SettingsSerializer(required=False)
    temporary = StrictBoolean(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        limit = configuration.current().max_prompt_chars
        if characters(attrs["text"], attrs.get("files", [])) > limit:
            problem = f"Ensure that the question and its files have no more than {limit} characters."
            raise serializers.ValidationError({"text": problem})
        return attrs


class WatchFrame(MessageFrame):
    offset = StrictInteger(min_value=0)


class CountFrame(Frame):
    file = FileFields()


FRAMES: Final[dict[str, type[Frame]]] = {
    "send": SendFrame,
    "regenerate": MessageFrame,
    "continue": MessageFrame,
    "stop": MessageFrame,
    "watch": WatchFrame,
    "unwatch": MessageFrame,
    "count": CountFrame,
    "ping": Frame,
}


def read_frame(text: str) -> dict[str, Any]:
    """Return the validated frame. Raise FrameError."""
    if len(text.encode(errors="surrogatepass")) > MAX_FRAME:
        raise FrameError("frame_too_large", f"The frame is too large: at most {MAX_FRAME} bytes are accepted.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("frame_unreadable", "The frame is not JSON.") from error
    if not isinstance(frame, dict):
        raise FrameError("frame_unreadable", "The frame is not a JSON object.")
    request = frame.get("request")
    request = printable(request, MAX_REQUEST) if isinstance(request, str) else None
    kind = frame.get("type")
    if not isinstance(kind, str) or kind not in FRAMES:
        raise FrameError(
            "frame_unknown", f"Unknown type of frame. Expected one of: {', '.join(FRAMES)}.", request=request
        )
    serializer = FRAMES[kind](data=frame)
    if not serializer.is_valid():
        raise FrameError("frame_invalid", "The frame has invalid fields.", field_errors(serializer.errors), request)
    return dict(serializer.validated_data)
