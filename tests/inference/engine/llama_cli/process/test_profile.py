"""Arguments and lines for llama-cli, and which process can serve which request."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.llama_cli.process.profile import Profile, encode_line, escape
from inference.engine.prompts.prompt import Prompt
from inference.engine.types import Sampling

PROMPT = Prompt("System: Be brief.<|eot_id|>", "<|start|>", "User: Hi", "<|eot_id|>Assistant:", 1, True)
# NUL cannot be sent, and a lone surrogate is no text; the API refuses both.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def profile(**sampling: Any) -> Profile:
    return Profile.of(PROMPT, Sampling(**sampling), context_size=2048, threads=2)


def unescaped(data: bytes) -> bytes:
    r"""Unescape as llama-cli's `string_process_escapes`: `\n \r \t \' \" \\ \xHH`, others stay as they are."""
    simple = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"'": b"'", b'"': b'"', b"\\": b"\\"}
    text, at = b"", 0
    while at < len(data):
        following = data[at + 1 : at + 2]
        if data[at : at + 1] == b"\\" and following in simple:
            text, at = text + simple[following], at + 2
        elif data[at : at + 2] == b"\\x":
            text, at = text + bytes([int(data[at + 2 : at + 4], 16)]), at + 4
        else:
            text, at = text + data[at : at + 1], at + 1
    return text


def received(line: bytes) -> bytes:
    """Read a line as llama-cli does: remove its last character `/`, then unescape."""
    assert line.endswith(b"/\n")
    assert line.count(b"\n") == 1
    return unescaped(line[:-2])


@given(TEXT.filter(bool))
def test_a_line_reaches_the_model_as_exactly_the_text(text: str) -> None:
    assert received(encode_line(text)) == text.encode()


@given(TEXT)
def test_escaped_text_is_one_line_and_reads_back(text: str) -> None:
    assert not set("\n\r\t") & set(escape(text))
    assert unescaped(escape(text).encode()) == text.encode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hi", b"Hi/\n"),
        ("a/", b"a//\n"),
        ("a\\", b"a\\\\/\n"),
        ("one\r\ntwo\t", b"one\\r\\ntwo\\t/\n"),
        (r"C:\new", b"C:\\\\new/\n"),
        ("<|eot_id|>", b"<|eot_id|>/\n"),
        ("naïve 🙂", "naïve 🙂/\n".encode()),
        ("a", b"\\x61/\n"),
        ("/", b"\\x2f/\n"),
        ("\n", b"\\n/\n"),
        ("\\", b"\\\\/\n"),
        ("é", "é/\n".encode()),
    ],
)
def test_a_line_is_escaped_and_ends_in_a_slash(text: str, line: bytes) -> None:
    assert encode_line(text) == line


def test_an_empty_line_continues_an_open_answer() -> None:
    assert encode_line(None) == b"/\n"


def test_settings_without_effect_at_temperature_0_are_not_in_the_profile() -> None:
    greedy = profile(temperature=0.0, top_p=0.5, top_k=3, min_p=0.2, seed=7)
    assert greedy == profile(temperature=0.0)
    assert greedy.sampling.seed is None
    assert profile(temperature=0.1, top_p=0.5) != profile(temperature=0.1)


def test_penalties_biases_and_grammar_count_at_temperature_zero_too() -> None:
    for change in ({"repeat_penalty": 1.1}, {"presence_penalty": 0.5}, {"logit_bias": ((1, 2.0),)}, {"grammar": "x"}):
        assert profile(temperature=0.0, **change) != profile(temperature=0.0)
    assert profile(repeat_last_n=-1) == profile()
    assert profile(repeat_last_n=-1, repeat_penalty=1.1) != profile(repeat_penalty=1.1)


def test_penalties_biases_and_grammar_are_arguments_where_they_are_used() -> None:
    used = profile(seed=7, presence_penalty=-0.5, repeat_last_n=-1, logit_bias=((3, -100.0), (9, 0.5)), grammar="x")
    arguments = used.arguments(Path("m.gguf"), "/dev/fd/9", "/dev/fd/8")
    following = dict(pairwise(arguments))
    assert following["--presence-penalty"] == "-0.5"
    assert following["--repeat-last-n"] == "2048"
    assert following["--grammar-file"] == "/dev/fd/8"
    biases = [value for name, value in pairwise(arguments) if name == "--logit-bias"]
    assert biases == ["3-100.000000", "9+0.500000"]
    unused = profile(seed=7).arguments(Path("m.gguf"), "/dev/fd/9", "/dev/fd/8")
    assert not {"--presence-penalty", "--repeat-last-n", "--logit-bias", "--grammar-file"} & set(unused)


def test_the_line_is_not_part_of_the_profile() -> None:
    other = Profile.of(replace(PROMPT, line="User: Why?", leading_spaces=0), Sampling(), context_size=2048, threads=2)
    assert other == profile()


@pytest.mark.promise(28)
def test_the_arguments_contain_everything_in_the_profile() -> None:
    arguments = profile(temperature=0.3, top_p=0.8, top_k=5, min_p=0.1, seed=7).arguments(
        Path("m.gguf"), "/dev/fd/9", "/dev/fd/8"
    )
    following = dict(pairwise(arguments))
    expected = {
        "-m": "m.gguf",
        "-f": "/dev/fd/9",
        "-c": "2048",
        "-t": "2",
        "--seed": "7",
        "--temp": "0.3",
        "--top-p": "0.8",
        "--top-k": "5",
        "--min-p": "0.1",
        "--in-prefix": "<|start|>",
        "--in-suffix": "<|eot_id|>Assistant:",
        "-n": "-1",
        "-lv": "1",
    }
    assert {name: following[name] for name in expected} == expected
    assert {"-i", "-if", "--simple-io", "--special", "--no-display-prompt", "--no-context-shift"} <= set(arguments)
    assert "-cnv" not in arguments


@pytest.mark.promise(28)
def test_the_arguments_do_not_show_the_initial_prompt() -> None:
    arguments = profile(seed=7).arguments(Path("m.gguf"), "/dev/fd/9", "/dev/fd/8")
    evaluation = profile().evaluation_arguments(Path("llama-cli"), Path("m.gguf"))
    assert not [argument for argument in arguments + evaluation if "Be brief" in argument]


def test_empty_headers_are_passed_too() -> None:
    """Without these arguments, llama-cli applies its own chat template."""
    raw = Profile.of(Prompt("", "", "Once", "", 0, False), Sampling(seed=7), context_size=2048, threads=2)
    arguments = raw.arguments(Path("m.gguf"), "/dev/fd/9", "/dev/fd/8")
    assert arguments[arguments.index("--in-prefix") + 1] == ""
    assert arguments[arguments.index("--in-suffix") + 1] == ""


def test_newlines_in_headers_are_escaped() -> None:
    chatml = replace(profile(seed=7), in_prefix="\n<|im_start|>", in_suffix="<|im_end|>\n<|im_start|>assistant\n")
    arguments = chatml.arguments(Path("m.gguf"), "/dev/fd/9", "/dev/fd/8")
    assert arguments[arguments.index("--in-prefix") + 1] == r"\n<|im_start|>"
    assert not [argument for argument in arguments if "\n" in argument]


@pytest.mark.parametrize(
    ("change", "compatible"),
    [
        ({}, True),
        ({"context_size": 1024}, True),
        ({"context_size": 2049}, False),
        ({"threads": 1}, False),
        ({"in_prefix": ""}, False),
        ({"in_suffix": ""}, False),
        ({"sampling": Sampling(seed=7)}, True),
        ({"sampling": Sampling(top_p=0.5)}, False),
        ({"sampling": Sampling(top_k=40)}, False),
    ],
)
def test_a_process_can_continue_what_its_launch_allows_after_any_initial_prompt(
    change: dict[str, object], compatible: bool
) -> None:
    asked = replace(profile(), **change)  # type: ignore[arg-type]
    assert profile().can_continue(asked) is compatible
    assert profile().can_start(asked) is compatible
    assert profile().can_continue(replace(asked, initial="The transcript so far")) is compatible


def test_a_process_can_start_only_conversations_with_its_initial_prompt() -> None:
    assert not profile().can_start(replace(profile(), initial=""))


def test_a_seed_is_filled_in_without_other_changes() -> None:
    assert profile().with_seed(7) == profile(seed=7)
