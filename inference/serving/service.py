"""The entry point to the engine: views, sockets and commands call these functions, and nothing else reaches it.

A server process has one engine. It starts with the server, or at the first request if nothing has started it
(`manage.py runserver`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any

from inference.engine import Engine, Event, Finished, GenerationRequest, PromptSize, Reasoning, Text
from inference.engine.errors import SEE_LOG, EngineStopping, EngineUnavailable, ModelLoadError, UnknownModel
from inference.engine.status import EngineStatus, ModelInfo, ModelState
from inference.history.writer import keep_event
from inference.models import EngineEvent

from . import configuration
from .callers import Caller
from .configuration import Configuration
from .engine_settings import engine_config, notice
from .parameters import MAX_CONTEXT_SIZE, MAX_VOCABULARY_SIZE
from .recorder import GenerationRecorder, RecordedEvents
from .supervisor import EngineSupervisor, Health

log = logging.getLogger(__name__)

NODE_FAILED = f"This engine node gets no requests. {SEE_LOG}"


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. `reasoning`: its thought."""

    text: str
    reasoning: str
    finished: Finished


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of model and configuration: context sizes in tokens, threads, number of vocabulary tokens.

    `model`: as in `GenerationRequest`.
    """

    model: str
    trained_context: int
    context_size: int
    max_threads: int
    vocabulary_size: int


@dataclass(frozen=True, slots=True)
class ServingDefaults:
    """Defaults of requests, and the model that answers.

    `model` and `notice` are None until the model is loaded. `max_tokens`: default length of an answer.
    `max_answer_tokens`: the most that a request may ask for.
    """

    model: str | None
    notice: str | None
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    max_answer_tokens: int
    context_size: int


supervisor = EngineSupervisor()


async def start() -> None:
    """Start the engine. A failure is kept for `health` and for requests; a model download is not awaited."""
    await supervisor.start()


async def drain(seconds: float) -> None:
    """Refuse new requests and let running answers finish within `seconds`."""
    if supervisor.engine:
        await supervisor.engine.drain(seconds)


async def stop() -> None:
    """End the engine with everything that still runs, and write the history's remaining entries."""
    await supervisor.stop()


async def engine() -> Engine:
    """Return the running engine, after waiting for its start. Raise EngineUnavailable if it could not be started."""
    await start()
    if supervisor.engine is None:
        state = health()
        raise EngineUnavailable(state.detail, state.public)
    return supervisor.engine


def running_engine() -> Engine | None:
    """Return the engine if it runs, without starting it."""
    return supervisor.engine


async def limits(model: str = "") -> Limits:
    """Return the limits of requests for a model; an empty id means the default. Raise as `engine`, and UnknownModel."""
    return limits_of(await engine(), model)


def limits_of(engine: Engine, model: str = "") -> Limits:
    """Return the limits of requests for a model of a started engine. Raise UnknownModel."""
    info, config = model_of(engine, model), engine.config
    # Of a file that has not been read, nothing is known: the engine refuses what its model cannot do.
    trained = info.context_length or MAX_CONTEXT_SIZE
    vocabulary = info.vocabulary_size or MAX_VOCABULARY_SIZE
    return Limits(model, trained, min(config.context_size, trained), config.max_threads, vocabulary)


def model_of(engine: Engine, model: str = "") -> ModelInfo:
    """Return a served model by its id; an empty one means the default. Raise UnknownModel."""
    models = engine.models
    found = next((each for each in models if each.id == model), None) if model else models[0]
    if found is None:
        raise UnknownModel(model, [each.id for each in models])
    return found


def context_size_of(model: ModelInfo) -> int:
    """Return the default context size of a served model, in tokens. From any thread."""
    size = configuration.current().context_size
    return min(size, model.context_length or size)


def default_tokens(context_size: int) -> int:
    """Return the default length of an answer in such a context, in tokens."""
    return min(configuration.current().max_tokens, max_answer_tokens(context_size))


def max_answer_tokens(context_size: int) -> int:
    """Return the most tokens that may be asked for in such a context."""
    return min(configuration.current().max_answer_tokens or context_size, context_size)


def defaults(model: str = "") -> ServingDefaults:
    """Return the defaults in force for requests to a model, without waiting for the engine. From any thread.

    An empty id means the default model. Raise UnknownModel.
    """
    engine, in_force = supervisor.engine, configuration.current()
    info = model_of(engine, model) if engine else None
    context_size = limits_of(engine, model).context_size if engine else in_force.context_size
    return ServingDefaults(
        model=info.name if info else None,
        notice=notice(info) if info else None,
        system_prompt=in_force.system_prompt,
        temperature=in_force.temperature,
        top_p=in_force.top_p,
        max_tokens=default_tokens(context_size),
        max_answer_tokens=max_answer_tokens(context_size),
        context_size=context_size,
    )


def served_models() -> tuple[ModelInfo, ...]:
    """Return the served models for everyone, the default first; none until the engine runs. From any thread.

    Why one failed is for administrators.
    """
    models = supervisor.engine.models if supervisor.engine else ()
    return tuple(replace(each, failure=ModelLoadError(each.id).public) if each.failure else each for each in models)


def generate(request: GenerationRequest, caller: Caller) -> RecordedEvents:
    """Return the events of one generation on the server's engine; see `RecordedEvents`. Raise EngineError."""
    recorder = GenerationRecorder(request, caller)
    return RecordedEvents(_generate(recorder), recorder.outcome)


async def _generate(recorder: GenerationRecorder) -> AsyncGenerator[Event, None]:
    with recorder:
        running = await engine()
        async with aclosing(recorder.generate(running)) as events:
            async for event in events:
                yield event


async def load(model: str = "") -> None:
    """Load a served model by its id, unless it is loaded. An empty one means the default. Raise EngineError."""
    running = await engine()
    if model_of(running, model).state is not ModelState.LOADED:
        await running.count_tokens(GenerationRequest(prompt="Hello", model=model))


async def count_tokens(request: GenerationRequest) -> PromptSize:
    """Return the size of a request's prompt, without answering it. Raise EngineError."""
    return await (await engine()).count_tokens(request)


async def collect(events: AsyncGenerator[Event, None]) -> Completion:
    """Return the whole answer of one generation."""
    text = reasoning = ""
    async with aclosing(events):
        async for event in events:
            match event:
                case Text(piece):
                    text += piece
                case Reasoning(piece):
                    reasoning += piece
                case Finished():
                    return Completion(text, reasoning, event)
    raise EngineStopping("The generation ended without a result. Try again.")


def health() -> Health:
    """Return whether requests are answered now."""
    return supervisor.health()


def configuration_failure() -> str:
    """Return why the engine could not follow the settings and kept its configuration; empty if it follows them."""
    return supervisor.change_failure


def following_settings() -> bool:
    """Return whether the engine is being reconfigured to the settings. From any thread."""
    engine = supervisor.engine
    return engine is not None and not supervisor.change_failure and engine.config != engine_config()


def reconfigure() -> None:
    """Apply the settings to the engine in the background, one change at a time. From any thread."""
    supervisor.reconfigure()


async def model_info() -> dict[str, Any]:
    """Return the served models, the settings in force and the engine's status as JSON. Raise as `engine`."""
    running = await engine()
    model, in_force = running.models[0], configuration.current()
    models = [asdict(each) for each in served_models()]
    return {
        "model": models[0] | {"file_size": model.size},
        "notice": notice(model),
        "models": models,
        "settings": {
            "max_threads": running.config.max_threads,
            "model_instances": running.config.model_instances,
            "context_size": min(running.config.context_size, model.context_length),
            "system_prompt": in_force.system_prompt,
            "temperature": in_force.temperature,
            "top_p": in_force.top_p,
        },
        "engine": _public_status(running.status()),
    }


def _public_status(status: EngineStatus) -> dict[str, Any]:
    """Return the engine's status for everyone: without where its machines are, and why it or they failed."""
    machines = [
        replace(each, node=f"node {number}" if each.node == each.url else each.node, url="", failure=NODE_FAILED)
        if each.failure
        else replace(each, url="")
        for number, each in enumerate(status.machines, 1)
    ]
    return asdict(replace(status, failure=health().public if status.failure else "", machines=machines))


def follow_settings(before: Configuration, after: Configuration, **kwargs: Any) -> None:
    """Have the engine follow changed settings. Receives `configuration_changed`."""
    if supervisor.serves:  # the engine of a command does not follow
        changes = "; ".join(configuration.changes(before, after))
        log.info("Settings: %s", changes)
        keep_event(EngineEvent.Kind.CHANGE, f"Settings: {changes}")
        supervisor.reconfigure()
