"""What the page and the server say to each other over `/chat/socket`: JSON objects with a `type`, version 1.

One socket serves a page: it follows any number of answers, of any of its owner's conversations. An answer is made
whether or not a socket follows it. Offsets count Unicode code points of an answer's text; the page does not compute
them, but gives back the last one that it was told.

The page asks, always with a `request` (any short string of its choice), and is answered by `saved`, `done` or `error`
with that `request`. Questions and conversations get their id from the page, so that asking again after a lost
connection changes nothing:

    {"type": "send", "request", "conversation", "message", "parent", "text", "settings"}
                                        a question; `parent`: the answer that it follows, null at the beginning. An
                                        edited question has the parent of the one that it replaces. The conversation
                                        is made if it is new; `settings` (optional): its settings, in that case
    {"type": "regenerate", "request", "message"}    another answer to this question
    {"type": "continue", "request", "message"}      go on with this answer; also: try a failed one again
    {"type": "stop", "request", "message"}          end this answer here, and keep what is there
    {"type": "watch", "request", "message", "offset"}    follow this answer, from an offset on
    {"type": "unwatch", "request", "message"}
    {"type": "ping", "request"}                     is anybody there?

The server:

    {"type": "hello", "version", "model", "notice"}    the first frame
    {"type": "saved", "request", "conversation", "messages"}    it is in the database: `conversation` as in the list,
                                        `messages` those made or changed. An answer among them is being made; the
                                        socket that asked follows it from its present end on
    {"type": "done", "request"}         the same, where there is nothing to tell
    {"type": "error", "request", "code", "detail", "fields"}    nothing was changed. `request` is null where the frame
                                        could not be read; `fields` as in the API: what was wrong with which, if any
    {"type": "queued", "message", "position", "estimated_seconds"}    its place in the queue, from 1
    {"type": "started", "message", "prompt_tokens", "reused_tokens"}
    {"type": "text", "message", "offset", "text", "tokens", "seconds"}    the next piece; `offset`: after it. `tokens`
                                        and `seconds`: of this run so far, for the speed
    {"type": "finished", "message"}     the answer is over: `message` whole, as in `GET /chat/conversations/ID/messages`
    {"type": "changed", "conversation"} a conversation of this owner is new or has changed, as in the list: also
                                        when an answer in it begins or ends
    {"type": "removed", "conversation"} its id: it was deleted

Codes of `error`: `frame_unreadable`, `frame_too_large`, `frame_unknown`, `frame_invalid` (the frame itself);
`not_found` (it is not there, or not this owner's); `id_taken` (send it with a new id); `conversation_busy` (an answer
is being made there); `not_continuable` (the model ended this answer itself); `offset_past_end` (watch it from 0);
`too_fast`; `database_unavailable` (try again in a moment); `internal_error`. An answer that failed has its own in
`message.error`: those of the API, `database_unavailable` and `internal_error`.

A frame that the server does not know, or cannot read, is answered by `error`; the socket stays. Close codes: 4401, the
session has ended or has no owner; 4429, too many sockets or frames; 1012, the server restarts: come back.
"""

from __future__ import annotations

import json
from typing import Any, Final, TypedDict

from rest_framework import serializers

from inference.api.errors import field_errors, printable
from inference.api.fields import StrictFloat, StrictInteger, StrictSerializer, StrictString
from inference.serving import configuration
from inference.serving.parameters import MAX_PROMPT_CHARS, MAX_SEED, MAX_SYSTEM_PROMPT_CHARS, MAX_TEMPERATURE

from .limits import MOST_FRAME

VERSION: Final = 1
CLOSE_NO_SESSION: Final = 4401
CLOSE_TOO_MUCH: Final = 4429
CLOSE_RESTART: Final = 1012
LONGEST_REQUEST: Final = 100  # characters


class FrameError(Exception):
    """A frame that cannot be taken. `code` and `detail` as in the API; `fields`: what was wrong with which."""

    def __init__(
        self, code: str, detail: str, fields: dict[str, Any] | None = None, request: str | None = None
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.fields, self.request = code, detail, fields, request


class Receipt(TypedDict):
    """One run of the engine on an answer. Tokens; `timings` in seconds: queue, prompt, first_token, decode.

    Of a run that did not come to its own end, the timings are those that the chat saw, and `seed` (unless it was asked
    for) and `threads` are null.
    """

    at: str
    model: str
    finish_reason: str
    seed: int | None
    temperature: float
    top_p: float
    max_tokens: int
    context_size: int
    threads: int | None
    prompt_tokens: int
    reused_tokens: int
    generated_tokens: int
    timings: dict[str, float]


class SettingsSerializer(StrictSerializer):
    """Settings of a conversation or a preset; null means the server's default."""

    system_prompt = StrictString(max_length=MAX_SYSTEM_PROMPT_CHARS, allow_blank=True, allow_null=True, required=False)
    temperature = StrictFloat(low=0, high=MAX_TEMPERATURE, allow_null=True, required=False)
    top_p = StrictFloat(low=0, above=True, high=1, allow_null=True, required=False)
    max_tokens = StrictInteger(min_value=1, max_value=2**31 - 1, allow_null=True, required=False)
    seed = StrictInteger(min_value=0, max_value=MAX_SEED, allow_null=True, required=False)


class Id(serializers.UUIDField):
    """Only as a string."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Frame(StrictSerializer):
    """What every frame of the page has."""

    type = StrictString()
    request = StrictString(max_length=LONGEST_REQUEST)


class MessageFrame(Frame):
    message = Id()


class SendFrame(MessageFrame):
    conversation = Id()
    parent = Id(allow_null=True)
    text = StrictString(max_length=MAX_PROMPT_CHARS)

    def validate_text(self, text: str) -> str:
        most = configuration.current().max_prompt_chars
        if len(text) > most:
            raise serializers.ValidationError(f"Ensure this field has no more than {most} characters.")
        return text

    settings = SettingsSerializer(required=False)


class WatchFrame(MessageFrame):
    offset = StrictInteger(min_value=0)


FRAMES: Final[dict[str, type[Frame]]] = {
    "send": SendFrame,
    "regenerate": MessageFrame,
    "continue": MessageFrame,
    "stop": MessageFrame,
    "watch": WatchFrame,
    "unwatch": MessageFrame,
    "ping": Frame,
}


def read_frame(text: str) -> dict[str, Any]:
    """The validated frame. Raises FrameError."""
    if len(text.encode(errors="surrogatepass")) > MOST_FRAME:
        raise FrameError("frame_too_large", f"The frame is too large: at most {MOST_FRAME} bytes are accepted.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("frame_unreadable", "The frame is not JSON.") from error
    if not isinstance(frame, dict):
        raise FrameError("frame_unreadable", "The frame is not a JSON object.")
    request = frame.get("request")
    request = printable(request, LONGEST_REQUEST) if isinstance(request, str) else None
    kind = frame.get("type")
    if not isinstance(kind, str) or kind not in FRAMES:
        raise FrameError("frame_unknown", f"Unknown type of frame. Known are: {', '.join(FRAMES)}.", request=request)
    serializer = FRAMES[kind](data=frame)
    if not serializer.is_valid():
        raise FrameError("frame_invalid", "The frame has invalid fields.", field_errors(serializer.errors), request)
    return dict(serializer.validated_data)
