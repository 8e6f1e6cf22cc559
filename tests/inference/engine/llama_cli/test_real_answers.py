"""Answers of the real llama-cli: independent of load, equal to those of the bare binary, reproducible."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

from inference.engine import (
    Engine,
    GenerationRequest,
    Message,
    Sampling,
)
from inference.engine.llama_cli.models.program import find_program
from tests.chat_templates import CASES
from tests.engine_processes import PATIENCE, steady
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import GREEDY, Outcome, complete, question

Binary = Callable[[str], Path]


@pytest.mark.promise(10)
async def test_a_real_answer_does_not_depend_on_what_else_was_asked(engine_binary: Binary, pool_on: StartPool) -> None:
    async def converse(pool: Engine, subject: str) -> list[str]:
        transcript = [f"What is {subject}?"]
        for _ in range(2):
            outcome = await complete(pool, question(*transcript, caller=subject, keep=True, max_tokens=60))
            transcript += [outcome.text, "Why?"]
        return transcript

    async with pool_on(engine_binary("llama-cli")) as alone:
        expected = await converse(alone, "tea")
    async with pool_on(engine_binary("llama-cli"), model_instances=2) as busy:
        others = [converse(busy, subject) for subject in ("milk", "salt", "rain")]
        _, transcript, *_ = await asyncio.gather(others[0], converse(busy, "tea"), *others[1:])
    assert transcript == expected


async def test_bytes_that_are_no_text_are_replaced_and_the_conversation_goes_on(
    engine_binary: Binary, pool_on: StartPool, model: Path
) -> None:
    """A model of random weights samples bytes that are no UTF-8."""
    noise = Sampling(temperature=1.0, top_p=1.0)
    async with pool_on(engine_binary("llama-cli"), steady(model)) as pool:
        first = await complete(pool, question("Hello", sampling=noise, max_tokens=200, keep=True))
        assert first.error is None
        assert first.finished.usage.generated_tokens == 200
        assert first.text.count("\ufffd") > 1
        assert first.text.strip("\ufffd").strip()  # text follows
        second = await complete(pool, question("Hello", first.text, sampling=noise, max_tokens=20))
        assert second.error is None
        assert second.started.reused_tokens  # the text is still found to be what the process holds


async def test_a_greedy_answer_is_what_the_bare_binary_prints_for_the_rendered_prompt(
    engine_binary: Binary, small_model: Callable[..., Path], pool_on: StartPool, tmp_path: Path
) -> None:
    """A template without an end token before the answer: token by token, the bare binary stops at the first one."""
    binary, case = engine_binary("llama-cli"), CASES["deepseek"]
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
        [binary, *arguments, *find_program(binary).arguments, *extra],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    async with pool_on(binary, extra, model=model) as pool:
        request = GenerationRequest(messages=messages, max_tokens=40, sampling=GREEDY, context_size=1024)
        outcome = await complete(pool, request)
    printed = bare.stdout.removesuffix(b"\n\n").decode(errors="replace")
    assert outcome.finished.usage.generated_tokens == 40
    assert len(printed) - len(outcome.text) in (0, 1)  # an incomplete character is not sent
    assert printed.startswith(outcome.text)


@pytest.mark.parametrize("adds_bos", ["true", "false"])
async def test_the_prompt_begins_once_whatever_the_arguments_make_of_the_file(
    adds_bos: str, engine_binary: Binary, pool_on: StartPool
) -> None:
    """The template has a BOS token of its own, which is left out if llama-cli adds one."""
    override = ("--override-kv", f"tokenizer.ggml.add_bos_token=bool:{adds_bos}")
    async with pool_on(engine_binary("llama-cli"), override) as changed:
        with_override = await complete(changed, question("Hello"))
    async with pool_on(engine_binary("llama-cli")) as plain:
        without_override = await complete(plain, question("Hello"))
    assert with_override.finished.usage.prompt_tokens == without_override.finished.usage.prompt_tokens


async def test_a_vocabulary_is_split_as_it_was_trained_though_the_file_does_not_say_how(
    engine_binary: Binary, small_model: Callable[..., Path], pool_on: StartPool
) -> None:
    """A merge shows the difference: Llama 3 keeps a bracket with the word behind it, llama.cpp's default does not."""
    said = []
    for pre in ("llama-bpe", None):
        model = small_model(pre=pre, merges=("( h",))
        async with pool_on(engine_binary("llama-cli"), model=model) as pool:
            prompt_tokens = (await complete(pool, question("(h(h(h(h", max_tokens=1))).finished.usage.prompt_tokens
            said.append(prompt_tokens)
    assert said[0] == said[1]


async def test_a_given_seed_reproduces_the_answer(engine_binary: Binary, pool_on: StartPool) -> None:
    async with pool_on(engine_binary("llama-cli"), standby_instances=0) as pool:

        async def answer(seed: int | None) -> Outcome:
            sampling = Sampling(temperature=1.0, top_p=1.0, seed=seed)
            return await complete(pool, question("Hello", sampling=sampling, max_tokens=50))

        first, again, other, unseeded = [await answer(seed) for seed in (7, 7, 8, None)]
        assert first.text == again.text
        assert len({first.text, other.text, unseeded.text}) == 3
        assert first.finished.seed == 7
        repeated = await answer(unseeded.finished.seed)
        assert repeated.text == unseeded.text
