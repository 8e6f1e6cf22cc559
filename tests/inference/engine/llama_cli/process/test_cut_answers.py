"""Answers that are cut at their limit, and their continuations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine import FinishReason
from inference.engine.llama_cli.process.state import State
from tests.engine_processes import PATIENCE, command, never_ends, switches
from tests.inference.engine.llama_cli.process.processes import SILENT, Binary, ask, plan_for, started


@pytest.mark.parametrize("limit", [1, 5, 20])
async def test_a_cut_answer_continues_in_place_as_if_it_had_not_been_cut(
    limit: int, engine_binary: Binary, model: Path
) -> None:
    """Cut in the middle of characters too; tokens sampled between a cut and its notice begin the next part.

    Greedy, because a cut restarts llama-cli's random number generator.
    """
    plan = plan_for(model, "Hello")
    continuation = replace(plan, prompt=replace(plan.prompt, line=None, leading_spaces=0))
    real = command(engine_binary("llama-cli"), model, *never_ends(model))
    async with started(real, plan) as process:
        whole, _ = await ask(process, plan, max_tokens=5 * limit)
    async with started(real, plan) as process:
        text, answer = await ask(process, plan, keep=True, max_tokens=limit)
        held = answer.context_tokens
        for _ in range(4):
            assert await process.settled()
            more, answer = await ask(process, continuation, keep=True, max_tokens=limit, fresh=False)
            assert answer.tokens == limit
            assert answer.usage.prompt_tokens == answer.usage.reused_tokens == held
            text, held = text + more, held + limit
        assert await process.settled()
    assert text == whole


@pytest.mark.promise(6)
async def test_a_cut_answer_whose_child_ignores_the_interrupt_is_killed(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    deaf = switches("tokens=100000", "seconds-per-token=0.01", "ignore-sigint")
    timeouts = replace(SILENT, first_token=PATIENCE, token=1.0)
    async with started(command(fake_cli, model, *deaf, timeouts=timeouts), plan) as process:
        text, answer = await ask(process, plan, keep=True, max_tokens=3)
        assert (text, answer.reason) == ("w0 w1 w2", FinishReason.LENGTH)
        assert process.state is State.INTERRUPTED
        assert not await process.settled()
        await process.wait()


async def test_a_stop_string_among_the_tokens_after_a_cut_ends_the_process(fake_cli: Path, model: Path) -> None:
    """Its context holds more than the answer's text, as after any stop string."""
    plan = plan_for(model, "Hello")
    continuation = replace(plan, prompt=replace(plan.prompt, line=None, leading_spaces=0))
    deaf = command(fake_cli, model, *switches("tokens=9", "interrupt-at=8"))
    async with started(deaf, plan) as process:
        await ask(process, plan, keep=True, max_tokens=3)
        assert await process.settled()
        text, answer = await ask(process, continuation, keep=True, stop=("w5",), fresh=False)
        assert (text, answer.reason) == (" w3 w4 ", FinishReason.STOP)
        assert not await process.settled()


async def test_bytes_of_a_cut_character_do_not_reach_the_answer_after_the_next(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "é")
    continuation = replace(plan, prompt=replace(plan.prompt, line=None, leading_spaces=0))
    split = switches("echo", "bytes", "seconds-per-token=0.02")
    async with started(command(fake_cli, model, *split), plan) as process:
        text, _ = await ask(process, plan, keep=True, max_tokens=2)
        assert await process.settled()
        more, answer = await ask(process, continuation, keep=True, fresh=False)
        assert (text + more, answer.reason) == ("é", FinishReason.STOP)
        assert await process.settled()
        text, _ = await ask(process, plan_for(model, "é", "é", "è"), keep=True, fresh=False)
        assert text == "è"
