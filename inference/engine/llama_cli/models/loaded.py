"""The models that are loaded: on demand, one at a time, and within the memory."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from inference.engine.config import EngineConfig, ServedModel
from inference.engine.errors import EngineError, LaunchError, ModelLoadError, UnknownModel
from inference.engine.llama_cli.scheduling.leases import Team
from inference.engine.prompts.renderer import Renderers
from inference.engine.status import ModelInfo, ModelState

from .headers import Headers
from .loading import Prove, load_runtime, own_config, reload_runtime
from .probe import prove
from .room import lack_of_room
from .runtime import ModelRuntime

log = logging.getLogger(__name__)

RETRY_AFTER: Final = 10.0  # seconds without another attempt after a model could not be loaded


class ModelsListener(Protocol):
    """Keeps scheduler and workers in step with the models."""

    def models_changed(self, what: str) -> None:
        """Other models are loaded than before. `what`: for operators."""

    def model_failed(self, error: ModelLoadError) -> None:
        """A model could not be loaded."""

    def answers_with(self, engine: str) -> bool:
        """Return whether a process of an engine digest answers now."""

    def answers_with_others(self) -> bool:
        """Return whether a process answers whose model is not loaded any more."""


@dataclass(eq=False)
class _Load:
    """A model that is being loaded. `waiting`: granted requests; without any, the load is cancelled."""

    task: asyncio.Task[ModelRuntime]
    waiting: int = 0


class LoadedModels:
    """Every model that is loaded, by id: the default one, which stays, and others, which give way to each other.

    A model is loaded in the place and on the cores of the first granted request that asks for it; others wait for that
    load. `config`: in force. `team`: cores and threads of a process. `headers`: of all models that are served.
    """

    def __init__(
        self,
        config: EngineConfig,
        team: Team,
        default: ModelRuntime,
        renderers: Renderers,
        headers: Headers,
        listener: ModelsListener,
    ) -> None:
        self.config, self.team = config, team
        self.headers = headers
        self._renderers = renderers
        self._listener = listener
        self._loaded = {default.served.id: default}  # the least recently used first, wherever the default is
        self._used_at: dict[str, float] = {}
        self._default = default
        self._failures: dict[str, tuple[float, ModelLoadError]] = {}  # with the time until which they hold
        self._loads: dict[str, _Load] = {}
        self._tasks: set[asyncio.Task[ModelRuntime]] = set()  # the loads, those that are being cancelled included
        self._changing = False
        self._turn = asyncio.Lock()  # one load at a time, since each needs to know how much memory is left
        self._answer_ended = asyncio.Event()

    @property
    def default(self) -> ModelRuntime:
        return self._default

    @property
    def runtimes(self) -> tuple[ModelRuntime, ...]:
        """Return the runtimes of all loaded models, the default first."""
        return (self._default, *self._others)

    @property
    def default_contexts(self) -> frozenset[int]:
        """Return the context sizes of requests that have chosen none."""
        return frozenset((self.config.context_size, self._default.default_profile.context_size))

    def get(self, model: str) -> ModelRuntime | None:
        """Return the runtime of a model, None if it is not loaded. An empty id means the default model."""
        return self._loaded.get(model) if model else self._default

    def check(self, model: str) -> None:
        """Raise UnknownModel if a model is not served, and ModelLoadError if it could not be loaded just now."""
        served = self.config.served_model(model)
        until, error = self._failures.get(served.id, (0.0, None))
        if error and time.monotonic() < until and served.id not in self._loaded:
            raise error

    def infos(self) -> tuple[ModelInfo, ...]:
        """Return what is reported of all models that are served."""
        return tuple(self._info(served) for served in self.config.served_models)

    async def load(self, model: str, cores: int) -> ModelRuntime:
        """Return the runtime of a model for a request that has been granted `cores`, and load it if need be.

        Raise UnknownModel or ModelLoadError. Cancellation ends the load unless other granted requests wait for it.
        """
        if runtime := self.get(model):
            return runtime
        self.check(model)
        load = self._loads.get(model)
        if load is None:
            load = self._loads[model] = _Load(asyncio.create_task(self._load(model, cores)))
            self._tasks.add(load.task)
            load.task.add_done_callback(partial(self._ended, model))
        load.waiting += 1
        try:
            return await asyncio.shield(load.task)
        finally:
            load.waiting -= 1
            if not load.waiting and not load.task.done():
                load.task.cancel()
                del self._loads[model]  # whoever asks next does not wait for it

    def used(self, runtime: ModelRuntime) -> None:
        """Record that a request for a model has ended, which may be what another model waits for."""
        model = runtime.served.id
        if model in self._loaded:
            self._loaded[model] = self._loaded.pop(model)
            self._used_at[model] = time.monotonic()
        self._answer_ended.set()

    def give_way(self, runtime: ModelRuntime, why: str) -> None:
        """Unload a model, unless it is the default. Its idle processes end; running answers finish."""
        if runtime is not self._default and self._loaded.get(runtime.served.id) is runtime:
            del self._loaded[runtime.served.id]
            self._listener.models_changed(f"{runtime.name} is not loaded any more: {why}.")

    def expire(self) -> None:
        """Unload the models that have not been used for as long as an idle conversation keeps its process."""
        limit = time.monotonic() - own_config(self.config).resident_idle
        for runtime in self._others:
            if self._used_at[runtime.served.id] < limit and not self._listener.answers_with(runtime.engine):
                self.give_way(runtime, "it was not used")

    async def prepare(self, config: EngineConfig, team: Team, prove: Prove) -> dict[str, ModelRuntime]:
        """Return the models that stay loaded under another configuration, the default first.

        The others are those that the change does not concern.
        """
        self._changing = True
        await self.headers.refresh(config.served_models)
        default = config.default_model
        kept = {default.id: await load_runtime(config, default, team, prove, self._renderers, self.runtimes)}
        for served in config.served_models[1:]:
            if before := self._loaded.get(served.id):
                runtime = await reload_runtime(before, config, served, team, self._renderers)
                kept |= {served.id: runtime} if runtime else {}
        return kept

    def replace(self, config: EngineConfig, team: Team, kept: Mapping[str, ModelRuntime]) -> None:
        """Put what was prepared in force."""
        self.config, self.team = config, team
        default, *others = kept
        order = [model for model in self._loaded if model in others]
        self._default = kept[default]
        self._loaded = {default: self._default} | {model: kept[model] for model in order}
        self._failures.clear()
        for model in others:
            self._used_at.setdefault(model, time.monotonic())
        while self._others and lack_of_room(config.max_models, [each.model.size for each in self.runtimes]):
            del self._loaded[self._others[0].served.id]

    async def upkeep(self) -> None:
        """Read the headers of files that have changed, and close the templates that are no longer used."""
        await self.headers.refresh(self.config.served_models)
        await self.tidy()

    async def tidy(self, *, changed: bool = False) -> None:
        """Close the templates of models that are not loaded, unless some are about to be. `changed`: a change ended."""
        self._changing = self._changing and not changed
        if not self._tasks and not self._changing:
            await self._renderers.keep_only([runtime.template for runtime in self.runtimes])

    async def close(self) -> None:
        """End what is being loaded, and close all templates."""
        for task in self._tasks:
            if not task.cancelling():  # else it is cleaning up
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._renderers.close()

    @property
    def _others(self) -> list[ModelRuntime]:
        """The loaded models besides the default one, the least recently used first."""
        return [runtime for runtime in self._loaded.values() if runtime is not self._default]

    async def _load(self, model: str, cores: int) -> ModelRuntime:
        try:
            async with self._turn:
                runtime = await self._load_next(model, cores)
        except UnknownModel:
            raise
        except EngineError as error:
            failure = ModelLoadError(model, str(error))
            log.warning("%s", failure)
            self._failures[model] = (time.monotonic() + RETRY_AFTER, failure)
            self._listener.model_failed(failure)
            raise failure from error
        return runtime

    async def _load_next(self, model: str, cores: int) -> ModelRuntime:
        """Load a model under the configuration that is in force at the end."""
        before: list[ModelRuntime] = []
        while True:
            config = self.config
            served = config.served_model(model)
            if loaded := self.get(model):  # as the default model of another configuration
                return loaded
            await self.headers.refresh(config.served_models)
            await self._make_room(served)
            on_cores = partial(prove, threads=cores)
            runtime = await load_runtime(config, served, self.team, on_cores, self._renderers, before)
            if config is self.config:
                break
            before = [runtime]
        self._loaded[model], self._used_at[model] = runtime, time.monotonic()
        self._failures.pop(model, None)
        self._listener.models_changed(f"{runtime.name} is loaded.")
        return runtime

    async def _make_room(self, served: ServedModel) -> None:
        """Have others give way, idle ones first, and wait for the answers that still run. Raise LaunchError."""
        header = self.headers.of(served)
        if isinstance(header, EngineError):
            raise header
        limit, size = self.config.max_models, header.size
        if reason := lack_of_room(limit, [self._default.model.size, size]):
            raise LaunchError(reason)
        while self._others and lack_of_room(limit, [size, *(each.model.size for each in self.runtimes)]):
            others = sorted(self._others, key=lambda each: self._listener.answers_with(each.engine))
            self.give_way(others[0], f"{served.id} takes its place")
        while self._listener.answers_with_others():
            self._answer_ended.clear()
            await self._answer_ended.wait()

    def _ended(self, model: str, task: asyncio.Task[ModelRuntime]) -> None:
        self._tasks.discard(task)
        if (load := self._loads.get(model)) and load.task is task:
            del self._loads[model]
        if not task.cancelled():
            task.exception()  # retrieved, if no request waits for it any more

    def _info(self, served: ServedModel) -> ModelInfo:
        if runtime := self._loaded.get(served.id):
            return runtime.info
        _, failure = self._failures.get(served.id, (0.0, None))
        if served.id in self._loads:
            return self.headers.info(served, ModelState.LOADING)
        state = ModelState.FAILED if failure else ModelState.AVAILABLE
        return self.headers.info(served, state, str(failure) if failure else "")
