"""A pool of real child processes: what a request sees when processes die, hang, are shared out and given back.

`SOAK=1` raises the counts to those of the promises. Times that a promise names are asserted with `NOISE` for machines
that do other work as well.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import jinja2
import pytest

from inference.engine import (
    Engine,
    EngineState,
    FinishReason,
    GenerationRequest,
    Message,
    Queued,
    Sampling,
    Started,
    Text,
    make_engine,
)
from inference.engine.config import ProcessTimeouts
from inference.engine.errors import (
    EngineCrashed,
    EngineStopping,
    EngineTimeout,
    EngineUnavailable,
    LaunchError,
    PromptTooLong,
    QueueFull,
    QueueTimeout,
)
from inference.engine.llama_cli import engine as engine_module
from inference.engine.llama_cli.scheduling import crashes
from inference.engine.llama_cli.scheduling.slots import Role
from tests.chat_templates import CASES
from tests.engine_processes import PATIENCE, SOAK, Footprint, alive, never_ends, steady, switches, until
from tests.inference.engine.configs import engine_config
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import GREEDY, SLOW, Outcome, pids, question, settled, told

Binary = Callable[[str], Path]
NOISE = 5


# Deaths.


async def test_a_process_killed_before_its_first_token_is_replaced_unnoticed(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    stops = tmp_path / "stops"
    async with pool_on(fake_cli, switches("stop-at=0", f"once={stops}")) as pool:
        await settled(pool)
        stops.touch()
        asking = asyncio.create_task(told(pool, question("Hello")))
        await until(lambda: not stops.exists())
        os.kill(pids(pool, Role.SERVING)[0], signal.SIGKILL)
        outcome = await asking
        assert outcome.error is None
        assert outcome.text == "I heard: Hello"
        assert (pool.status().crashes, pool.status().crashes_during_requests) == (0, 1)
        assert pool.status().launches["serving"] == 1


async def test_a_real_standby_killed_as_it_is_taken_is_replaced_unnoticed(
    engine_binary: Binary, pool_on: StartPool
) -> None:
    async with pool_on(engine_binary("llama-cli")) as pool:
        await settled(pool)
        expected = await told(pool, question("Hello", max_tokens=20))
        await settled(pool)
        os.kill(pids(pool, Role.STANDBY)[0], signal.SIGKILL)
        outcome = await told(pool, question("Hello", max_tokens=20))
        assert outcome.error is None
        assert outcome.text == expected.text


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.serial
async def test_a_process_killed_in_its_answer_is_a_crash_that_keeps_the_text(
    real: bool, fake_cli: Path, engine_binary: Binary, model: Path, pool_on: StartPool
) -> None:
    binary = engine_binary("llama-cli") if real else fake_cli
    async with pool_on(binary, never_ends(model) if real else switches(*SLOW)) as pool:
        outcome = Outcome()
        asking = asyncio.create_task(told(pool, question("Hello"), outcome))
        await until(lambda: outcome.text)
        killed = time.monotonic()
        os.kill(pids(pool, Role.SERVING)[0], signal.SIGKILL)
        await asking
        assert isinstance(outcome.error, EngineCrashed)
        assert outcome.over_at - killed < 1.0 * NOISE
        assert outcome.text
        assert sum(isinstance(event, Started) for event in outcome.events) == 1


async def test_a_prompt_that_crashes_the_engine_harms_nobody_else(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("die-at=0", "when=poison"), model_instances=2) as pool:
        poisoned, other = await asyncio.gather(told(pool, question("poison")), told(pool, question("Hello")))
        assert isinstance(poisoned.error, EngineCrashed)
        assert poisoned.text == ""
        assert other.text == "I heard: Hello"
        assert pool.status().crashes == 0
        assert pool.health().failure == ""


async def test_a_prompt_on_which_the_engine_hangs_is_ended_by_a_timeout(fake_cli: Path, pool_on: StartPool) -> None:
    timeouts = ProcessTimeouts(PATIENCE, 1.0, 1.0)
    async with pool_on(fake_cli, switches("tokens=9", "stop-at=2", "when=poison"), timeouts=timeouts) as pool:
        poisoned, other = await asyncio.gather(told(pool, question("poison")), told(pool, question("Hello")))
        assert isinstance(poisoned.error, EngineTimeout)
        assert poisoned.text == "w0 w1"
        assert len(other.text.split()) == 9


@pytest.mark.serial
async def test_a_dead_standby_is_replaced(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        await settled(pool)
        (dead,) = pids(pool, Role.STANDBY)
        killed = time.monotonic()
        os.kill(dead, signal.SIGKILL)
        await until(lambda: pool.status().crashes == 1)
        await settled(pool)
        assert time.monotonic() - killed < (1.25 * crashes.FIRST_DELAY + engine_module.TICK + 0.1) * NOISE
        assert pids(pool, Role.STANDBY) != [dead]


async def test_a_dead_resident_is_forgotten(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        first = await told(pool, question("One", keep=True))
        (resident,) = pids(pool, Role.RESIDENT)
        os.kill(resident, signal.SIGKILL)
        await until(lambda: not pids(pool, Role.RESIDENT))
        second = await told(pool, question("One", first.text, "Two"))
        assert second.text == "I heard: One | Two"


async def test_processes_that_keep_dying_are_a_failure_without_a_busy_loop(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken(monkeypatch)
    broken = tmp_path / "broken"
    async with pool_on(fake_cli, switches("exit-at-launch=bad model file", f"while={broken}")) as pool:
        await settled(pool)
        assert pool.health().failure == ""
        broken.touch()
        os.kill(pids(pool, Role.STANDBY)[0], signal.SIGKILL)
        await until(lambda: pool.health().failure, 2 * PATIENCE)
        assert "bad model file" in pool.health().failure
        assert pool.status().crashes == crashes.MAX_IN_A_ROW + 1
        failed_at, worked = pool.status().crashes, time.process_time()
        await asyncio.sleep(1.0)  # the time in which a busy loop would be seen
        assert pool.status().crashes - failed_at <= 2
        assert time.process_time() - worked < 0.5
        refused = await told(pool, question("Hello"))
        assert isinstance(refused.error, EngineUnavailable)
        broken.unlink()
        await until(lambda: not pool.health().failure, 2 * PATIENCE)
        assert (await told(pool, question("Hello"))).text == "I heard: Hello"


async def test_processes_that_die_as_soon_as_they_are_ready_are_a_failure(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken(monkeypatch)
    broken = tmp_path / "broken"
    async with pool_on(fake_cli, switches("die-idle-after=0.01", f"while={broken}")) as pool:
        broken.touch()
        os.kill((await standby(pool)), signal.SIGKILL)
        await until(lambda: pool.health().failure, 2 * PATIENCE)
        assert pool.status().crashes == crashes.MAX_IN_A_ROW + 1


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again sooner, for tests that wait for many deaths."""
    if not SOAK:
        monkeypatch.setattr(crashes, "FIRST_DELAY", 0.05)
        monkeypatch.setattr(engine_module, "TICK", 0.05)


async def standby(pool: Engine) -> int:
    """The pid of the only one, once it is ready."""
    await settled(pool)
    return pids(pool, Role.STANDBY)[0]


@pytest.mark.parametrize(
    ("fault", "message"), [("exit-at-launch=no such model", "no such model"), ("repeat-one-token", "over and over")]
)
async def test_a_binary_that_does_not_work_is_refused_at_the_start(
    fault: str, message: str, fake_cli: Path, pool_on: StartPool
) -> None:
    with pytest.raises(LaunchError, match=message):
        async with pool_on(fake_cli, switches(fault)):
            pass


async def test_cycles_of_launch_answer_and_end_leave_nothing_behind(fake_cli: Path, pool_on: StartPool) -> None:
    others = Footprint.now().children
    async with pool_on(fake_cli, standby_instances=1) as pool:
        before = None
        for cycle in range(1000 if SOAK else 50):
            assert (await told(pool, question(f"Hello {cycle}"))).error is None
            if cycle == 4:
                await settled(pool)
                await until(lambda: Footprint.now().children == others + 1)  # the standby; the others are reaped
                before, memory = Footprint.now(), _resident_memory()
        await settled(pool)
        await until(lambda: Footprint.now().children == others + 1)
        assert Footprint.now() == before
        assert _resident_memory() - memory < 20 * 2**20


def _resident_memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# Conversations.


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_of_one_conversation_reaches_another(seed: int, fake_cli: Path, pool_on: StartPool) -> None:
    """The fake recites all it has heard. Conversations are interleaved, cut, continued, broken off and replayed."""
    chance = random.Random(seed)
    conversations, turns = (84, 4) if SOAK else (10, 4)
    at_once = asyncio.Semaphore(12)

    async def take_part(pool: Engine, number: int) -> None:
        async with at_once:
            await converse(pool, number)

    async def converse(pool: Engine, number: int) -> None:
        caller = f"caller {number % 3}"
        transcript: list[str] = []
        heard: list[str] = []
        for turn in range(turns):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            keep, limit = chance.random() < 0.8, chance.choice([2, 3, 10_000])
            outcome = await told(pool, question(*transcript, caller=caller, keep=keep, max_tokens=limit))
            answer = outcome.text
            while outcome.finished.reason is FinishReason.LENGTH:
                rest = question(*transcript, answer, caller=caller, keep=keep, max_tokens=chance.choice([1, 2, 10_000]))
                outcome = await told(pool, rest)
                answer += outcome.text
            assert answer == "I heard: " + " | ".join(heard)
            transcript.append(answer)
            if chance.random() < 0.3:
                async with aclosing(pool.generate(question(f"secret-{number}-x", caller=caller, keep=True))) as events:
                    await anext(events)

    async with pool_on(fake_cli, model_instances=2, resident_instances=3, max_queue=1000, queue_timeout=600.0) as pool:
        await asyncio.gather(*(take_part(pool, number) for number in range(conversations)))


@pytest.mark.parametrize("real", [False, True])
async def test_a_next_turn_finds_the_process_that_holds_its_transcript(
    real: bool, fake_cli: Path, engine_binary: Binary, pool_on: StartPool
) -> None:
    async with pool_on(engine_binary("llama-cli") if real else fake_cli) as pool:
        sampling = Sampling(temperature=0.8)
        first = await told(pool, question("One", caller="a", keep=True, sampling=sampling))
        usage = first.finished.usage
        if first.finished.reason is FinishReason.STOP:
            second = await told(pool, question("One", first.text, "Two", caller="a", keep=True, sampling=sampling))
            assert second.started.reused_tokens == usage.prompt_tokens + usage.generated_tokens + 1  # the end token
            assert second.finished.seed == first.finished.seed


@pytest.mark.parametrize("difference", ["other caller", "edited question", "edited answer", "other sampling"])
async def test_a_process_is_found_by_nothing_but_its_own_transcript(
    difference: str, fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli) as pool:
        first = await told(pool, question("One", caller="a", keep=True))
        asked = "Uno" if difference == "edited question" else "One"
        answered = first.text + "!" if difference == "edited answer" else first.text
        caller = "b" if difference == "other caller" else "a"
        sampling = Sampling(temperature=0.5) if difference == "other sampling" else GREEDY
        second = await told(pool, question(asked, answered, "Two", caller=caller, sampling=sampling))
        assert second.started.reused_tokens == 0
        assert second.text == f"I heard: {asked} | Two"


async def test_a_cut_answer_is_continued_in_place(engine_binary: Binary, model: Path, pool_on: StartPool) -> None:
    async with pool_on(engine_binary("llama-cli"), never_ends(model)) as pool:
        whole = await told(pool, question("One", max_tokens=40))
        part = await told(pool, question("One", max_tokens=20, keep=True))
        rest = await told(pool, question("One", part.text, max_tokens=20, keep=True))
        assert part.finished.reason is rest.finished.reason is FinishReason.LENGTH
        assert rest.started.reused_tokens == part.finished.usage.prompt_tokens + 20
        assert part.text + rest.text == whole.text


async def test_a_question_after_a_cut_answer_finds_its_transcript_replayed(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.02")) as pool:
        part = await told(pool, question("One", max_tokens=2, keep=True))
        assert part.text == "I heard:"
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 2)  # the cut answer, and its replay
        await settled(pool)
        second = await told(pool, question("One", part.text, "Two", keep=True))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0


async def test_a_real_answer_does_not_depend_on_what_else_was_asked(engine_binary: Binary, pool_on: StartPool) -> None:
    async def converse(pool: Engine, subject: str) -> list[str]:
        transcript = [f"What is {subject}?"]
        for _ in range(2):
            outcome = await told(pool, question(*transcript, caller=subject, keep=True, max_tokens=60))
            transcript += [outcome.text, "Why?"]
        return transcript

    async with pool_on(engine_binary("llama-cli")) as alone:
        expected = await converse(alone, "tea")
    async with pool_on(engine_binary("llama-cli"), model_instances=2) as busy:
        others = [converse(busy, subject) for subject in ("milk", "salt", "rain")]
        _, transcript, *_ = await asyncio.gather(others[0], converse(busy, "tea"), *others[1:])
    assert transcript == expected


async def test_a_greedy_answer_is_what_the_bare_binary_prints_for_the_rendered_prompt(
    engine_binary: Binary, small_model: Callable[..., Path], pool_on: StartPool, tmp_path: Path
) -> None:
    """A template without an end token before the answer: token by token, the bare binary stops at the first one."""
    case = CASES["deepseek"]
    model = small_model(**case.model_arguments())
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 – no HTML
    messages = (Message("system", "Be brief."), Message("user", "What is tea?"))
    rendered = environment.from_string(case.template).render(
        messages=[{"role": message.role, "content": message.content} for message in messages],
        bos_token="",  # llama-cli adds it
        add_generation_prompt=True,
    )
    prompt = tmp_path / "prompt"
    prompt.write_text(rendered)
    extra = steady(model, len(case.special_tokens))
    arguments = f"-m {model} -f {prompt} -n 40 --temp 0 -c 1024 -t 1 --no-warmup --no-display-prompt".split()
    bare = await asyncio.to_thread(
        subprocess.run,
        [engine_binary("llama-cli"), *arguments, *extra],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    async with pool_on(engine_binary("llama-cli"), extra, model=model) as pool:
        request = GenerationRequest(messages=messages, max_tokens=40, sampling=GREEDY, context_size=1024)
        outcome = await told(pool, request)
    printed = bare.stdout.removesuffix(b"\n\n").decode(errors="replace")
    assert outcome.finished.usage.generated_tokens == 40
    assert len(printed) - len(outcome.text) in (0, 1)  # a character that was cut is not told
    assert printed.startswith(outcome.text)


@pytest.mark.parametrize("adds_bos", ["true", "false"])
async def test_the_prompt_begins_once_whatever_the_arguments_make_of_the_file(
    adds_bos: str, engine_binary: Binary, pool_on: StartPool
) -> None:
    """The template has a BOS token of its own, which is left out if llama-cli adds one."""
    override = ("--override-kv", f"tokenizer.ggml.add_bos_token=bool:{adds_bos}")
    async with pool_on(engine_binary("llama-cli"), override) as changed:
        told_changed = await told(changed, question("Hello"))
    async with pool_on(engine_binary("llama-cli")) as plain:
        told_plain = await told(plain, question("Hello"))
    assert told_changed.finished.usage.prompt_tokens == told_plain.finished.usage.prompt_tokens


async def test_a_vocabulary_is_split_as_it_was_trained_though_the_file_does_not_say_how(
    engine_binary: Binary, small_model: Callable[..., Path], pool_on: StartPool
) -> None:
    """A merge shows the difference: Llama 3 keeps a bracket with the word behind it, llama.cpp's default does not."""
    said = []
    for pre in ("llama-bpe", None):
        model = small_model(pre=pre, merges=("( h",))
        async with pool_on(engine_binary("llama-cli"), model=model) as pool:
            told_tokens = (await told(pool, question("(h(h(h(h", max_tokens=1))).finished.usage.prompt_tokens
            said.append(told_tokens)
    assert said[0] == said[1]


async def test_a_given_seed_reproduces_the_answer(engine_binary: Binary, pool_on: StartPool) -> None:
    async with pool_on(engine_binary("llama-cli"), standby_instances=0) as pool:

        async def answer(seed: int | None) -> Outcome:
            sampling = Sampling(temperature=1.0, top_p=1.0, seed=seed)
            return await told(pool, question("Hello", sampling=sampling, max_tokens=50))

        first, again, other, unseeded = [await answer(seed) for seed in (7, 7, 8, None)]
        assert first.text == again.text
        assert len({first.text, other.text, unseeded.text}) == 3
        assert first.finished.seed == 7
        repeated = await answer(unseeded.finished.seed)
        assert repeated.text == unseeded.text


# The queue.


@pytest.mark.serial
async def test_a_full_queue_refuses_at_once(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "when=never"), max_queue=2) as pool:
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(told(pool, question("Hello"))) for _ in range(3)]
            await until(lambda: len(pool.status().queue) == 2)
            asked = time.monotonic()
            refused = await told(pool, question("Hello"))
            assert isinstance(refused.error, QueueFull)
            assert refused.error.retry_after > 0
            assert refused.over_at - asked < 0.05 * NOISE
            for task in asking:
                task.cancel()
        assert not pids(pool, Role.SERVING)


async def test_a_request_that_waits_for_too_long_gives_up_its_place(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), queue_timeout=0.3) as pool:
        running = Outcome()
        asking = asyncio.create_task(told(pool, question("Hello"), running))
        await until(lambda: running.text)
        waited = await told(pool, question("Hello"))
        assert isinstance(waited.error, QueueTimeout)
        assert waited.error.retry_after > 0
        assert [event.position for event in waited.events if isinstance(event, Queued)] == [1]
        assert not pool.status().queue
        assert running.error is None
        asking.cancel()
        await asyncio.wait([asking])


@pytest.mark.parametrize("when", ["waiting", "starting", "answering"])
@pytest.mark.serial
async def test_closing_the_iterator_frees_the_place(when: str, fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW)) as pool:
        other = pool.generate(question("Hello"))
        if when == "waiting":
            await anext(other)
        events = pool.generate(question("Hello", keep=True))
        wanted = {"waiting": Queued, "starting": Started, "answering": Text}[when]
        async for event in events:
            if isinstance(event, wanted):
                break
        serving = pids(pool, Role.SERVING)
        closed = time.monotonic()
        await events.aclose()
        await other.aclose()
        assert not pool.status().queue
        assert not pids(pool, Role.SERVING)
        await until(lambda: not any(alive(pid) for pid in serving))
        assert time.monotonic() - closed < 1.0 * NOISE
        await settled(pool)


async def test_many_requests_of_one_owner_delay_another_by_one_turn(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, max_queue=100) as pool:
        order: list[str] = []

        async def ask(caller: str) -> None:
            assert (await told(pool, question("Hello", caller=caller))).error is None
            order.append(caller)

        async with asyncio.TaskGroup() as group:
            for _ in range(50 if SOAK else 10):
                group.create_task(ask("many"))
            await until(lambda: len(order) == 2)
            before = len(order)
            await ask("one")
            assert order.index("one") - before <= 2  # the one that ran, and one turn


async def test_a_prompt_that_does_not_fit_is_refused_and_touches_nobody(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, model_instances=2) as pool:
        long, other = await asyncio.gather(told(pool, question("word " * 2000)), told(pool, question("Hello")))
        assert isinstance(long.error, PromptTooLong)
        assert (long.error.prompt_tokens, long.error.context_size) == (2004, 1024)
        assert long.events[-1:] == [] or not isinstance(long.events[-1], (Started, Text))
        assert other.text == "I heard: Hello"
        assert pool.status().crashes == 0


async def test_a_launch_that_fails_is_not_blamed_on_the_request(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    extra = switches("exit-at-launch=no memory left", f"while={broken}")
    async with pool_on(fake_cli, extra, standby_instances=0) as pool:
        broken.touch()
        error = (await told(pool, question("Hello"))).error
        assert isinstance(error, EngineUnavailable)
        assert "no memory left" in str(error)
        assert pool.status().crashes == 1
        broken.unlink()
        assert (await told(pool, question("Hello"))).error is None
        assert not pool.health().failure


async def test_a_newcomer_takes_the_place_of_who_waits_most(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), max_queue=2) as pool:
        asking = [asyncio.create_task(told(pool, question("Hello", caller="key:Ann"))) for _ in range(3)]
        await until(lambda: len(pool.status().queue) == 2)
        bob = asyncio.create_task(told(pool, question("Hello", caller="user:Bob")))
        done, _ = await asyncio.wait(asking, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.result().error) for task in done] == [QueueFull]
        assert {ticket.caller for ticket in pool.status().queue} == {"key", "user"}
        for task in (*asking, bob):
            task.cancel()
        await asyncio.wait([*asking, bob])


async def test_the_status_tells_what_computes_on_which_cores(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW)) as pool:
        asking = asyncio.create_task(told(pool, question("My secret", caller="Ann", sampling=Sampling(seed=7))))
        await until(lambda: any(process.state == "answering" for process in pool.status().workers))
        status = pool.status()
        (process,) = [process for process in status.workers if process.role == "serving"]
        assert (process.profile["seed"], process.profile["top_k"], process.profile["min_p"]) == (7, 0, 0.0)
        assert process.private_memory > 0
        # A launch ahead may have the other core.
        (lease,) = [lease for lease in status.leases if lease.role == "serving"]
        assert (lease.worker, len(lease.cores)) == (process.worker, status.threads)
        assert "secret" not in repr(status)
        asking.cancel()
        await asyncio.wait([asking])


# The end.


async def test_a_drain_finishes_what_runs_and_refuses_the_rest(fake_cli: Path, pool_on: StartPool) -> None:
    slow = switches("tokens=30", "seconds-per-token=0.02")
    async with pool_on(fake_cli, slow) as pool:
        running = Outcome()
        asking = asyncio.create_task(told(pool, question("Hello"), running))
        await until(lambda: running.text)
        waiting = asyncio.create_task(told(pool, question("Hello")))
        await until(lambda: pool.status().queue)
        draining = asyncio.create_task(pool.drain(PATIENCE))
        await until(lambda: pool.health().state is EngineState.DRAINING)
        assert isinstance((await told(pool, question("Hello"))).error, EngineStopping)
        assert isinstance((await waiting).error, EngineStopping)
        await asking
        assert running.finished.reason is FinishReason.STOP
        assert len(running.text.split()) == 30
        await draining
        await pool.stop()
        assert pool.health().state is EngineState.STOPPED


async def test_an_answer_longer_than_the_drain_time_is_ended(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "ignore-sigterm", "ignore-sigint")) as pool:
        running = Outcome()
        asking = asyncio.create_task(told(pool, question("Hello"), running))
        await until(lambda: running.text)
        await pool.drain(0.2)
        await asking
        assert isinstance(running.error, EngineStopping)
        assert running.text


async def test_a_pool_that_could_not_start_can_be_started_again(fake_cli: Path, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    extra = switches("exit-at-launch=not yet", f"while={broken}")
    pool = make_engine(engine_config(fake_cli, model, tmp_path / "cache", extra_arguments=extra, max_threads=1))
    with pytest.raises(LaunchError, match="not yet"):
        await pool.start()
    assert pool.health().state is EngineState.STOPPED
    broken.unlink()
    await pool.start()
    assert (await told(pool, question("Hello"))).text == "I heard: Hello"
    await pool.stop()
