"""Migrations keep existing rows and permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@pytest.fixture
def before_plain_names(transactional_db: None) -> Iterator[Apps]:
    """The database as the migration 0004 left it, with the permissions of that time."""
    yield migrate("0004_permissions")
    call_command("migrate", verbosity=0)


def migrate(name: str) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([("inference", name)])
    return executor.loader.project_state([("inference", name)]).apps


def test_engine_events_of_processes_that_ended_become_crashes(before_plain_names: Apps) -> None:
    events = before_plain_names.get_model("inference", "EngineEvent").objects
    events.create(kind="death", detail="why")
    events.create(kind="start")
    kept = migrate("0006_plain_texts").get_model("inference", "EngineEvent").objects.order_by("pk")
    assert list(kept.values_list("kind", "detail")) == [("crash", "why"), ("start", "")]


def test_renamed_columns_and_permissions_keep_their_data(before_plain_names: Apps) -> None:
    old = before_plain_names
    old.get_model("inference", "InferenceSettings").objects.create(
        pk=1, most_tokens=100, most_prompt=200, most_per_owner=3
    )
    values = {
        "source": "api",
        "model": "m",
        "temperature": 0,
        "top_p": 1,
        "max_tokens": 1,
        "context_size": 128,
        "prompt_characters": 1,
        "reason": "stop",
    }
    records = old.get_model("inference", "GenerationRecord").objects
    first = records.create(request_id="first", pid=412, **values)
    records.create(request_id="second", pid=None, replay_of=first, **values)
    ada = User.objects.create_user("ada")
    permission = old.get_model("auth", "Permission").objects.get(codename="replay_generationrecord")
    User.user_permissions.through.objects.create(user_id=ada.pk, permission_id=permission.pk)

    new = migrate("0005_plain_names")

    row = new.get_model("inference", "InferenceSettings").objects.get()
    assert (row.max_answer_tokens, row.max_prompt_chars, row.max_requests_per_caller) == (100, 200, 3)
    kept = new.get_model("inference", "GenerationRecord").objects.order_by("request_id")
    assert list(kept.values_list("worker", "reproduces")) == [("412", None), ("", first.pk)]
    assert User.objects.get().has_perm("inference.reproduce_generationrecord")
