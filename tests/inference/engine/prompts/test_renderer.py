"""The process in which chat templates run: what it renders, and what it does not let a template do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import psutil
import pytest

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.prompts.chat_template import ChatTemplate
from inference.engine.prompts.renderer import Renderer, Renderers
from inference.engine.types import Message
from tests.chat_templates import CASES
from tests.engine_processes import child_pids

CHATML = CASES["chatml"].template
HI = [Message("user", "Hi")]
MODEL = CASES["chatml"].model_file()

LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
SQUARES = "{% set n = namespace(x=9) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}"
GROWS = "{% set n = namespace(x='x' * 4096) %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}"


def on_word(word: str, program: str) -> str:
    """Return a template that runs a program if a message is this word."""
    return f"{{% for m in messages if m.content == '{word}' %}}{program}{{% endfor %}}" + CHATML


@asynccontextmanager
async def renderer(template: str | None = None, **limits: float) -> AsyncGenerator[Renderer, None]:
    started = await Renderer.start(MODEL, template, **limits)
    try:
        yield started
    finally:
        await started.close()


@pytest.fixture
def started() -> Callable[[], list[int]]:
    """Return the children that the test has started: tests of other modules may have left a fork server."""
    before = child_pids()
    return lambda: [pid for pid in child_pids() if pid not in before]


async def longest_pause(during: asyncio.Task[object]) -> float:
    """Return the longest time for which the event loop did not run."""
    longest, before = 0.0, time.monotonic()
    while not during.done():
        await asyncio.sleep(0.01)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    return longest


@pytest.mark.parametrize("name", CASES)
async def test_prompts_are_those_of_the_template_in_this_process(name: str) -> None:
    model = replace(CASES[name].model_file(), chat_template=CASES[name].template)
    conversation = [*HI, Message("assistant", "Hello \ud800\u2028\0"), Message("user", "ß <|im_end|>")]
    rendering = await Renderer.start(model)
    try:
        assert await rendering.prompt(conversation) == ChatTemplate(model).prompt(conversation)
    finally:
        await rendering.close()


EXCESSES = [
    (LOOPS, "seconds of processor time"),
    (
        "{% set n = namespace(x=9) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "seconds of processor",
    ),
    (GROWS, "MiB of memory"),
    ("{{ m.role * 10**10 }}", "MiB of memory"),
    ("{{ m.role | center(10**10) }}", "MiB of memory"),
    ("{{ [m] * 10**10 }}", "MiB of memory"),
    ("{{ '%09999999999d' % m.role | length }}", "MiB of memory"),
]


@pytest.mark.parametrize(("program", "reason"), EXCESSES)
async def test_a_template_that_takes_too_much_fails_one_request_and_never_stops_the_event_loop(
    program: str, reason: str
) -> None:
    limits = {"cpu_seconds": 0.5} if "seconds" in reason else {}
    async with renderer(on_word("forbidden", program), **limits) as rendering:
        forbidden = asyncio.create_task(rendering.prompt([Message("user", "forbidden")]))
        assert await longest_pause(forbidden) < 1
        with pytest.raises(ChatTemplateError, match=reason):
            await forbidden
        assert (await rendering.prompt(HI)).line == "user\nHi"


@pytest.mark.parametrize("source", [LOOPS, GROWS, "{{ 9 ** (9**9) }}"])
async def test_a_template_that_always_takes_too_much_is_refused_while_the_event_loop_runs(source: str) -> None:
    starting = asyncio.create_task(Renderer.start(MODEL, source, cpu_seconds=0.5))
    assert await longest_pause(starting) < 1
    with pytest.raises(ChatTemplateError, match="takes more than"):
        await starting


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(10**9) %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
        "{{ ().__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include '/etc/passwd' %}",
        "{% for %}",
        "{{ 1 / 0 }}",
        "{{ missing.attribute.of.it }}",
        "{{ raise_exception('No.') }}",
    ],
)
async def test_a_malicious_or_broken_template_is_refused(source: str) -> None:
    with pytest.raises(ChatTemplateError, match="CHAT_TEMPLATE"):
        await Renderer.start(MODEL, source)


async def test_a_refusal_by_the_template_is_the_callers() -> None:
    async with renderer(on_word("refused", "{{ raise_exception('Not this.') }}")) as rendering:
        with pytest.raises(PromptRefused, match="Not this"):
            await rendering.prompt([Message("user", "refused")])
        assert (await rendering.prompt(HI)).line == "user\nHi"


async def test_a_request_that_is_cancelled_leaves_no_answer_behind() -> None:
    async with renderer() as rendering:
        for _ in range(20):
            leaving = asyncio.create_task(rendering.prompt([Message("user", "left")]))
            await asyncio.sleep(0)
            leaving.cancel()
            prompts = await asyncio.gather(*(rendering.prompt([Message("user", str(n))]) for n in range(3)))
            assert [prompt.line for prompt in prompts] == [f"user\n{n}" for n in range(3)]


async def test_a_process_that_died_is_replaced(started: Callable[[], list[int]]) -> None:
    async with renderer() as rendering:
        [pid] = started()
        psutil.Process(pid).kill()
        with pytest.raises(ChatTemplateError, match="ends its process"):
            await rendering.prompt(HI)
        assert (await rendering.prompt(HI)).line == "user\nHi"


async def test_the_requests_of_a_replaced_model_are_rendered_before_its_process_ends(
    started: Callable[[], list[int]],
) -> None:
    renderers = Renderers()
    old, new = await renderers.open(MODEL, None), await renderers.open(MODEL, CHATML)
    assert await renderers.open(MODEL, None) is old
    waiting = [asyncio.create_task(old.prompt(HI)) for _ in range(5)]
    await asyncio.sleep(0)
    await renderers.keep_only([new])
    assert {(await task).line for task in waiting} == {"user\nHi"}
    with pytest.raises(ChatTemplateError, match="replaced"):
        await old.prompt(HI)
    assert (await new.prompt(HI)).line == "user\nHi"
    assert len(started()) == 1
    await renderers.close()


async def test_the_longest_transcript_that_the_api_takes_is_rendered() -> None:
    """Of characters that take the most memory, in as many messages as fit."""
    async with renderer() as rendering:
        text = "😀" * 500_000
        turns = [Message("assistant" if at % 2 else "user", "😀" * 10) for at in range(20_001)]
        assert text in ((await rendering.prompt([Message("user", text)])).line or "")
        assert (await rendering.prompt(turns)).initial


async def test_the_process_has_none_of_the_servers_environment(
    monkeypatch: pytest.MonkeyPatch, started: Callable[[], list[int]]
) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    async with renderer():
        [pid] = started()
        assert "SECRET_KEY" not in psutil.Process(pid).environ()
