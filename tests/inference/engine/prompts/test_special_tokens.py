"""Special-token strings in messages are made inert."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.prompts.special_tokens import make_inert
from tests.gguf_files import BOS, EOS, EOT

ZERO_WIDTH_SPACE = "\u200b"


def test_overlapping_special_tokens_are_made_inert() -> None:
    assert make_inert("aba", {"ab", "ba"}) == f"a{ZERO_WIDTH_SPACE}b{ZERO_WIDTH_SPACE}a"
    assert make_inert("aaa", {"aa"}) == f"a{ZERO_WIDTH_SPACE}a{ZERO_WIDTH_SPACE}a"
    assert make_inert(f"x{BOS}", set()) == f"x{BOS}"


@given(
    text=st.lists(st.sampled_from([BOS, EOS, EOT, "<", "<|", "|>", "eot_id", "[INST]", "ab", "a"])).map("".join),
    tokens=st.sets(st.sampled_from([BOS, EOS, EOT, "<|", "[INST]", "aba", "ab", "ba"])),
)
def test_inert_text_contains_no_special_token_and_differs_only_by_zero_width_spaces(
    text: str, tokens: set[str]
) -> None:
    result = make_inert(text, tokens)
    assert not [token for token in tokens if token in result]
    assert result.replace(ZERO_WIDTH_SPACE, "") == text
    assert (result == text) == (not [token for token in tokens if token in text])


@pytest.mark.serial
def test_a_long_text_is_made_inert_in_linear_time() -> None:
    tokens = {f"<|reserved_special_token_{number}|>" for number in range(256)} | {"[INST]", "</s>"}

    def seconds(copies: int) -> float:
        started = time.process_time()
        make_inert("<|reserved_special_token_9 and [some] text " * copies, tokens)
        return time.process_time() - started

    assert seconds(25_000) < 40 * seconds(2_500)  # quadratic would be 100
