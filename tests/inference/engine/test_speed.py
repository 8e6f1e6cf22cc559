"""The speed of decoding: tokens after the first, by the time since the first."""

from __future__ import annotations

import pytest

from inference.engine.speed import tokens_per_second


def test_the_first_token_of_each_answer_does_not_count() -> None:
    assert tokens_per_second((11, 2.0)) == pytest.approx(5.0)
    assert tokens_per_second((11, 2.0), (6, 3.0)) == pytest.approx(3.0)


@pytest.mark.parametrize("answer", [(None, None), (0, 0.0), (1, 2.0), (5, None), (5, 0.0), (5, 0.0001)])
def test_a_speed_that_was_not_measured_is_unknown(answer: tuple[int | None, float | None]) -> None:
    assert tokens_per_second(answer) is None


def test_answers_without_a_second_token_do_not_lower_the_mean() -> None:
    assert tokens_per_second((11, 2.0), (1, 5.0), (None, None)) == pytest.approx(5.0)
