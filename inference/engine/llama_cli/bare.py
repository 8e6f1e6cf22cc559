"""A bare llama-cli without a pool, for benchmarks to compare with."""

from __future__ import annotations

import asyncio
import re

from inference.engine.config import EngineConfig

from .models.loading import own_config
from .models.program import find_program
from .process.child import killed_with_parent


async def bare_speed(config: EngineConfig, tokens: int) -> float:
    """Return the decode speed of one bare llama-cli on one thread, in tokens per second, as it reports it."""
    own = own_config(config)
    program = await asyncio.to_thread(find_program, own.binary)
    process = await asyncio.create_subprocess_exec(
        *(*killed_with_parent(), str(program.path), "-m", config.model),
        *("-t", "1", "-c", str(config.context_size), "-n", str(tokens)),
        *("--no-warmup", "--ignore-eos", "-p", "Tell me a story."),
        *(*program.arguments, *own.extra_arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, output = await process.communicate()
    speeds = re.findall(rb" eval time = .*?([\d.]+) tokens per second", output)
    return float(speeds[-1])
