"""Prompts that just fit into the context of a real process, and prompts that just do not, however they get there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine import Engine, FinishReason, GenerationRequest
from inference.engine.errors import PromptTooLong
from inference.engine.llama_cli.process.answer import MIN_ANSWER_ROOM
from tests.engine_processes import never_ends
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import GREEDY, Outcome, complete, question

CONTEXT = 256
LIMIT = CONTEXT - MIN_ANSWER_ROOM  # tokens of the longest prompt that fits


async def ask_raw(pool: Engine, digits: int) -> Outcome:
    """One piece of text, evaluated at the launch or as one line."""
    return await complete(pool, GenerationRequest(prompt="0" * digits, sampling=GREEDY, context_size=CONTEXT))


async def ask_first(pool: Engine, digits: int) -> Outcome:
    """A question to a process without a conversation."""
    return await complete(pool, question("0" * digits, context_size=CONTEXT))


async def ask_again(pool: Engine, digits: int) -> Outcome:
    """A question to a process that holds the conversation so far."""
    first = await complete(pool, question("1", context_size=CONTEXT, max_tokens=4, keep=True))
    return await complete(pool, question("1", first.text, "0" * digits, context_size=CONTEXT))


async def ask_replayed(pool: Engine, digits: int) -> Outcome:
    """A question after a conversation that no process holds."""
    return await complete(pool, question("1", "2" * 100, "0" * digits, context_size=CONTEXT))


@pytest.mark.parametrize("ask", [ask_raw, ask_first, ask_again, ask_replayed])
@pytest.mark.promise(14)
async def test_the_longest_prompt_that_fits_is_answered_and_one_token_more_is_refused(
    ask: Callable[[Engine, int], object], engine_binary: Callable[[str], Path], model: Path, pool_on: StartPool
) -> None:
    """Each digit is a token. What is refused must not depend on which process would have answered."""
    async with pool_on(engine_binary("llama-cli"), never_ends(model), context_size=CONTEXT) as pool:
        others = (await ask(pool, 1)).started.prompt_tokens - 1
        for tokens in (LIMIT - 1, LIMIT):
            outcome = await ask(pool, tokens - others)
            assert (outcome.error, outcome.started.prompt_tokens) == (None, tokens)
            assert outcome.finished.reason is FinishReason.LENGTH
            assert outcome.finished.usage.generated_tokens == CONTEXT - tokens
        for tokens in (LIMIT + 1, CONTEXT - 1, CONTEXT, CONTEXT + 1):
            outcome = await ask(pool, tokens - others)
            assert isinstance(outcome.error, PromptTooLong), tokens
            assert (outcome.error.prompt_tokens, outcome.error.context_size) == (tokens, CONTEXT)
            assert f"{MIN_ANSWER_ROOM} must be left" in str(outcome.error)
            assert outcome.text == ""
