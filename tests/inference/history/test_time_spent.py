"""How requests spent their time: in the queue, launching, reading prompts, answering."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import GenerationRecord

from .test_history import row


@pytest.mark.django_db
def test_a_long_prompt_that_no_process_held_is_time_for_reading_and_not_for_launching() -> None:
    long_prompt = row(prompt=30.0, launch=0.5, reused_tokens=0)
    ready = row(prompt=1.0, launch=0.0, reused_tokens=0)
    GenerationRecord.objects.bulk_create([long_prompt, ready])
    spent = GenerationRecord.objects.time_spent(timezone.now() - timedelta(hours=1))
    assert (spent.requests, spent.launched) == (2, 1)
    assert spent.launching == pytest.approx(0.5)
    assert spent.reading == pytest.approx(30.5)
