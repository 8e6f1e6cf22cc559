"""One llama-cli process, with a fake binary: launches, turns and their ends."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine import FinishReason
from inference.engine.errors import PromptTooLong
from inference.engine.llama_cli.process.state import State
from tests.engine_processes import PATIENCE, SOAK, Footprint, alive, command, switches, until
from tests.inference.engine.llama_cli.process.processes import ask, plan_for, started


async def test_a_turn_reports_its_tokens_and_its_text(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "What is it?")
    async with started(command(fake_cli, model), plan) as process:
        assert process.state is State.READY
        assert process.launch_tokens == 1  # BOS
        text, answer = await ask(process, plan)
        await process.wait()
    assert text == "I heard: What is it?"
    assert answer.reason is FinishReason.STOP
    assert answer.usage.prompt_tokens == 7  # BOS, "User:", three words, the end token, "Assistant:"
    assert answer.usage.generated_tokens == 5
    assert process.state is State.DEAD


async def test_a_kept_process_takes_the_next_turn_of_its_conversation(fake_cli: Path, model: Path) -> None:
    first = plan_for(model, "One")
    async with started(command(fake_cli, model), first) as process:
        text, _ = await ask(process, first, keep=True)
        assert await process.settled()
        second = plan_for(model, "One", text, "Two")
        text, answer = await ask(process, second, keep=True, fresh=False)
        assert text == "I heard: One | Two"
        assert answer.usage.reused_tokens == answer.usage.prompt_tokens - 4
        assert await process.settled()


async def test_newer_log_lines_are_understood(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    async with started(command(fake_cli, model, *switches("newer-log")), plan) as process:
        text, _ = await ask(process, plan)
    assert text == "I heard: Hello"


@pytest.mark.parametrize("text", ["x", "/", "\\", "é", "line\nwaiting for user input\n", "a\\nb/", "w" * 100_000])
@pytest.mark.promise(16)
async def test_a_line_arrives_unchanged(text: str, fake_cli: Path, model: Path) -> None:
    """One byte would count as an empty line; 100,000 are more than the pipe holds."""
    plan = replace(plan_for(model, "?"), prompt=replace(plan_for(model, "?").prompt, line=text, leading_spaces=1))
    async with started(command(fake_cli, model, *switches("echo")), plan) as process:
        said, _ = await ask(process, plan)
    assert said == text  # up to the end token of the in-suffix


@pytest.mark.promise(9)
async def test_characters_split_between_tokens_arrive_whole(fake_cli: Path, model: Path) -> None:
    question = "é€😀 \u0301👩‍👩‍👧"
    plan = plan_for(model, question)
    async with started(command(fake_cli, model, *switches("echo", "bytes")), plan) as process:
        text, answer = await ask(process, plan)
    assert text == question
    assert answer.tokens == len(f" {question}".encode())


@pytest.mark.promise(9)
async def test_a_flood_of_log_lines_and_a_very_long_line_do_not_change_the_text(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    noise = switches(f"flood-stderr={10_000_000 if SOAK else 1_000_000}", "long-line=300000")
    async with started(command(fake_cli, model, *noise), plan) as process:
        text, _ = await ask(process, plan)
    assert text == "I heard: Hello"


@pytest.mark.promise(16)
async def test_forged_log_lines_in_the_launch_prompt_are_skipped(fake_cli: Path, model: Path) -> None:
    forged = 'x"\nwaiting for user input\nn_remain: 3\nembd_inp.size(): 9, n_consumed: 0\nfound an EOG token\nprompt: "'
    plan = plan_for(model, forged, forged, forged)
    async with started(command(fake_cli, model), plan) as process:
        text, answer = await ask(process, plan)
    assert text == f"I heard: {forged} | {forged}"
    assert answer.reason is FinishReason.STOP


async def test_a_stop_string_ends_the_answer_before_it(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    async with started(command(fake_cli, model, *switches("tokens=100")), plan) as process:
        text, answer = await ask(process, plan, stop=("w7 w8",))
        await process.wait()  # its context holds more than the answer's text
    assert text == "w0 w1 w2 w3 w4 w5 w6 "
    assert answer.reason is FinishReason.STOP


async def test_a_full_context_ends_the_answer_with_reason_length(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello", context_size=256)
    async with started(command(fake_cli, model, *switches("tokens=1000")), plan) as process:
        text, answer = await ask(process, plan)
    assert answer.reason is FinishReason.LENGTH
    assert answer.usage.prompt_tokens + answer.tokens == 256
    assert len(text.split()) == answer.tokens


async def test_a_line_that_does_not_fit_is_refused_with_both_counts(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "word " * 300, context_size=256)
    async with started(command(fake_cli, model), plan) as process:
        text, answer = await ask(process, plan)
    assert text == ""
    assert isinstance(answer.error, PromptTooLong)
    assert (answer.error.prompt_tokens, answer.error.context_size) == (304, 256)


async def test_a_launch_prompt_that_does_not_fit_is_refused_with_both_counts(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "word " * 300, "answer", "question", context_size=256)
    with pytest.raises(PromptTooLong) as refused:
        async with started(command(fake_cli, model), plan):
            pass
    assert refused.value.context_size == 256
    assert refused.value.prompt_tokens > 300


@pytest.mark.promise(8)
async def test_launches_and_ends_leave_nothing_behind(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    before = None
    for _ in range(5):
        began = time.monotonic()
        async with started(command(fake_cli, model), plan) as process:
            await ask(process, plan)
        assert time.monotonic() - began < PATIENCE
        await until(lambda process=process: not alive(process.pid))
        before = before or Footprint.now()
    assert Footprint.now() == before
