"""Several models in one engine: each request gets the one that it names, and no model harms another."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from inference.engine.errors import ContextTooLarge, EngineUnavailable, ModelLoadError, UnknownModel
from tests.engine_processes import PATIENCE, until
from tests.inference.engine.behaviours import SLOW, Behaviour
from tests.inference.engine.contract.asking import PROMPTLY, ask, asking, is_queued, question
from tests.inference.engine.contract.conftest import Harness, StartEngine

PATIENT = {"max_queue": 1000, "queue_timeout": 600.0}
SLOW_TO_LOAD = Behaviour(slow_launch=60.0)


def states(engine: Harness) -> dict[str, str]:
    """Return the states of all models but the default one."""
    return {model.id: model.state for model in engine.models[1:]}


@pytest.mark.promise(10)
async def test_models_under_load_answer_what_they_are_asked_and_share_no_secret(
    harness: Harness, engine_with: StartEngine
) -> None:
    """Each model says its name and recites all that it has heard. Conversations of all models are interleaved."""
    models = (harness.served("b"), harness.served("c"))

    async def converse(engine: Harness, number: int) -> None:
        model = ("", "b", "c")[number % 3]
        transcript, heard = list[str](), list[str]()
        for turn in range(3):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            # The callers are the same, so that a transcript could be found with the wrong model.
            outcome = await ask(engine, *transcript, caller=f"caller {number % 2}", keep=turn != 1, model=model)
            assert outcome.error is None
            assert outcome.text == f"{model or 'I'} heard: " + " | ".join(heard)
            assert outcome.started.model == outcome.finished.model == (model or engine.models[0].id)
            assert outcome.finished.model_name == (model.upper() or engine.models[0].name)
            transcript.append(outcome.text)

    async with engine_with(models=models, max_models=3, model_instances=2, **PATIENT) as engine:
        await asyncio.gather(*(converse(engine, number) for number in range(9)))
        assert states(engine) == {"b": "loaded", "c": "loaded"}
        assert engine.status().crashes == 0
        await engine.settled()
        assert engine.status().leases == []


async def test_real_models_answer_beside_each_other_as_each_does_alone(
    harness: Harness, engine_with: StartEngine
) -> None:
    other = harness.served("other", None, seed=7)
    subjects = ["tea", "milk", "salt"]

    async def answers(model: str) -> list[str]:
        asked = [ask(engine, f"What is {subject}?", max_tokens=30, model=model) for subject in subjects]
        return [outcome.text for outcome in await asyncio.gather(*asked)]

    async with engine_with(None, model_instances=2, models=(other,), max_models=2) as engine:
        alone = [await answers(""), await answers("other")]
        assert alone[0] != alone[1]
        assert await asyncio.gather(answers(""), answers("other")) == alone


async def test_all_models_are_listed_with_their_headers_and_states(harness: Harness, engine_with: StartEngine) -> None:
    models = (harness.served("c", context_length=512), harness.served("b"))
    async with engine_with(models=models, max_models=3) as engine:
        default, b, c = engine.models
        assert (default.state, b.id, b.name, b.state, c.context_length) == ("loaded", "b", "B", "available", 512)
        await ask(engine, "Hello", model="c", keep=True)
        assert states(engine) == {"b": "available", "c": "loaded"}
        assert [worker.model for worker in engine.status().workers if worker.holds_conversation] == ["c"]
        assert engine.status().model == default.id
        outcome = await ask(engine, "Hello", model="d")
        assert isinstance(outcome.error, UnknownModel)
        assert f"{default.id}, b, c" in str(outcome.error)


async def test_a_conversation_is_continued_by_the_process_of_its_own_model(
    harness: Harness, engine_with: StartEngine
) -> None:
    async with engine_with(models=(harness.served("b"),), max_models=2) as engine:
        first = await ask(engine, "One", caller="Ann", model="b", keep=True)
        other = await ask(engine, "One", first.text, "Two", caller="Ann", keep=True)
        assert (other.started.reused_tokens, other.text) == (0, "I heard: One | Two")
        second = await ask(engine, "One", first.text, "Two", caller="Ann", model="b")
        assert second.started.reused_tokens > 0
        assert second.text == "b heard: One | Two"


async def test_a_model_that_cannot_be_loaded_fails_its_own_requests_only(
    harness: Harness, engine_with: StartEngine
) -> None:
    bad = harness.served("bad", Behaviour(broken="it has three legs"))
    async with engine_with(models=(bad, harness.served("b")), max_models=3) as engine:
        await engine.pause()
        waiting = [asyncio.create_task(ask(engine, "Hello", model=model)) for model in ("bad", "", "bad", "b")]
        await until(lambda: len(engine.status().queue) == 4)
        await engine.resume()
        first, default, second, other = [await each for each in waiting]
        assert (default.text, other.text) == ("I heard: Hello", "b heard: Hello")
        for outcome in (first, second, await ask(engine, "Hello", model="bad")):
            assert isinstance(outcome.error, ModelLoadError)
            assert "it has three legs" in str(outcome.error)
            assert "legs" not in outcome.error.public
        bad_info = next(model for model in engine.models if model.id == "bad")
        assert (bad_info.state, "three legs" in bad_info.failure) == ("failed", True)
        assert (engine.status().failure, engine.engine.health().warning) == ("", "")


async def test_crashes_of_one_model_are_no_failure_of_the_engine(harness: Harness, engine_with: StartEngine) -> None:
    fragile = harness.served("b", Behaviour(failing_launch="it fell over"))
    async with engine_with(models=(fragile,), max_models=2) as engine:
        assert (await ask(engine, "Hello", model="b")).text == "b heard: Hello"
        engine.launches_fail = True
        for _ in range(7):
            assert isinstance((await ask(engine, "Hello", model="b")).error, EngineUnavailable)
        assert (engine.status().failure, engine.engine.health().warning) == ("", "")
        assert (await ask(engine, "Hello")).text == "I heard: Hello"


async def test_a_model_gives_way_once_its_answers_have_ended(harness: Harness, engine_with: StartEngine) -> None:
    models = (harness.served("b", Behaviour(words=100, seconds_per_token=0.02)), harness.served("c"))
    async with engine_with(models=models, max_models=2, model_instances=2) as engine:
        if engine.status().places < 2:
            pytest.skip("needs two cores")
        async with asking(engine, "Hello", model="b") as (running, _):
            replacing = await ask(engine, "Hello", model="c")
            assert running.done()
            assert replacing.text == "c heard: Hello"
            assert len((await running).text.split()) == 100
        assert states(engine) == {"b": "available", "c": "loaded"}
        assert (await ask(engine, "Hello")).text == "I heard: Hello"
        assert (await ask(engine, "Hello", model="b", max_tokens=3)).text == "w0 w1 w2"
        assert states(engine) == {"b": "loaded", "c": "available"}


async def test_requests_that_wait_for_a_model_that_gave_way_have_it_loaded_again(
    harness: Harness, engine_with: StartEngine
) -> None:
    async with engine_with(models=(harness.served("b"), harness.served("c")), max_models=2) as engine:
        await ask(engine, "Hello", model="b", caller="Ann", keep=True)
        await engine.pause()
        asked = [asyncio.create_task(ask(engine, f"{at}", model=name, caller="Ann")) for at, name in enumerate("cbcb")]
        await until(lambda: len(engine.status().queue) == 4)
        await engine.resume()
        heard = [(await each).text for each in asked]
        assert heard == ["c heard: 0", "b heard: 1", "c heard: 2", "b heard: 3"]


async def test_where_only_one_model_may_be_loaded_others_are_refused(
    harness: Harness, engine_with: StartEngine
) -> None:
    async with engine_with(models=(harness.served("b"),), max_models=1) as engine:
        outcome = await ask(engine, "Hello", model="b")
        assert isinstance(outcome.error, ModelLoadError)
        assert "MAX_MODELS" in str(outcome.error)
        assert (await ask(engine, "Hello")).text == "I heard: Hello"


async def test_a_load_that_is_cancelled_frees_its_place_at_once(harness: Harness, engine_with: StartEngine) -> None:
    async with engine_with(models=(harness.served("b", SLOW_TO_LOAD),), max_models=2) as engine:
        await engine.settled()
        engine.launches_fail = True
        is_loading = lambda _: states(engine) == {"b": "loading"} and engine.status().leases  # noqa: E731
        async with (
            asking(engine, "Hello", model="b", until_it=is_loading) as (loading, _),
            asking(engine, "Hello", caller="Bob", until_it=is_queued) as (waiting, outcome),
        ):
            assert outcome.positions == [1]
            cancelled_at = time.monotonic()
            loading.cancel()
            assert (await waiting).text == "I heard: Hello"
            assert time.monotonic() - cancelled_at < PROMPTLY
        assert states(engine) == {"b": "available"}
        engine.launches_fail = False
        assert (await ask(engine, "Hello", model="b")).text == "b heard: Hello"


async def test_a_cancelled_request_does_not_take_the_load_from_others(
    harness: Harness, engine_with: StartEngine
) -> None:
    slow = harness.served("b", Behaviour(slow_launch=1.0))
    async with engine_with(models=(slow,), max_models=2, model_instances=2) as engine:
        if engine.status().places < 2:
            pytest.skip("needs two cores")
        await engine.settled()
        engine.launches_fail = True
        both_granted = lambda _: len(engine.status().leases) == 2  # noqa: E731
        async with (
            asking(engine, "One", model="b", until_it=lambda _: engine.status().leases) as (first, _),
            asking(engine, "Two", model="b", until_it=both_granted) as (second, _),
        ):
            first.cancel()
            await asyncio.wait([first])
            assert states(engine) == {"b": "loading"}
            assert (await second).text == "b heard: Two"


@pytest.mark.parametrize("seconds", [PATIENCE, 0])
async def test_a_drain_waits_for_a_load_as_for_an_answer(
    seconds: float, harness: Harness, engine_with: StartEngine
) -> None:
    async with engine_with(models=(harness.served("b", Behaviour(slow_launch=0.5)),), max_models=2) as engine:
        await engine.settled()
        engine.launches_fail = True
        is_loading = lambda _: states(engine) == {"b": "loading"}  # noqa: E731
        async with asking(engine, "Hello", model="b", until_it=is_loading) as (task, _):
            await engine.drain(seconds)
            assert task.done() or seconds == 0
            assert (await task).text == ("b heard: Hello" if seconds else "")


async def test_a_change_of_the_default_reaches_the_requests_that_name_no_model(
    harness: Harness, engine_with: StartEngine
) -> None:
    old, new = harness.served("old", SLOW), harness.served("new")
    settings = {"model": old.path, "models": (old, new), "max_models": 2}
    async with engine_with(SLOW, **settings) as engine, AsyncExitStack() as stack:
        await ask(engine, "Hello", model="new", max_tokens=3)  # loaded, so that the change needs no trial
        running, _ = await stack.enter_async_context(asking(engine, "Hello", max_tokens=300))
        waiting = [
            (await stack.enter_async_context(asking(engine, f"{at}", model=name, until_it=is_queued, max_tokens=5)))[0]
            for at, name in enumerate(("", "old", "new"))
        ]
        await engine.reconfigure(model=new.path)
        assert not running.done()
        assert [model.id for model in engine.models] == ["new", "old"]
        assert len(engine.status().queue) == 3
        assert (await running).finished.model == "old"
        answers = [await task for task in waiting]
        assert [answer.finished.model for answer in answers] == ["new", "old", "new"]
        assert [answer.started_at for answer in answers] == sorted(answer.started_at for answer in answers)


async def test_a_model_that_is_no_longer_offered_refuses_its_requests(
    harness: Harness, engine_with: StartEngine
) -> None:
    async with engine_with(models=(harness.served("b"), harness.served("c")), max_models=3) as engine:
        kept = await ask(engine, "One", caller="Ann", model="c", keep=True)
        await ask(engine, "Hello", model="b", keep=True)
        await engine.pause()
        async with asking(engine, "Hello", model="b", until_it=is_queued) as (waiting, _):
            await engine.reconfigure(models=(engine.settings.models[1],))
            assert isinstance((await waiting).error, UnknownModel)
        await engine.resume()
        again = await ask(engine, "One", kept.text, "Two", caller="Ann", model="c")
        assert again.started.reused_tokens > 0, "a model that the change does not concern stays warm"
        assert isinstance((await ask(engine, "Hello", model="b")).error, UnknownModel)


async def test_the_context_of_each_model_is_its_own(harness: Harness, engine_with: StartEngine) -> None:
    async with engine_with(models=(harness.served("small", context_length=256),), max_models=2) as engine:
        for _ in range(2):  # before and after it is loaded
            assert (await ask(engine, "Hello", model="small")).text == "small heard: Hello"
            outcome = await ask(engine, "Hello", model="small", context_size=512)
            assert isinstance(outcome.error, ContextTooLarge)
            assert "Small" in str(outcome.error)
            assert "256" in str(outcome.error)
        long = " ".join(["word"] * 300)
        size = await engine.count_tokens(question(engine, long, model="small"))
        assert (size.tokens > 300, size.fits) == (True, False)
        default = await engine.count_tokens(replace(question(engine, long)))
        assert (default.tokens, default.fits) == (size.tokens, True)
