"""The trial of a new configuration: a throw-away process proves that binary, model and arguments work together."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from inference.engine.errors import EngineCrashed, EngineTimeout, LaunchError, PromptTooLong
from inference.engine.llama_cli.planner import Plan
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Command, Process
from inference.engine.types import Sampling, Text
from inference.machine.memory import available_memory, private_memory

PROBE_TOKENS: Final = 16
# A sound model can repeat a token a few times with this, but not 16 times.
PROBE_SAMPLING: Final = Sampling(temperature=0.7, top_p=1.0, seed=1)
RESIDENT_SHARE: Final = 0.25  # of the available memory, for idle processes that hold conversations
MAX_RESIDENTS: Final = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """The result of a trial, for contexts of up to `context_size` tokens.

    `residents`: the number of idle processes for which there is memory. `adds_bos`: whether llama-cli puts a BOS token
    at the start of the context.
    """

    residents: int
    adds_bos: bool
    context_size: int


async def prove(command: Command, plan: Plan, *, threads: int | None = None, reclaimable: int = 0) -> Proof:
    """Launch a process, let it answer a short question, and kill it: its context must not reach a caller.

    `threads`: replaces the plan's. `reclaimable`: bytes of memory that will become available in addition. Raises
    LaunchError if the process cannot be launched, or repeats one token.
    """
    # llama-cli exits if the prompt is empty and BOS is not added, which is yet to be found out.
    profile = replace(plan.profile, sampling=PROBE_SAMPLING, initial=plan.profile.initial or "Hello")
    process = Process(command, replace(profile, threads=threads or profile.threads))
    try:
        await process.start()
        answer = Answer(max_tokens=PROBE_TOKENS, context_size=process.context_size)
        text = ""
        async with aclosing(process.answer(plan.prompt.line, answer, keep=True)) as events:
            async for event in events:
                text += event.text if isinstance(event, Text) else ""
        room = RESIDENT_SHARE * (available_memory() + reclaimable)
        residents = min(MAX_RESIDENTS, int(room // max(private_memory(process.pid or 0), 1)))
        proof = Proof(residents, process.adds_bos, profile.context_size)
    except PromptTooLong as error:
        raise LaunchError(
            f"The default system prompt, {error.prompt_tokens} tokens with a short question, does not fit into the "
            f"default context of {error.context_size}. Shorten it, or set a larger CONTEXT_SIZE."
        ) from error
    except (EngineCrashed, EngineTimeout) as error:
        raise LaunchError(
            f"{command.llama_cli} loaded {command.model.name}, but could not answer a short question with it. {error} "
            "Use another binary or model file, or other LLAMA_ARGS."
        ) from error
    finally:
        process.kill()
        await process.wait()
    if answer.tokens == PROBE_TOKENS and text == text[: len(text) // PROBE_TOKENS] * PROBE_TOKENS:
        raise LaunchError(
            f"{command.llama_cli} answers with one token over and over ({text[:8]!r}…) on {command.model.name}. "
            "Some builds need a batch size of 1: set LLAMA_ARGS='-b 1'. Otherwise use another binary or model file."
        )
    return proof
