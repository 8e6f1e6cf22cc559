"""A process of a fake binary that crashes, hangs or cannot be launched."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from pathlib import Path

import pytest

from inference.engine import Started, Text
from inference.engine.config import ProcessTimeouts
from inference.engine.errors import EngineCrashed, EngineTimeout, LaunchError
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.state import State
from tests.engine_processes import Footprint, alive, command, switches, until
from tests.inference.engine.llama_cli.process.processes import SILENT, ask, plan_for, started


@pytest.mark.parametrize("after", [0, 3])
async def test_a_crash_is_an_error_that_keeps_the_text(after: int, fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    async with started(command(fake_cli, model, *switches("tokens=9", f"die-at={after}")), plan) as process:
        text, answer = await ask(process, plan, keep=True)
        await process.wait()
    assert isinstance(answer.error, EngineCrashed)
    assert "SIGKILL: the kernel does this when memory runs out" in str(answer.error)
    assert text == " ".join(f"w{number}" for number in range(after))
    assert process.state is State.DEAD


async def test_a_child_that_exits_by_itself_is_an_error(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    async with started(command(fake_cli, model, *switches("tokens=9", "exit-at=2")), plan) as process:
        text, answer = await ask(process, plan)
    assert "exit status 0" in str(answer.error)
    assert text == "w0 w1"


@pytest.mark.parametrize(("after", "which"), [(0, "first token"), (3, "next token")])
@pytest.mark.promise(5)
async def test_a_hang_is_ended_by_a_timeout(after: int, which: str, fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    hangs = command(fake_cli, model, *switches("tokens=9", f"stop-at={after}"), timeouts=SILENT)
    async with started(hangs, plan) as process:
        text, answer = await ask(process, plan)
        await process.wait()
    assert isinstance(answer.error, EngineTimeout)
    assert which in str(answer.error)
    assert text == " ".join(f"w{number}" for number in range(after))


@pytest.mark.promise(6)
async def test_closing_the_iterator_kills_a_child_that_ignores_gentler_signals(fake_cli: Path, model: Path) -> None:
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


async def test_a_binary_that_does_not_understand_its_launch_is_refused_with_its_output(
    fake_cli: Path, model: Path
) -> None:
    with pytest.raises(LaunchError, match="invalid argument: --no-such-argument"):
        async with started(command(fake_cli, model, "--no-such-argument"), plan_for(model, "Hello")):
            pass


async def test_a_llama_cli_of_a_newer_build_is_refused_with_the_program_to_use(model: Path, tmp_path: Path) -> None:
    newer = tmp_path / "llama-cli"
    newer.write_text("#!/bin/sh\necho 'error: invalid argument: -if' >&2\nexit 1\n")
    newer.chmod(0o755)
    with pytest.raises(LaunchError, match=r"(?s)newer llama\.cpp.*llama-completion.*invalid argument: -if"):
        async with started(command(newer, model), plan_for(model, "Hello")):
            pass


async def test_a_binary_that_prints_nothing_is_refused(model: Path) -> None:
    with pytest.raises(LaunchError, match="printed nothing"):
        async with started(command(Path("/bin/true"), model), plan_for(model, "Hello")):
            pass


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGKILL, "memory ran out.*smaller model"),
        (signal.SIGILL, "not built for this processor.*PORTABLE=1"),
        (signal.SIGSEGV, "could not load.*SIGSEGV"),
        (signal.SIGRTMIN + 1, "could not load.*killed by 35"),
    ],
)
async def test_a_child_that_dies_as_it_loads_is_refused_with_the_likely_cause(
    number: int, reason: str, fake_cli: Path, model: Path
) -> None:
    with pytest.raises(LaunchError, match=reason):
        async with started(command(fake_cli, model, *switches(f"die-at-launch={number:d}")), plan_for(model, "Hello")):
            pass


@pytest.mark.parametrize("keep", [False, True])
async def test_an_interrupt_from_outside_is_a_crash(keep: bool, fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    slow = switches("tokens=1000", "seconds-per-token=0.01")
    async with started(command(fake_cli, model, *slow), plan) as process:
        answering = asyncio.create_task(ask(process, plan, keep=keep))
        await until(lambda: process.tokens_per_second)
        assert process.pid
        os.kill(process.pid, signal.SIGINT)
        text, answer = await answering
        await process.wait()
    assert isinstance(answer.error, EngineCrashed)
    assert text.startswith("w0 w1")


async def test_a_launch_that_takes_too_long_is_refused(fake_cli: Path, model: Path) -> None:
    never = command(fake_cli, model, *switches("never-ready"), timeouts=ProcessTimeouts(launch=1.0))
    with pytest.raises(LaunchError, match=r"not ready after 1 s.*\n.*build: 0"):
        async with started(never, plan_for(model, "Hello")):
            pass


@pytest.mark.parametrize("kind", ["missing", "not executable"])
async def test_a_file_that_is_not_a_program_is_refused(kind: str, tmp_path: Path, model: Path) -> None:
    program = tmp_path / "llama-cli"
    if kind == "not executable":
        program.write_bytes(b"\x7fELF, but not really")
    before = Footprint.now()
    with pytest.raises(LaunchError) as refused:
        async with started(command(program, model), plan_for(model, "Hello")):
            pass
    assert str(program) in str(refused.value)
    assert Footprint.now() == before


async def test_a_process_that_is_answering_accepts_no_second_line(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    slow = switches("tokens=1000", "seconds-per-token=0.01")
    async with started(command(fake_cli, model, *slow), plan) as process:
        answering = process.answer(plan.prompt.line, Answer(max_tokens=9, context_size=999), keep=True)
        assert isinstance(await anext(answering), Started)
        with pytest.raises(RuntimeError, match="answering"):
            await ask(process, plan)
        await answering.aclose()


async def test_an_answer_of_a_killed_process_is_a_crash(fake_cli: Path, model: Path) -> None:
    plan = plan_for(model, "Hello")
    for wait_until_dead in (False, True):
        async with started(command(fake_cli, model), plan) as process:
            process.kill()
            assert process.state is State.KILLED
            if wait_until_dead:
                assert not await process.settled()
                assert process.state is State.DEAD
            text, answer = await ask(process, plan)
            assert text == ""
            assert isinstance(answer.error, EngineCrashed)
