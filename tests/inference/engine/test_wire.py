"""Values of the interface on their way between a server and a node."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import get_args

import pytest

from inference.engine import (
    EngineConfig,
    Event,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    PromptSize,
    Queued,
    Sampling,
    Started,
    Text,
    Timings,
    Usage,
)
from inference.engine.errors import EngineBusy, EngineError, NodeLost, PromptTooLong, QueueFull, UnknownModel
from inference.engine.types import Reasoning
from inference.engine.wire import (
    COMMENT,
    MAX_FRAME,
    NodeSettings,
    WireError,
    decode,
    decode_error,
    encode,
    error_body,
    frame,
    frames,
)

EVENTS = [
    Queued(3, None),
    Queued(1, 2.5),
    Started(7, 2, "demo", "Demo · TQ2_0"),
    Reasoning("Let me see.", 3),
    Text("two\n\nlines\u2028 and \x85 \U0001f600", 4),
    Finished(FinishReason.STOP, Usage(7, 2, 5), Timings(0.1, 0.2, 0.3, 0.4, 0.1), 9, 2, "17", "demo", "Demo · TQ2_0"),
    PromptSize(12, fits=True),
]


async def chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_a_stream_arrives_as_it_was_sent(size: int) -> None:
    data = COMMENT + b"".join(map(frame, EVENTS))
    assert [part async for part in frames(chunks(data, size))] == [None, *EVENTS]


def test_every_event_can_be_sent() -> None:
    assert {type(event) for event in EVENTS} >= set(get_args(Event))


def test_a_request_arrives_as_it_was_sent() -> None:
    request = GenerationRequest(
        messages=(Message("system", "Be kind."), Message("user", "Hello\x00")),
        sampling=Sampling(logit_bias=((3, -1.5),), grammar='root ::= "a"', seed=None),
        stop=("\n", "é"),
        caller="key:1",
        keep=True,
        model="demo",
    )
    assert decode(GenerationRequest, json.loads(json.dumps(encode(request)))) == request


def test_settings_contain_no_files_and_programs() -> None:
    settings = NodeSettings.of(EngineConfig(model="/srv/models/demo.gguf", max_threads=3, sampling=Sampling(seed=4)))
    assert (settings.model, settings.max_threads) == ("demo", 3)
    assert "/srv" not in json.dumps(encode(settings))
    assert decode(NodeSettings, encode(settings)) == settings


@pytest.mark.parametrize(
    "error",
    [
        PromptTooLong(10, 5),
        QueueFull("The queue is full.", 2.5),
        UnknownModel("a", ["b"]),
        EngineError("x", "public"),
        NodeLost("machine2 broke off", "public"),
    ],
)
async def test_an_error_ends_the_stream_as_itself(error: EngineError) -> None:
    with pytest.raises(type(error)) as raised:
        [part async for part in frames(chunks(frame(error), 5))]
    assert type(raised.value) is type(error)
    assert (str(raised.value), raised.value.public) == (str(error), error.public)
    if isinstance(error, EngineBusy):
        assert raised.value.__dict__ == error.__dict__


def test_an_error_of_a_later_version_keeps_its_message() -> None:
    body = error_body(EngineError("The moon is in the way.")) | {"code": "moon"}
    assert str(decode_error(body)) == "The moon is in the way."


@pytest.mark.parametrize(
    "data",
    [
        b"<html>503 Service Unavailable</html>\n\n",
        b"event: text\ndata: {\n\n",
        b'event: text\ndata: {"text": 1}\n\n',
        b'event: song\ndata: {"text": "la"}\n\n',
        b'event: error\ndata: ["queue_full"]\n\n',
        b"x" * (MAX_FRAME + 1),
    ],
)
async def test_what_is_not_of_this_protocol_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        [part async for part in frames(chunks(data, 50_000))]
