"""The one door to the engine: views, sockets and commands call these functions, and nothing else reaches it.

There is one engine per server process. It starts with the server, or at the first request where nothing starts it
(`manage.py runserver`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

from bitnetsite.env import env
from inference.engine import Event, Finished, GenerationRequest, Pool, Text
from inference.engine.errors import EngineStopping, EngineUnavailable
from inference.history.writer import keep_event
from inference.models import EngineEvent
from inference.provisioning.model_files import ModelFolder

from . import configuration
from .callers import Caller
from .configuration import Configuration
from .recorder import GenerationRecorder, RecordedEvents
from .supervisor import Health, engine_config, notice
from .supervisor import Host as _Host

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    text: str
    finished: Finished


@dataclass(frozen=True, slots=True)
class Limits:
    """What the model and the configuration allow. Tokens, and threads."""

    trained_context: int
    context_size: int
    max_threads: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What an answer is made with where nothing else is asked for. `model` and `notice` are None while it loads."""

    model: str | None
    notice: str | None
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    max_answer_tokens: int
    context_size: int


_host = _Host()
_models = ModelFolder(env("MODELS_DIR"))


async def start() -> None:
    """Start the engine; a failure is kept for `health` and for whoever asks for an answer.

    Where the model has to be fetched first, this does not wait for it.
    """
    await _host.start()


async def drain(seconds: float) -> None:
    """Refuse new requests and give running answers so long to finish."""
    if _host.pool:
        await _host.pool.drain(seconds)


async def stop() -> None:
    """End the engine's processes and answers that still run, and write what the history still holds."""
    await _host.stop()


async def engine() -> Pool:
    """The running engine; waits while it starts. Raises EngineUnavailable where it could not be started."""
    await start()
    if _host.pool is None:
        raise EngineUnavailable(health().detail)
    return _host.pool


def running_engine() -> Pool | None:
    """The engine, if it runs; does not start it."""
    return _host.pool


async def limits() -> Limits:
    """The limits of the running engine. Raises as `engine`."""
    return limits_of(await engine())


def limits_of(pool: Pool) -> Limits:
    """The limits of an engine that has been started."""
    trained = pool.model.context_length
    return Limits(trained, min(pool.config.context_size, trained), pool.config.max_threads)


def default_tokens(context_size: int) -> int:
    """Tokens of an answer in such a context, where nobody says how many."""
    in_force = configuration.current()
    return min(in_force.max_tokens, max_answer_tokens(context_size))


def max_answer_tokens(context_size: int) -> int:
    """Tokens of an answer in such a context that may be asked for."""
    return min(configuration.current().max_answer_tokens or context_size, context_size)


def offer() -> Offer:
    """What is served, without waiting for the engine. From any thread."""
    pool = _host.pool
    in_force = configuration.current()
    context_size = limits_of(pool).context_size if pool else in_force.context_size
    return Offer(
        model=pool.model.name if pool else None,
        notice=notice(pool.model) if pool else None,
        system_prompt=in_force.system_prompt,
        temperature=in_force.temperature,
        top_p=in_force.top_p,
        max_tokens=default_tokens(context_size),
        max_answer_tokens=max_answer_tokens(context_size),
        context_size=context_size,
    )


def generate(request: GenerationRequest, caller: Caller) -> RecordedEvents:
    """Generate on the server's engine, which starts if it has to; see `RecordedEvents`. Raise EngineError."""
    recorder = GenerationRecorder(request, caller)
    return RecordedEvents(_generate(recorder), recorder.outcome)


async def _generate(recorder: GenerationRecorder) -> AsyncGenerator[Event, None]:
    with recorder:
        running = await engine()
        async with aclosing(recorder.generate(running)) as events:
            async for event in events:
                yield event


async def whole(events: AsyncGenerator[Event, None]) -> Completion:
    """The answer of one generation, once it is all there."""
    text = ""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Text):
                text += event.text
            elif isinstance(event, Finished):
                return Completion(text, event)
    raise EngineStopping("The answer ended without an end. Try again.")


def health() -> Health:
    """Whether answers can be had now."""
    return _host.health()


def configuration_failure() -> str:
    """Why the engine does not follow the settings: it goes on as it was. Empty where it does."""
    return _host.change_failure


def following_settings() -> bool:
    """Whether the engine is on its way to what the settings say. From any thread."""
    pool = _host.pool
    return pool is not None and not _host.change_failure and pool.config != engine_config()


def reconfigure() -> None:
    """Bring the engine to what is in force, in the background, one change at a time. From any thread."""
    _host.reconfigure()


async def model_info() -> dict[str, Any]:
    """The model, the models folder, the settings in force and the pool's state, in JSON's terms. Raises as `engine`."""
    pool = await engine()
    model, in_force = pool.model, configuration.current()
    return {
        "model": {
            "name": model.name,
            "description": model.description,
            "file": model.path.name,
            "file_size": model.size,
            "architecture": model.architecture,
            "parameter_count": model.parameter_count,
            "quantization": model.quantization,
            "context_length": model.context_length,
            "vocabulary_size": model.vocabulary_size,
        },
        "notice": notice(model),
        "models": [asdict(each) for each in await _models.list()],
        "settings": {
            "max_threads": pool.config.max_threads,
            "model_instances": pool.config.model_instances,
            "context_size": min(pool.config.context_size, model.context_length),
            "system_prompt": in_force.system_prompt,
            "temperature": in_force.temperature,
            "top_p": in_force.top_p,
        },
        "pool": asdict(pool.status()),
    }


def follow_settings(before: Configuration, after: Configuration, **kwargs: Any) -> None:
    """Have the engine follow changed settings. Receives `configuration_changed`."""
    if _host.serves:  # a command has no engine that follows
        told = "; ".join(configuration.changes(before, after))
        log.info("Settings: %s", told)
        keep_event(EngineEvent.Kind.CHANGE, f"Settings: {told}")
        _host.reconfigure()
