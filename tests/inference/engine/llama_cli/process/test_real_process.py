"""One process of a real llama-cli."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine import FinishReason, Sampling
from inference.engine.errors import LaunchError, PromptTooLong
from inference.engine.llama_cli.models.program import find_program
from inference.engine.llama_cli.process.child import Child, text_file
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.process.stream_parser import WAIT_LINE
from tests.conftest import BITNET_CLI
from tests.engine_processes import command, never_ends, until
from tests.inference.engine.llama_cli.process.processes import Binary, Output, ask, plan_for, started
from tests.server import DEMO_MODEL


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


async def test_a_real_conversation_continues_in_its_process(engine_binary: Binary, model: Path) -> None:
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


async def test_a_full_real_context_ends_the_answer_with_reason_length(engine_binary: Binary, model: Path) -> None:
    plan = plan_for(model, "Hello", context_size=256)
    async with started(command(engine_binary("llama-cli"), model, *never_ends(model)), plan) as process:
        assert process.context_size == 256
        _, answer = await ask(process, plan)
    assert answer.reason is FinishReason.LENGTH
    assert answer.usage.prompt_tokens + answer.tokens == 256


async def test_a_real_line_that_does_not_fit_is_refused_before_any_text(engine_binary: Binary, model: Path) -> None:
    plan = plan_for(model, "0123456789" * 10_000)
    async with started(command(engine_binary("llama-cli"), model), plan) as process:
        text, answer = await ask(process, plan)
    assert text == ""
    assert isinstance(answer.error, PromptTooLong)
    assert answer.error.prompt_tokens > 100_000
    assert answer.error.context_size == 1024


async def test_a_file_that_is_not_a_model_is_refused_with_the_output_of_the_binary(
    engine_binary: Binary, model: Path, damaged_model: Path
) -> None:
    with pytest.raises(LaunchError, match=r"could not load damaged\.gguf.*\n(?s:.*)failed to load model"):
        async with started(
            replace(command(engine_binary("llama-cli"), model), model=damaged_model), plan_for(model, "Hello")
        ):
            pass


async def test_a_real_process_that_gets_no_memory_is_refused_with_that_reason(
    engine_binary: Binary, tmp_path: Path
) -> None:
    limited = tmp_path / "llama-cli"
    limited.write_text(f'#!/bin/sh\nulimit -v 100000\nexec "{engine_binary("llama-cli")}" "$@"\n')
    limited.chmod(0o755)
    plan = plan_for(DEMO_MODEL, "Hello", context_size=16384)
    with pytest.raises(LaunchError, match=r"memory ran out \(exit status 1: it ran out of memory\)"):
        async with started(command(limited, DEMO_MODEL), plan):
            pass


@pytest.mark.skipif(bool(BITNET_CLI), reason="bitnet.cpp reads the type")
async def test_weights_that_llama_cpp_does_not_read_are_refused_with_the_engine_to_build(
    engine_binary: Binary, small_model: Callable[..., Path]
) -> None:
    model = small_model(weights="I2_S")
    with pytest.raises(LaunchError, match=r"(?s)does not read the weights of model\.gguf.*build_engine --bitnet"):
        async with started(command(engine_binary("llama-cli"), model), plan_for(model, "Hello")):
            pass


async def test_a_long_initial_prompt_is_evaluated_before_its_process_waits(engine_binary: Binary, model: Path) -> None:
    """Of a replay, nothing may be left to the next turn. By default, a batch of llama-cli has 2,048 tokens."""
    binary, output = engine_binary("llama-cli"), Output()
    profile = Profile("word, " * 1000, "", "", Sampling(seed=1), context_size=8192, threads=2)
    with text_file(profile.initial) as file:
        arguments = [*profile.arguments(model, file.name, ""), *find_program(binary).arguments]
        child = Child([str(binary), *arguments], output, pass_fds=[file.fd])
    await until(lambda: child.dead or WAIT_LINE in output.debug)
    child.kill()
    await child.wait()
    before, waited, _ = output.debug.partition(WAIT_LINE)
    [tokens] = map(int, re.findall(rb"embd_inp\.size\(\): (\d+), n_consumed: 0\n", before))
    assert waited
    assert tokens > 2048
    assert b"n_past = %d\n" % tokens in before
