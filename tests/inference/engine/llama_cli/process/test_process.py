"""One llama-cli child through its whole life: a fake one where things must go wrong, the real one for the rest."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.engine import FinishReason, GenerationRequest, Message, ProcessTimeouts, Sampling, Started, Text
from inference.engine.errors import EngineCrashed, EngineError, EngineTimeout, LaunchError, PromptTooLong
from inference.engine.gguf.header import read_model_file
from inference.engine.llama_cli.planner import Plan, Planner
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Command, Process
from inference.engine.llama_cli.process.state import State
from tests.engine_processes import PATIENCE, SOAK, Footprint, alive, command, never_ends, switches, until

Binary = Callable[[str], Path]
GREEDY = Sampling(temperature=0.0)
SILENT = ProcessTimeouts(launch=PATIENCE, first_token=0.5, token=0.5)


def plan_for(model: Path, *texts: str, **request: Any) -> Plan:
    """A plan for a transcript of `texts`, question and answer in turn."""
    messages = tuple(Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts))
    settings = {"sampling": GREEDY, "context_size": 1024} | request
    return Planner(read_model_file(model), None, 1).plan(GenerationRequest(messages=messages, **settings))


@asynccontextmanager
async def started(command: Command, plan: Plan, seed: int = 1) -> AsyncGenerator[Process, None]:
    process = Process(command, plan.profile.with_seed(seed))
    try:
        await process.start()
        yield process
    finally:
        process.kill()
        await process.wait()


async def ask(
    process: Process, plan: Plan, *, keep: bool = False, max_tokens: int = 10_000, **settings: Any
) -> tuple[str, Answer]:
    """One turn: the text and the answer. Whatever error it ends in stands in the answer."""
    answer = Answer(
        max_tokens=max_tokens,
        context_size=process.context_size,
        leading_spaces=plan.prompt.leading_spaces,
        carry=process.carry,
        **settings,
    )
    text = ""
    async with aclosing(process.answer(plan.prompt.line, answer, keep=keep)) as events:
        try:
            async for event in events:
                text += event.text if isinstance(event, Text) else ""
        except EngineError as error:
            assert error is answer.error
    return text, answer


# When all is well.


async def test_a_turn_tells_its_tokens_and_its_text(fake_cli: Path, model: Path) -> None:
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
async def test_a_line_arrives_as_it_is(text: str, fake_cli: Path, model: Path) -> None:
    """One byte would count as an empty line; 100,000 are more than the pipe holds."""
    plan = replace(plan_for(model, "?"), prompt=replace(plan_for(model, "?").prompt, line=text, leading_spaces=1))
    async with started(command(fake_cli, model, *switches("echo")), plan) as process:
        said, _ = await ask(process, plan)
    assert said == text  # up to the end token of the in-suffix


async def test_characters_split_between_tokens_arrive_whole(fake_cli: Path, model: Path) -> None:
    question = "é€😀 \u0301👩‍👩‍👧"
    plan = plan_for(model, question)
    async with started(command(fake_cli, model, *switches("echo", "bytes")), plan) as process:
        text, answer = await ask(process, plan)
    assert text == question
    assert answer.tokens == len(f" {question}".encode())


async def test_a_flood_of_log_and_a_very_long_line_do_not_touch_the_text(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    noise = switches(f"flood-stderr={10_000_000 if SOAK else 1_000_000}", "long-line=300000")
    async with started(command(fake_cli, model, *noise), plan) as process:
        text, _ = await ask(process, plan)
    assert text == "I heard: Hello"


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
        await process.wait()  # its context holds more than was said
    assert text == "w0 w1 w2 w3 w4 w5 w6 "
    assert answer.reason is FinishReason.STOP


async def test_a_context_that_fills_ends_the_answer_at_its_length(fake_cli: Path, model: Path) -> None:
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


# When something is not.


@pytest.mark.parametrize("after", [0, 3])
async def test_a_crash_is_an_error_that_keeps_the_text(after: int, fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    async with started(command(fake_cli, model, *switches("tokens=9", f"die-at={after}")), plan) as process:
        text, answer = await ask(process, plan, keep=True)
        await process.wait()
    assert isinstance(answer.error, EngineCrashed)
    assert "signal 9" in str(answer.error)
    assert text == " ".join(f"w{number}" for number in range(after))
    assert process.state is State.DEAD


async def test_a_child_that_exits_of_itself_is_an_error(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    async with started(command(fake_cli, model, *switches("tokens=9", "exit-at=2")), plan) as process:
        text, answer = await ask(process, plan)
    assert "exit status 0" in str(answer.error)
    assert text == "w0 w1"


@pytest.mark.parametrize(("after", "which"), [(0, "first token"), (3, "next token")])
async def test_a_hang_is_ended_by_a_timeout(after: int, which: str, fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    hangs = command(fake_cli, model, *switches("tokens=9", f"stop-at={after}"), timeouts=SILENT)
    async with started(hangs, plan) as process:
        text, answer = await ask(process, plan)
        await process.wait()
    assert isinstance(answer.error, EngineTimeout)
    assert which in str(answer.error)
    assert text == " ".join(f"w{number}" for number in range(after))


async def test_closing_the_iterator_kills_a_child_that_ignores_polite_signals(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    endless = switches("tokens=100000", "seconds-per-token=0.01", "ignore-sigterm", "ignore-sigint")
    async with started(command(fake_cli, model, *endless), plan) as process:
        answer = Answer(max_tokens=100_000, context_size=100_000)
        async with aclosing(process.answer(plan.prompt.line, answer, keep=True)) as events:
            async for event in events:
                if isinstance(event, Text):
                    break
        await process.wait()
        assert process.pid and not alive(process.pid)


async def test_a_binary_that_does_not_understand_its_launch_is_refused_with_what_it_printed(
    fake_cli: Path, model: Path
) -> None:
    with pytest.raises(LaunchError, match="invalid argument: --no-such-argument"):
        async with started(command(fake_cli, model, "--no-such-argument"), plan_for(model, "Hello")):
            pass


async def test_a_binary_that_prints_nothing_is_refused(model: Path) -> None:
    with pytest.raises(LaunchError, match="printed nothing"):
        async with started(command(Path("/bin/true"), model), plan_for(model, "Hello")):
            pass


async def test_a_launch_that_takes_too_long_is_given_up(fake_cli: Path, model: Path) -> None:
    never = command(fake_cli, model, *switches("never-ready"), timeouts=ProcessTimeouts(launch=1.0))
    with pytest.raises(LaunchError, match=r"not ready after 1 s.*\n.*build: 0"):
        async with started(never, plan_for(model, "Hello")):
            pass


@pytest.mark.parametrize("kind", ["missing", "not executable"])
async def test_a_file_that_is_no_program_is_refused(kind: str, tmp_path: Path, model: Path) -> None:
    program = tmp_path / "llama-cli"
    if kind == "not executable":
        program.write_bytes(b"\x7fELF, but not really")
    before = Footprint.now()
    with pytest.raises(LaunchError) as refused:
        async with started(command(program, model), plan_for(model, "Hello")):
            pass
    assert str(program) in str(refused.value)
    assert Footprint.now() == before


async def test_a_process_that_is_answering_takes_no_second_line(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    slow = switches("tokens=1000", "seconds-per-token=0.01")
    async with started(command(fake_cli, model, *slow), plan) as process:
        answering = process.answer(plan.prompt.line, Answer(max_tokens=9, context_size=999), keep=True)
        assert isinstance(await anext(answering), Started)
        with pytest.raises(RuntimeError, match="answering"):
            await ask(process, plan)
        await answering.aclose()


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


# The real one.


@pytest.fixture
def damaged_model(tmp_path: Path, model: Path) -> Path:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(model.read_bytes()[:1000])
    return damaged


@pytest.mark.parametrize("limit", [1, 2, 7, 50])
async def test_an_answer_has_exactly_its_tokens(limit: int, engine_binary: Binary, model: Path) -> None:
    plan = plan_for(model, "Hello", sampling=Sampling(temperature=1.0, top_p=1.0))
    real = command(engine_binary("llama-cli"), model, *never_ends(model))
    async with started(real, plan) as process:
        long, _ = await ask(process, plan, max_tokens=60)
    async with started(real, plan) as process:
        text, answer = await ask(process, plan, max_tokens=limit)
    assert answer.reason is FinishReason.LENGTH
    assert answer.tokens == answer.usage.generated_tokens == limit
    assert len(text) < len(long)
    assert long.startswith(text)


async def test_a_stop_string_across_tokens_ends_a_real_answer(engine_binary: Binary, model: Path) -> None:
    plan = plan_for(model, "Hello", sampling=Sampling(temperature=1.0, top_p=1.0))
    real = command(engine_binary("llama-cli"), model, *never_ends(model))
    async with started(real, plan) as process:
        text, _ = await ask(process, plan, max_tokens=60)
    at = next(at for at in range(10, len(text)) if text.find(text[at : at + 3]) == at)
    async with started(real, plan) as process:
        stopped, answer = await ask(process, plan, max_tokens=60, stop=("never", text[at : at + 3]))
    assert stopped == text[:at]
    assert answer.reason is FinishReason.STOP


@pytest.mark.parametrize("limit", [1, 5, 20])
async def test_a_cut_answer_goes_on_in_place_as_if_it_had_not_been_cut(
    limit: int, engine_binary: Binary, model: Path
) -> None:
    """Cut in the middle of characters too; tokens sampled between a cut and its notice begin the next part.

    Greedy, because a cut starts llama-cli's random numbers anew.
    """
    plan = plan_for(model, "Hello")
    go_on = replace(plan, prompt=replace(plan.prompt, line=None, leading_spaces=0))
    real = command(engine_binary("llama-cli"), model, *never_ends(model))
    async with started(real, plan) as process:
        whole, _ = await ask(process, plan, max_tokens=5 * limit)
    async with started(real, plan) as process:
        text, answer = await ask(process, plan, keep=True, max_tokens=limit)
        held = answer.context_tokens
        for _ in range(4):
            assert await process.settled()
            more, answer = await ask(process, go_on, keep=True, max_tokens=limit, fresh=False)
            assert answer.tokens == limit
            assert answer.usage.prompt_tokens == answer.usage.reused_tokens == held
            text, held = text + more, held + limit
        assert await process.settled()
    assert text == whole


async def test_a_stop_string_among_the_tokens_after_a_cut_ends_the_process(fake_cli: Path, model: Path) -> None:
    """Its context holds more than was said, as after any stop string."""
    plan = plan_for(model, "Hello")
    go_on = replace(plan, prompt=replace(plan.prompt, line=None, leading_spaces=0))
    deaf = command(fake_cli, model, *switches("tokens=9", "interrupt-at=8"))
    async with started(deaf, plan) as process:
        await ask(process, plan, keep=True, max_tokens=3)
        assert await process.settled()
        text, answer = await ask(process, go_on, keep=True, stop=("w5",), fresh=False)
        assert (text, answer.reason) == (" w3 w4 ", FinishReason.STOP)
        assert not await process.settled()


async def test_bytes_of_a_cut_character_do_not_reach_the_answer_after_the_next(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "é")
    go_on = replace(plan, prompt=replace(plan.prompt, line=None, leading_spaces=0))
    split = switches("echo", "bytes", "seconds-per-token=0.02")
    async with started(command(fake_cli, model, *split), plan) as process:
        text, _ = await ask(process, plan, keep=True, max_tokens=2)
        assert await process.settled()
        more, answer = await ask(process, go_on, keep=True, fresh=False)
        assert (text + more, answer.reason) == ("é", FinishReason.STOP)
        assert await process.settled()
        text, _ = await ask(process, plan_for(model, "é", "é", "è"), keep=True, fresh=False)
        assert text == "è"


async def test_a_real_conversation_goes_on_in_its_process(engine_binary: Binary, model: Path) -> None:
    first = plan_for(model, "One", sampling=Sampling(temperature=1.0))
    assert first.keep is False  # it was not asked for
    async with started(command(engine_binary("llama-cli"), model), first) as process:
        text, answer = await ask(process, first, keep=True)
        assert answer.reason is FinishReason.STOP
        assert await process.settled()
        held = answer.usage.prompt_tokens + answer.tokens + 1  # the end token
        second = plan_for(model, "One", text, "Two", sampling=Sampling(temperature=1.0))
        _, answer = await ask(process, second, keep=True, fresh=False)
        assert answer.usage.reused_tokens == held


async def test_a_real_context_that_fills_ends_the_answer_at_its_length(engine_binary: Binary, model: Path) -> None:
    plan = plan_for(model, "Hello", context_size=256)
    async with started(command(engine_binary("llama-cli"), model, *never_ends(model)), plan) as process:
        assert process.context_size == 256
        _, answer = await ask(process, plan)
    assert answer.reason is FinishReason.LENGTH
    assert answer.usage.prompt_tokens + answer.tokens == 256


async def test_a_real_line_that_does_not_fit_is_refused_before_anything_is_said(
    engine_binary: Binary, model: Path
) -> None:
    plan = plan_for(model, "0123456789" * 10_000)
    async with started(command(engine_binary("llama-cli"), model), plan) as process:
        text, answer = await ask(process, plan)
    assert text == ""
    assert isinstance(answer.error, PromptTooLong)
    assert answer.error.prompt_tokens > 100_000
    assert answer.error.context_size == 1024


async def test_a_file_that_is_no_model_is_refused_with_what_the_binary_printed(
    engine_binary: Binary, model: Path, damaged_model: Path
) -> None:
    with pytest.raises(LaunchError, match=r"could not load damaged\.gguf.*\n(?s:.*)failed to load model"):
        async with started(
            replace(command(engine_binary("llama-cli"), model), model=damaged_model), plan_for(model, "Hello")
        ):
            pass


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
