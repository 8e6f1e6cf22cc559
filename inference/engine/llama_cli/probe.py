"""The proof, once, that binary, model and arguments work together: a throw-away process gives a short real answer."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace

from inference.engine.errors import EngineCrashed, EngineTimeout, LaunchError, PromptTooLong
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Command, Process
from inference.engine.types import Sampling, Text
from inference.machine.memory import available_memory, private_memory

from .planner import Plan

TOKENS = 16
SAMPLING = Sampling(temperature=0.7, top_p=1.0, seed=1)  # a good model may repeat a token now and then, never 16 times
RESIDENT_SHARE = 0.25  # of the free memory, for idle processes that hold conversations
MOST_RESIDENTS = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """`residents`: idle processes that the free memory has room for. `adds_bos`: what the process begins with.

    `context_size`: tokens, for which this holds.
    """

    residents: int
    adds_bos: bool
    context_size: int


async def prove(command: Command, plan: Plan, *, threads: int | None = None, reclaimable: int = 0) -> Proof:
    """Launch, answer, kill: a process that answered a probe must not serve.

    `threads`: if not the plan's. `reclaimable`: bytes of memory that will be free besides those that are now. Raises
    LaunchError where it cannot be launched, or answers with one token over and over.
    """
    # Without BOS an empty prompt would end the process, and whether there is BOS is one of the things to learn.
    profile = replace(plan.profile, sampling=SAMPLING, initial=plan.profile.initial or "Hello")
    process = Process(command, replace(profile, threads=threads or profile.threads))
    try:
        await process.start()
        answer = Answer(max_tokens=TOKENS, context_size=process.context_size)
        text = ""
        async with aclosing(process.answer(plan.prompt.line, answer, keep=True)) as events:
            async for event in events:
                text += event.text if isinstance(event, Text) else ""
        room = RESIDENT_SHARE * (available_memory() + reclaimable)
        residents = min(MOST_RESIDENTS, int(room // max(private_memory(process.pid or 0), 1)))
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
    if answer.tokens == TOKENS and text == text[: len(text) // TOKENS] * TOKENS:
        raise LaunchError(
            f"{command.llama_cli} answers with one token over and over ({text[:8]!r}…) on {command.model.name}. "
            "Some builds need a batch size of 1: set LLAMA_ARGS='-b 1'. Otherwise use another binary or model file."
        )
    return proof
