"""Receipts of runs, and the speed of an answer."""

from __future__ import annotations

import pytest

from chat.answers.receipt import receipt_of, speed_of
from inference.engine import FinishReason
from inference.engine.speed import tokens_per_second
from inference.history.writer import build_record
from tests.inference.history.test_history import outcome


@pytest.mark.parametrize("cut", [False, True], ids=["finished", "stopped"])
def test_chat_and_history_show_the_same_speed(cut: bool) -> None:
    run = outcome(generated_tokens=5, first_text=0.5, last_text=2.5)
    if cut:
        run.reason = FinishReason.CANCELLED
        run.queue = run.prompt = run.first_token = run.decode = None
    receipt = receipt_of(run, run.reason)
    record = build_record(run, texts=False)
    assert receipt
    speed = speed_of([dict(receipt)])
    assert speed == pytest.approx(2.0 if cut else 4 / 0.4)
    assert speed == run.tokens_per_second == tokens_per_second((record.generated_tokens, record.decode))


def test_the_speed_of_a_continued_answer_is_that_of_all_runs() -> None:
    runs = [{"generated_tokens": 11, "timings": {"decode": 2.0}}, {"generated_tokens": 6, "timings": {"decode": 3.0}}]
    assert speed_of(runs) == pytest.approx(3.0)
    assert speed_of([]) is None
    assert speed_of([{"generated_tokens": 3, "timings": {}}]) is None
