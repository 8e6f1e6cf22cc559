"""Which process continues a conversation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine import (
    FinishReason,
    Sampling,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import switches, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import complete, pids, question, settled

Binary = Callable[[str], Path]


@pytest.mark.parametrize("real", [False, True])
async def test_a_next_turn_finds_the_process_that_holds_its_transcript(
    real: bool, fake_cli: Path, engine_binary: Binary, pool_on: StartPool
) -> None:
    async with pool_on(engine_binary("llama-cli") if real else fake_cli) as pool:
        sampling = Sampling(temperature=0.8)
        first = await complete(pool, question("One", caller="a", keep=True, sampling=sampling))
        usage = first.finished.usage
        if first.finished.reason is FinishReason.STOP:
            second = await complete(pool, question("One", first.text, "Two", caller="a", keep=True, sampling=sampling))
            assert second.started.reused_tokens == usage.prompt_tokens + usage.generated_tokens + 1  # the end token
            assert second.finished.seed == first.finished.seed


async def test_a_question_after_a_cut_answer_finds_its_transcript_replayed(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.02")) as pool:
        one = "One" + " and so on" * 10  # so long that the answer does not end before it is interrupted
        part = await complete(pool, question(one, max_tokens=2, keep=True))
        assert part.text == "I heard:"
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 2)  # the cut answer, and its replay
        await settled(pool)
        second = await complete(pool, question(one, part.text, "Two", keep=True))
        assert second.text == f"I heard: {one} | Two"
        assert second.started.reused_tokens > 0
