"""Saving the end of an answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chat.accounts.owners import Owner
from chat.answers.saving import Ending, save_end
from chat.models import MAX_RUNS, Message
from tests.chat.browser import conversation
from tests.chat.transfer.files import RECEIPT

pytestmark = pytest.mark.django_db


def test_an_answer_keeps_its_latest_receipts() -> None:
    answer = conversation(Owner(visitor=uuid4()), "One?", "Yes.").messages.get(role="assistant")
    for number in range(MAX_RUNS + 2):
        receipt: Any = RECEIPT | {"seed": number}
        save_end(answer.pk, "Yes.", "", None, Ending(Message.Status.LENGTH, receipt=receipt))
    answer.refresh_from_db()
    assert [run["seed"] for run in answer.runs] == list(range(2, MAX_RUNS + 2))
