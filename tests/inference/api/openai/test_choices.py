"""Several answers of one request: each begins within the limits of its key, or ends the request."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from inference.api.limits import concurrency
from inference.api.limits.metering import metered
from inference.api.openai import stream
from inference.api.openai.answers import ChatAnswers, Head
from inference.engine import Event, Finished, Text, Timings, Usage
from inference.engine.types import FinishReason
from inference.models import ApiKey
from tests.commands import api_key, user
from tests.inference.keys.test_keys import bearer
from tests.server import Server

EIGHT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}], "n": 8}
LIMIT = 100  # tokens per day; an answer has more than 20 and less than 50 with its prompt


async def answer() -> AsyncGenerator[Event, None]:
    yield Text("ab", tokens=2)
    yield Finished(FinishReason.STOP, Usage(20, 0, 2), Timings(), 1, 1, 1, "m", "m")


async def test_another_request_may_take_the_place_of_the_key_between_two_answers(transactional_db: None) -> None:
    owner = await User.objects.acreate_user("ada")
    key = ApiKey(pk=1, user=owner, at_once=1)
    with concurrency.place(key):
        answers = ChatAnswers(Head("chatcmpl-1", "m"))
        sent = [piece async for piece in stream.write(answer(), [metered(answer(), key)], answers, with_usage=False)]
    last = json.loads(sent[-1].removeprefix(b"data: "))
    assert last["error"]["code"] == "too_many_at_once"
    assert last["error"]["type"] == "rate_limit_error"
    assert [b'"finish_reason": "stop"' in piece for piece in sent].count(True) == 1
    assert not concurrency.running()


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
def test_the_tokens_of_the_day_are_checked_before_each_answer(tmp_path: Path, fake_cli: Path, streams: bool) -> None:
    user(tmp_path)
    key = bearer(api_key(tmp_path, "--tokens-per-day", str(LIMIT)))
    fast = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}
    with Server(tmp_path, **fast) as server, server.client() as client:
        server.wait_for_health()
        response = client.post("/v1/chat/completions", json=EIGHT | {"stream": streams}, headers=key)
        if streams:
            *chunks, last = [json.loads(line[6:]) for line in response.text.split("\n\n") if line]
            ended = [chunk for chunk in chunks if chunk["choices"][0]["finish_reason"]]
            assert 1 < len(ended) < 6
        else:
            last = response.json()
            assert response.status_code == 429
            assert "those before it are lost" in last["error"]["message"]
            assert int(response.headers["retry-after"]) > 80_000
        assert last["error"]["code"] == "token_limit"
        used = int(last["error"]["message"].partition("has used ")[2].partition(".")[0])
        assert LIMIT <= used < LIMIT + 50
