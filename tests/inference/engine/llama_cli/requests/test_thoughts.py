"""Answers with a thought, from a process to the caller and into the next turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from gguf import TokenType

from inference.engine import Engine, FinishReason, GenerationRequest, Message, Reasoning, Sampling, Text
from inference.engine.errors import PromptRefused
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import switches, until
from tests.gguf_files import BITNET_TEMPLATE, LLAMA3_TOKENS
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import Outcome, complete, pids, question, settled
from tests.thinking_templates import BITNET_KEEPS, BITNET_THINKS

THINKS = switches("thinks=It asks for an echo.", "seconds-per-token=0.001")
BYTES = (*THINKS, *switches("bytes"))
OPENS = BITNET_THINKS.replace("{{ 'Assistant: ' }}", "{{ 'Assistant: <think>\n' }}")


def reasoning(outcome: Outcome) -> str:
    return "".join(event.text for event in outcome.events if isinstance(event, Reasoning))


def next_turn(request: GenerationRequest, outcome: Outcome, text: str, **changed: str) -> GenerationRequest:
    answer = Message("assistant", outcome.text, changed.get("reasoning", reasoning(outcome)))
    return replace(request, messages=(*request.messages, answer, Message("user", text)))


async def prompt_tokens(pool: Engine, request: GenerationRequest) -> int:
    return (await pool.count_tokens(request)).tokens


@pytest.mark.parametrize("extra", [THINKS, BYTES], ids=["words", "bytes"])
@pytest.mark.parametrize("template", [BITNET_THINKS, OPENS], ids=["opened by the model", "opened by the prompt"])
async def test_a_thought_comes_before_the_text_and_is_counted(
    template: str, extra: tuple[str, ...], fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, extra, chat_template=template) as pool:
        outcome = await complete(pool, question("One"))
        assert (reasoning(outcome), outcome.text) == ("It asks for an echo.", "I heard: One")
        kinds = [type(event) for event in outcome.events if isinstance(event, Reasoning | Text)]
        assert kinds == sorted(kinds, key=[Reasoning, Text].index)
        usage = outcome.finished.usage
        assert 0 < usage.reasoning_tokens < usage.generated_tokens
        assert sum(event.tokens for event in outcome.events if isinstance(event, Reasoning | Text)) <= (
            usage.generated_tokens
        )


async def test_tags_that_are_control_tokens_mean_a_thought(
    fake_cli: Path, small_model: Callable[..., Path], pool_on: StartPool
) -> None:
    tags = dict.fromkeys(("<think>", "</think>"), TokenType.CONTROL)
    model = small_model(special_tokens=LLAMA3_TOKENS | tags)
    async with pool_on(fake_cli, THINKS, model=model) as pool:
        outcome = await complete(pool, question("One"))
        assert (reasoning(outcome), outcome.text) == ("It asks for an echo.", "I heard: One")


async def test_tags_of_a_model_that_knows_no_thoughts_are_text(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, THINKS, chat_template=BITNET_TEMPLATE) as pool:
        outcome = await complete(pool, question("One"))
        assert outcome.text == "<think>\nIt asks for an echo.\n</think>\n\nI heard: One"
        assert not reasoning(outcome)
        assert outcome.finished.usage.reasoning_tokens == 0
    async with pool_on(fake_cli, THINKS, chat_template=BITNET_THINKS) as pool:
        raw = await complete(pool, GenerationRequest(prompt="User: One", sampling=Sampling(temperature=0)))
        assert raw.text.startswith(" <think>\n")


async def test_stop_strings_have_no_effect_in_a_thought(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, THINKS, chat_template=BITNET_THINKS) as pool:
        outcome = await complete(pool, question("One", stop=("echo", "One")))
        assert (reasoning(outcome), outcome.text) == ("It asks for an echo.", "I heard: ")
        assert outcome.finished.reason is FinishReason.STOP


@pytest.mark.parametrize("sent_back", [True, False])
async def test_a_process_whose_context_has_a_thought_that_the_template_leaves_out_is_not_reused(
    sent_back: bool, fake_cli: Path, pool_on: StartPool
) -> None:
    """Another one replays the transcript without the thought, whether or not the client sends it back."""
    async with pool_on(fake_cli, THINKS, chat_template=BITNET_THINKS) as pool:
        first = question("One", keep=True)
        outcome = await complete(pool, first)
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        await settled(pool)
        second = next_turn(first, outcome, "Two", **({} if sent_back else {"reasoning": ""}))
        expected = await prompt_tokens(pool, second)
        answer = await complete(pool, second)
        assert answer.started.prompt_tokens == expected
        assert answer.started.reused_tokens > 0
        assert answer.text == "I heard: One | Two"


async def test_a_process_is_reused_where_the_template_renders_the_thought_as_it_was_generated(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, THINKS, chat_template=BITNET_KEEPS) as pool:
        first = question("One", keep=True)
        outcome = await complete(pool, first)
        usage = outcome.finished.usage
        second = next_turn(first, outcome, "Two")
        expected = await prompt_tokens(pool, second)
        forgotten = await complete(pool, next_turn(first, outcome, "Two", reasoning=""))
        assert forgotten.started.reused_tokens < usage.prompt_tokens + usage.generated_tokens
        answer = await complete(pool, second)
        assert answer.started.prompt_tokens == expected
        assert answer.started.reused_tokens == usage.prompt_tokens + usage.generated_tokens + 1  # the end token


@pytest.mark.parametrize("template", [BITNET_THINKS, OPENS], ids=["opened by the model", "opened by the prompt"])
@pytest.mark.parametrize("keep", [True, False])
async def test_an_answer_that_is_cut_anywhere_continues_where_it_stopped(
    keep: bool, template: str, fake_cli: Path, pool_on: StartPool
) -> None:
    """In the process that has it, or in a new one; with the tags in pieces, too."""
    extra = (*BYTES, *switches("seconds-per-token=0.005")) if keep else BYTES
    async with pool_on(fake_cli, extra, chat_template=template) as pool:
        request = question("One", keep=keep, max_tokens=15)
        thought = text = ""
        for _ in range(30):
            outcome = await complete(pool, request)
            thought, text = thought + reasoning(outcome), text + outcome.text
            if outcome.finished.reason is FinishReason.STOP:
                break
            answer = (Message("assistant", text, thought),) if thought or text else ()
            request = replace(request, messages=(Message("user", "One"), *answer), max_tokens=15)
        assert (thought, text) == ("It asks for an echo.", "I heard: One")


async def test_a_grammar_turns_thinking_off_or_is_refused(fake_cli: Path, pool_on: StartPool) -> None:
    switch = OPENS.replace("<think>\n'", "<think>\n' if enable_thinking is not false else 'Assistant: '")
    grammar = Sampling(temperature=0, grammar='root ::= "x"')
    async with pool_on(fake_cli, chat_template=switch) as pool:
        assert (await complete(pool, question("One", sampling=grammar))).text == "I heard: One"
    async with pool_on(fake_cli, chat_template=OPENS) as pool:
        refused = await complete(pool, question("One", sampling=grammar))
        assert isinstance(refused.error, PromptRefused)
        assert "grammar" in str(refused.error)
