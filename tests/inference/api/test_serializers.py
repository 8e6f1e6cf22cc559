"""Valid and invalid requests, without an engine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.api.native.serializers import GenerateSerializer
from inference.engine import GenerationRequest, Message
from inference.serving.parameters import DEFAULT_SYSTEM_PROMPT, MAX_PROMPT_CHARS, MAX_SYSTEM_PROMPT_CHARS
from inference.serving.service import Limits
from tests.engine_processes import examples

LIMITS = Limits(model="", trained_context=4096, context_size=2048, max_threads=4, vocabulary_size=512)


def errors(body: Any) -> dict[str, Any]:
    serializer = GenerateSerializer(data=body, context={"limits": LIMITS})
    serializer.is_valid()
    return dict(serializer.errors)


def generation(body: dict[str, Any]) -> GenerationRequest:
    serializer = GenerateSerializer(data=body, context={"limits": LIMITS})
    assert serializer.is_valid(), serializer.errors
    return serializer.generation_request(caller="me")


def test_a_prompt_alone_gets_the_documented_defaults() -> None:
    request = generation({"prompt": "Hello"})
    assert request.messages == (Message("system", DEFAULT_SYSTEM_PROMPT), Message("user", "Hello"))
    assert (request.max_tokens, request.sampling.temperature, request.sampling.top_p) == (256, 0.7, 0.9)
    assert (request.context_size, request.threads, request.sampling.seed) == (2048, None, None)
    assert request.prompt is None
    assert not request.keep


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", "x" * MAX_PROMPT_CHARS),
        ("prompt", "\x01\x7f\u200b\U0001f600\r\n\t"),
        ("system_prompt", ""),
        ("system_prompt", "x" * MAX_SYSTEM_PROMPT_CHARS),
        ("max_tokens", 1),
        ("max_tokens", 2048),
        ("temperature", 0),
        ("temperature", 2),
        ("temperature", 1.5),
        ("top_p", 1),
        ("top_p", 1e-6),
        ("context_size", 256),
        ("context_size", 4096),
        ("threads", 1),
        ("threads", 4),
        ("conversation_mode", False),
        ("seed", 0),
        ("details", True),
        ("stop", []),
        ("stop", [" ", "\n", "a" * 200, "\U0001f600"]),
    ],
)
def test_accepted(field: str, value: Any) -> None:
    assert errors({"prompt": "Hello", field: value}) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[
            ("prompt", value)
            for value in ("", " \n\t", "x" * (MAX_PROMPT_CHARS + 1), "a\x00b", "\ud800", 7, 1.5, True, None, [])
        ],
        *[
            ("system_prompt", value)
            for value in ("x" * (MAX_SYSTEM_PROMPT_CHARS + 1), "a\x00b", "\udfff", 7, False, None, {})
        ],
        *[("max_tokens", value) for value in (0, -1, 2049, 10**400, "5", 5.0, True, None, [5])],
        *[("temperature", value) for value in (-0.1, 2.1, 1e999, -1e999, 10**400, "0.7", True, None)],
        *[("top_p", value) for value in (0, -1, 1.01, 1e999, "0.9", False, None)],
        *[("context_size", value) for value in (127, 0, 4097, 10**400, "2048", 2048.0, True, None)],
        *[("threads", value) for value in (0, 5, -1, 10**400, "2", 2.0, True, None)],
        *[("conversation_mode", value) for value in ("true", 1, 0, None, "")],
        *[("seed", value) for value in (-1, 2**31, 1.0, "1", True, None)],
        *[("details", value) for value in ("yes", 1, None)],
        *[("stop", value) for value in ("a", [""], ["a"] * 5, ["a" * 201], ["a\x00"], ["\ud800"], [7], [None], None)],
    ],
)
def test_refused_with_an_error_at_the_field(field: str, value: Any) -> None:
    assert list(errors({"prompt": "Hello", field: value})) == [field]


def test_the_number_of_reported_errors_is_limited() -> None:
    assert len(errors({str(at): at for at in range(100_000)})) <= 10
    assert len(str(errors({"prompt": "Hello", "stop": [7] * 100_000}))) < 1000


def test_a_missing_prompt_is_refused() -> None:
    assert list(errors({})) == ["prompt"]


def test_unknown_fields_are_refused_by_name() -> None:
    assert list(errors({"prompt": "Hello", "temprature": 1, "n": 2})) == ["n", "temprature"]


@pytest.mark.parametrize("body", [None, [], "Hello", 7, True])
def test_a_body_that_is_not_an_object_is_refused(body: Any) -> None:
    assert errors(body)


def test_raw_completion_has_neither_template_nor_system_prompt() -> None:
    request = generation({"prompt": "Once upon", "conversation_mode": False, "system_prompt": "Be brief."})
    assert request.prompt == "Once upon"
    assert request.messages == ()


def test_a_transcript_keeps_its_process_and_its_texts() -> None:
    turns = [
        {"role": "user", "content": " a "},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    request = generation({"messages": turns, "system_prompt": ""})
    assert request.messages == (Message("user", " a "), Message("assistant", "b"), Message("user", "c"))
    assert request.keep


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [{"role": "assistant", "content": "a"}],
        [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
        [{"role": "user", "content": " "}],
        [{"role": "system", "content": "a"}],
        [{"role": "user"}],
        [{"role": "user", "content": "a", "name": "x"}],
        [{"role": "user", "content": 7}],
        ["a"],
        "a",
    ],
)
def test_an_invalid_transcript_is_refused(turns: Any) -> None:
    assert list(errors({"messages": turns}))


def test_prompt_and_messages_exclude_each_other() -> None:
    assert list(errors({"prompt": "a", "messages": [{"role": "user", "content": "a"}]})) == ["prompt"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(GenerateSerializer().fields)) | st.text(), json_values))
@pytest.mark.promise(15, times=examples(100))
def test_no_json_object_causes_a_crash(body: dict[str, Any]) -> None:
    errors(body)


def test_requests_that_are_checked_with_the_same_fields_share_nothing_else() -> None:
    checked = [
        GenerateSerializer(data={"prompt": prompt, **more}, context={"limits": LIMITS})
        for prompt, more in (("one", {"seed": 1}), ("two", {"stop": ["x"]}), ("three", {"seed": -1}), ("four", {}))
    ]
    assert [serializer.is_valid() for serializer in checked] == [True, True, False, True]
    first, second, third, fourth = checked
    assert (first.validated_data["prompt"], first.validated_data["seed"]) == ("one", 1)
    assert "seed" not in second.validated_data
    assert set(third.errors) == {"seed"}
    assert (fourth.validated_data["prompt"], fourth.validated_data["stop"]) == ("four", [])
    assert first.fields["prompt"] is not second.fields["prompt"]  # outside of the check, each has its own
