"""Makes the configured engine. The only module outside an engine's own folder that knows which engines there are."""

from __future__ import annotations

from .config import EngineConfig
from .interface import Engine
from .types import OnEngineEvent


def make_engine(config: EngineConfig, on_event: OnEngineEvent | None = None) -> Engine:
    """Return the engine that `config` describes, not started yet."""
    if config.llama_cli:
        from .llama_cli.engine import LlamaCliEngine

        return LlamaCliEngine(config, on_event)
    if config.remote:
        from .remote.engine import RemoteEngine

        return RemoteEngine(config, on_event)
    raise ValueError("the configuration names no engine")


async def bare_speed(config: EngineConfig, tokens: int) -> float:
    """Return the decode speed, in tokens per second, of the engine's own program on one thread, without the engine.

    Benchmarks compare with it.
    """
    if config.llama_cli:
        from .llama_cli.bare import bare_speed

        return await bare_speed(config, tokens)
    raise ValueError("the configuration names no engine")
