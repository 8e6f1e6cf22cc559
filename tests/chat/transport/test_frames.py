"""Parsing of the page's frames: any text is read, or refused with a reason."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.transport.frames import FRAMES, FrameError, read_frame
from chat.transport.limits import MAX_FRAME
from tests.engine_processes import examples

ID = str(uuid4())
SEND = {"type": "send", "request": "1", "conversation": ID, "message": ID, "parent": None, "text": "Hello"}

texts = st.text() | st.text(st.characters(categories=["Cs"]), max_size=3)  # lone surrogates, which JSON can contain
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    ["type", "request", "message", "conversation", "parent", "text", "files", "file", "settings", "offset"]
)
near_frames = st.fixed_dictionaries(
    {"type": st.sampled_from(list(FRAMES)), "request": st.just("1") | json_values},
    optional={"message": st.just(ID) | json_values, "offset": json_values, "settings": json_values},
)


def refusal(frame: Any) -> FrameError:
    with pytest.raises(FrameError) as caught:
        read_frame(frame if isinstance(frame, str) else json.dumps(frame))
    return caught.value


def read_or_refused(text: str) -> None:
    try:
        frame = read_frame(text)
    except FrameError as error:
        assert error.code and error.detail
        json.dumps([error.detail, error.fields, error.request], ensure_ascii=False).encode()  # the error can be sent
    else:
        assert frame["type"] in FRAMES


@pytest.mark.promise(15, times=examples(100))
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refused(text)


@pytest.mark.promise(15, times=examples(100))
@given(json_values | st.dictionaries(names, json_values))
def test_any_json_is_read_or_refused(value: Any) -> None:
    read_or_refused(json.dumps(value))


@pytest.mark.promise(15, times=examples(1000))
@settings(max_examples=examples(1000))
@given(near_frames)
def test_frames_with_anything_in_their_fields_are_read_or_refused(frame: dict[str, Any]) -> None:
    read_or_refused(json.dumps(frame))


@pytest.mark.parametrize("text", ["[" * 200_000, '{"type":' * 100_000, "\ud800", '"\\ud800"', "NaN", ""])
def test_input_that_breaks_parsers_is_refused(text: str) -> None:
    assert refusal(text).code == "frame_unreadable"


@pytest.mark.promise(29)
def test_a_frame_that_is_too_large_is_refused_before_parsing() -> None:
    assert refusal('"' + "ü" * (MAX_FRAME // 2) + '"').code == "frame_too_large"


def test_the_error_for_an_unknown_type_lists_the_known_ones() -> None:
    error = refusal({"type": "shout", "request": "7"})
    assert (error.code, error.request) == ("frame_unknown", "7")
    assert "watch" in error.detail


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n"}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"text": 7}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"conversation": "1"}, "conversation"),
        ({"parent": 3}, "parent"),
        ({"settings": {"temperature": 3}}, "settings.temperature"),
        ({"settings": {"seed": "1"}}, "settings.seed"),
        ({"settings": {"colour": 1}}, "settings.colour"),
        ({"more": 1}, "more"),
        ({"\ud800": 1}, "\\ud800"),
        ({"request": "x" * 101}, "request"),
    ],
)
def test_invalid_fields_are_named(change: dict[str, Any], field: str) -> None:
    error = refusal(SEND | change)
    assert error.code == "frame_invalid"
    assert list(error.fields or {}) == [field]
    assert all(isinstance(problems, list) for problems in (error.fields or {}).values())


def test_a_valid_frame_is_read_with_its_values() -> None:
    frame = read_frame(json.dumps(SEND | {"settings": {"temperature": 0, "system_prompt": ""}}))
    assert str(frame["conversation"]) == ID
    assert frame["parent"] is None
    assert frame["settings"] == {"temperature": 0.0, "system_prompt": ""}


def test_a_question_and_its_files_share_one_limit() -> None:
    files = [{"name": "a.txt", "text": "x" * 60_000}, {"name": "b.txt", "text": "x" * 39_995}]
    assert len(read_frame(json.dumps(SEND | {"files": files}))["files"]) == 2
    assert list(refusal(SEND | {"files": files, "text": "Hello!"}).fields or {}) == ["text"]
    assert list(refusal(SEND | {"files": files[1:] * 11}).fields or {}) == ["files"]
    assert refusal(SEND | {"files": [{"name": "a", "text": "x" * 100_001}]}).fields
