"""The history in the administration: filters, search, details, export, deletion."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from bitnetsite import admin_site
from inference.models import ApiKey, GenerationRecord
from tests.inference.administration import HISTORY, administrator, forbidden, generation, seen, superuser, text

pytestmark = pytest.mark.django_db


def found(client: Client, **query: Any) -> set[str]:
    """Return the first characters of the request ids in the list."""
    rows = client.get(HISTORY, query).context_data["cl"].result_list  # type: ignore[attr-defined]
    return {row.request_id[0] for row in rows}


@pytest.fixture
def rows() -> dict[str, GenerationRecord]:
    """Five rows, by the letter of which their request ids consist."""
    ada, bob = User.objects.create_user("lovelace"), User.objects.create_user("bob")
    key, _ = ApiKey.objects.issue(user=bob, name="backup script")
    now = timezone.now()
    turns = [{"role": "user", "content": "Why is the sky Grün?"}]
    return {
        "a": generation(request_id="a" * 32, source="chat", user=ada, at=now),
        "b": generation(request_id="b" * 32, key=key, at=now - timedelta(days=1)),
        "c": generation(request_id="c" * 32, reason="error", error_code="queue_full", at=now - timedelta(days=5)),
        "d": generation(request_id="d" * 32, messages=turns, answer="Blue, said 100%.", at=now - timedelta(days=40)),
        "e": generation(request_id="e" * 32, prompt="Once upon", answer="a time", model_name="Other", at=now),
    }


def test_filters_select_the_right_rows(rows: dict[str, GenerationRecord]) -> None:
    client = superuser()
    today = timezone.localdate()
    assert found(client) == set("abcde")
    assert found(client, day=today.isoformat()) == {"a", "e"}
    assert found(client, day=(today - timedelta(days=1)).isoformat()) == {"b"}
    assert found(client, day=(today - timedelta(days=40)).isoformat()) == {"d"}
    assert found(client, source="chat") == {"a"}
    assert found(client, reason="error") == {"c"}
    assert found(client, model_name="Other") == {"e"}
    assert found(client, user=rows["a"].user_id) == {"a"}
    assert found(client, user=rows["b"].key.user_id) == {"b"}  # type: ignore[union-attr]  # by their key
    assert found(client, key=rows["b"].key_id) == {"b"}
    assert found(client, day="", source="", reason="stop", model_name="BitNet Demo") == {"a", "b", "d"}


@pytest.mark.parametrize("value", ["x", "0", "-1", "9" * 30, "\u0661", "None", "'"])
@pytest.mark.parametrize("name", ["day", "source", "reason", "model_name", "user", "key", "p", "o", "nothing"])
def test_an_invalid_filter_finds_nothing_and_causes_no_error(
    rows: dict[str, GenerationRecord], name: str, value: str
) -> None:
    response = superuser().get(HISTORY, {name: value}, follow=True)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("b" * 32, {"b"}),
        ("c" * 10, {"c"}),
        ("Lovelace", {"a"}),
        ("backup", {"b"}),
        ("sky", {"d"}),
        ("Grün", {"d"}),
        ("100%", {"d"}),
        ("upon", {"e"}),
        ("time", {"e"}),
        ("nowhere", set()),
        ("%", {"d"}),
        ("", set("abcde")),
    ],
)
def test_search_covers_ids_names_and_stored_texts(
    rows: dict[str, GenerationRecord], words: str, expected: set[str]
) -> None:
    assert found(superuser(), q=words) == expected


def test_a_long_history_is_counted_only_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        generation()
    client = superuser()
    assert "More than" not in seen(client.get(HISTORY))
    monkeypatch.setattr(admin_site, "MAX_COUNTED", 3)
    assert "More than 3" in seen(client.get(HISTORY))


def test_the_details_show_all_facts(rows: dict[str, GenerationRecord]) -> None:
    client = superuser()
    page = seen(client.get(f"{HISTORY}{rows['b'].pk}/change/"))
    for fact in (
        "2.80 s in total",
        "5.0 tokens/s",
        "Queue 0.20 s",
        "Prompt 0.60 s",
        "Answer 2.00 s",
    ):
        assert fact in page
    for fact in ("Seed 7", "Temperature 0.7", "Context 2,048", "Process 412, 1 thread", "backup script", "b" * 32):
        assert fact in page
    assert "Only the sizes" in page
    assert "KEEP_API_TEXTS" in page
    kept = seen(client.get(f"{HISTORY}{rows['d'].pk}/change/"))
    assert "Why is the sky Grün?" in kept
    assert "Only the sizes" not in kept
    used = {"top_k": 40, "logit_bias": [[5, 1.0], [6, 2.0]], "grammar": 'root ::= "a"'}
    structured = seen(client.get(f"{HISTORY}{generation(request_id='f' * 32, sampling=used).pk}/change/"))
    for fact in ("Top k 40", "Logit bias 2 tokens", "Grammar 12 characters"):
        assert fact in structured
    failed = seen(client.get(f"{HISTORY}{rows['c'].pk}/change/"))
    assert "failed ( queue_full )" in failed
    refused = seen(client.get(f"{HISTORY}{generation(request_id='e' * 32, worker='', threads=None).pk}/change/"))
    assert "Process None: the request did not reach one" in refused


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "1/2"])
def test_unknown_details_are_not_found(key: str) -> None:
    assert superuser().get(f"{HISTORY}{key}/change/").status_code == 404


def test_the_bars_of_the_phases_follow_each_other() -> None:
    from inference.history.receipt import WIDTH, phases

    row = generation(queue=0.0, prompt_time=1.0, first_token=1.0, decode=2.0)
    bars = phases(row)
    assert [bar.x for bar in bars] == [0.0, 0.0, WIDTH / 2]
    assert [bar.width for bar in bars][1:] == [WIDTH / 2, WIDTH / 2]
    assert 0 < bars[0].width < 10  # a phase without duration is still visible
    nothing = phases(generation(queue=3.0, prompt_time=None, first_token=None, decode=None))
    assert [bar.width for bar in nothing] == [WIDTH, 0.0, 0.0]


def test_a_reproduction_shows_both_answers_and_their_first_difference(rows: dict[str, GenerationRecord]) -> None:
    first = rows["d"]
    turns = {"messages": first.messages, "reproduces": first, "source": "admin"}
    other = generation(answer="Blue, says everybody.", **turns)
    page = text(superuser().get(f"{HISTORY}{other.pk}/change/"))
    assert "Blue, sa<mark>id</mark> 100%." in page
    assert "Blue, sa<mark>ys</mark> everybody." in page
    assert "for an unknown reason" in page
    equal = generation(answer=first.answer, **turns)
    client = superuser("grace")
    assert "Equal." in seen(client.get(f"{HISTORY}{equal.pk}/change/"))
    shorter = generation(answer="Blue", threads=2, **turns)
    page = text(client.get(f"{HISTORY}{shorter.pk}/change/"))
    assert "Different, as expected." in page
    assert 'Blue<mark class="end">ends here</mark>' in page
    listed = seen(client.get(f"{HISTORY}{first.pk}/change/"))
    assert listed.count(", different") == 2
    assert listed.count(", equal") == 1


def body(response: Any) -> str:
    async def read() -> bytes:
        return b"".join([part async for part in response])

    return async_to_sync(read)().decode()


@pytest.mark.django_db(transaction=True)
def test_the_filtered_list_can_be_downloaded(rows: dict[str, GenerationRecord]) -> None:
    client = superuser()
    response = client.get(f"{HISTORY}export.csv", {"source": "api"})
    assert response["Content-Type"] == "text/csv"
    assert response["Content-Disposition"].startswith('attachment; filename="history-')
    lines = list(csv.DictReader(io.StringIO(body(response))))
    assert [line["request_id"][0] for line in lines] == ["e", "d", "c", "b"]
    response = client.get(f"{HISTORY}export.jsonl", {"q": "sky"})
    rows_read = [json.loads(line) for line in body(response).splitlines()]
    assert [row["answer"] for row in rows_read] == ["Blue, said 100%."]
    assert forbidden(administrator("inference.view_apikey").get(f"{HISTORY}export.csv"))
    listed = text(client.get(HISTORY, {"source": "api"}))
    assert 'export.csv?source=api"' in listed


def test_only_superusers_delete_after_confirmation(rows: dict[str, GenerationRecord]) -> None:
    form = {"action": "erase", "index": "0", "_selected_action": [rows["a"].pk, rows["b"].pk]}
    reader = administrator("inference.view_generationrecord", "inference.delete_generationrecord")
    assert "Delete permanently" not in text(reader.get(HISTORY))
    reader.post(HISTORY, form | {"confirmed": "yes"})
    assert GenerationRecord.objects.count() == 5
    client = superuser()
    assert "Delete 2 generations?" in seen(client.post(HISTORY, form))
    assert GenerationRecord.objects.count() == 5
    assert "2 generations deleted." in seen(client.post(HISTORY, form | {"confirmed": "yes"}, follow=True))
    assert {row.request_id[0] for row in GenerationRecord.objects.all()} == set("cde")
    everything = {"action": "erase", "index": "0", "_selected_action": [rows["c"].pk], "select_across": "1"}
    client.post(f"{HISTORY}?source=api&model_name=Other", everything | {"confirmed": "yes"})
    assert {row.request_id[0] for row in GenerationRecord.objects.all()} == set("cd")


def test_reproducing_needs_its_permission_and_texts(rows: dict[str, GenerationRecord]) -> None:
    kept, sizes = rows["d"], rows["a"]
    reader = administrator("inference.view_generationrecord")
    assert ">Reproduce<" not in text(reader.get(f"{HISTORY}{kept.pk}/change/"))
    assert forbidden(reader.post(f"{HISTORY}{kept.pk}/reproduce/"))
    blind = administrator("inference.reproduce_generationrecord", name="blind")
    assert forbidden(blind.post(f"{HISTORY}{kept.pk}/reproduce/"))
    both = administrator("inference.view_generationrecord", "inference.reproduce_generationrecord", name="both")
    assert ">Reproduce<" in text(both.get(f"{HISTORY}{kept.pk}/change/"))
    assert ">Reproduce<" not in text(both.get(f"{HISTORY}{sizes.pk}/change/"))
    page = seen(both.post(f"{HISTORY}{sizes.pk}/reproduce/", follow=True))
    assert "Only the sizes of this prompt and answer were stored" in page
    protected = Client(enforce_csrf_checks=True)
    protected.cookies = both.cookies
    assert forbidden(protected.post(f"{HISTORY}{kept.pk}/reproduce/"))
