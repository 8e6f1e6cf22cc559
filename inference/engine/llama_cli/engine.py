"""The engine on llama-cli processes: its lifecycle, around a running pool."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from inference.engine.config import EngineConfig
from inference.engine.errors import EngineError, EngineStopping, NoSuchNode, PromptTooLong
from inference.engine.machine_reading import MachineReading
from inference.engine.prompts.renderer import Renderers
from inference.engine.status import EngineHealth, EngineState, EngineStatus, ModelInfo
from inference.engine.types import EngineEventKind, Event, GenerationRequest, OnEngineEvent, PromptSize, Started
from inference.machine.cores import available_cores, usable_cores

from .models.files import replacement_error
from .models.headers import Headers
from .models.loading import load_runtime, own_config
from .models.probe import prove
from .planner import Planner
from .pool import Pool
from .process.answer import MIN_ANSWER_ROOM
from .requests.asked import Asked, PlanOf
from .scheduling import refusals
from .scheduling.leases import MachineCores

log = logging.getLogger(__name__)

RETRY_FILES_AFTER: Final = 60.0  # seconds; the reason may have been that memory was short


class LlamaCliEngine:
    """Keeps llama-cli processes warm, and gives each request the one that holds most of its transcript.

    Implements `Engine`. It has a pool while it runs or drains, and none before and after.
    """

    def __init__(self, config: EngineConfig, on_event: OnEngineEvent | None = None) -> None:
        self._config = config
        self._on_event = on_event
        self._pool: Pool | None = None
        self._loading = False
        self._ticker: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._change: asyncio.Task[None] | None = None
        self._loading_files: asyncio.Task[None] | None = None
        self._upkeep: asyncio.Task[None] | None = None

    @property
    def config(self) -> EngineConfig:
        return self._pool.models.config if self._pool else self._config

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        return self._pool.models.infos() if self._pool else ()

    async def start(self) -> None:
        """See `Engine.start`. Raise ModelFileError or LaunchError."""
        if shutil.which("setpriv") is None:
            log.warning("setpriv is missing, so processes may outlive a killed server. Install util-linux.")
        count, usable, config = available_cores(), usable_cores(), self._config
        cores = MachineCores(count, tuple(usable) if len(usable) == count else ())
        team = cores.team(config.max_threads, config.model_instances)
        renderers, headers = Renderers(), Headers()
        self._loading = True
        try:
            await headers.refresh(config.served_models)
            default = await load_runtime(config, config.default_model, team, prove, renderers)
        except BaseException:
            await renderers.close()
            raise
        finally:
            self._loading = False
        pool = self._pool = Pool(config, default, cores, self._notify, renderers, headers)
        status = pool.status(changing=False)
        self._notify("start", f"{status.model}, concurrent answers: {status.places}, threads each: {status.threads}")
        self._ticker = asyncio.create_task(self._tick(pool))

    def generate(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """See `Engine.generate`."""
        return self._events(request, Planner.plan)

    async def count_tokens(self, request: GenerationRequest) -> PromptSize:
        """See `Engine.count_tokens`. A process is launched that ends as soon as it has counted."""
        tokens = 0
        async with aclosing(self._events(request, Planner.plan_count)) as events:
            try:
                async for event in events:
                    if isinstance(event, Started):  # so few tokens that they fit all the same
                        tokens = event.prompt_tokens
                        break
            except PromptTooLong as error:
                tokens = error.prompt_tokens
        own = next((model.context_length for model in self.models if model.id == request.model), request.context_size)
        return PromptSize(tokens, tokens <= min(request.context_size, own) - MIN_ANSWER_ROOM)

    async def _events(self, request: GenerationRequest, plan_of: PlanOf) -> AsyncGenerator[Event, None]:
        """Plan a request if its model is loaded, queue it, and yield its events."""
        models = self._running_pool().models
        models.check(request.model)
        asked, planned = Asked(request, plan_of, models.default_contexts), None
        while (runtime := models.get(request.model)) and not (planned and planned.runtime is runtime):
            planned = await asked.plan(runtime)  # again if it was replaced meanwhile
        queued, task = self._running_pool().submit(asked, planned if runtime else None)
        try:
            async with aclosing(queued.channel.events()) as events:
                async for event in events:
                    yield event
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def reconfigure(self, config: EngineConfig) -> None:
        """See `Engine.reconfigure`.

        Processes that are no longer useful are replaced while the queue is empty. A new binary, model or arguments
        are proved first, on the next free place.
        """
        async with self._changing:
            pool = self._running_pool()
            change = self._change = asyncio.create_task(pool.reconfigure(config))
            try:
                await asyncio.wait([change])
            finally:
                change.cancel()
                await asyncio.wait([change])
                self._change = None
                await pool.models.tidy(changed=True)
            if change.cancelled():
                raise refusals.stopping()
            change.result()

    async def pause(self, node: str = "") -> None:
        _refuse_node(node)
        self._running_pool().set_paused(True)

    async def resume(self, node: str = "") -> None:
        _refuse_node(node)
        self._running_pool().set_paused(False)

    async def drain_node(self, node: str) -> None:
        _refuse_node(node)

    async def retire(self, worker: str) -> bool:
        return await self._running_pool().retire(worker)

    async def drain(self, seconds: float) -> None:
        """See `Engine.drain`. A change of the configuration is cancelled: its trial would take cores from answers."""
        if self._pool:
            if self._change:
                self._change.cancel()
            await self._pool.drain(seconds)

    async def stop(self) -> None:
        await self.drain(0)
        if self._pool is None:
            return
        if self._ticker:
            self._ticker.cancel()
        if self._change:
            await asyncio.wait([self._change])
        if ending := [task for task in (self._loading_files, self._upkeep) if task]:
            await asyncio.wait(ending)
        await self._pool.stop()
        self._pool = None

    async def readings(self) -> dict[str, MachineReading]:
        return {}  # it runs on this machine

    def health(self) -> EngineHealth:
        if self._pool:
            return self._pool.health()
        return EngineHealth(EngineState.LOADING if self._loading else EngineState.STOPPED)

    def status(self) -> EngineStatus:
        if self._pool:
            return self._pool.status(changing=self._changing.locked())
        return EngineStatus(state=self.health().state, model=self._config.default_model.id)

    def _running_pool(self) -> Pool:
        state = self.health().state
        if self._pool is None or state is not EngineState.RUNNING:
            raise EngineStopping(f"The engine is {state.value} and takes no requests. Try again later.")
        return self._pool

    def _notify(self, kind: EngineEventKind, detail: str) -> None:
        if self._on_event:
            try:
                self._on_event(kind, detail)
            except Exception:  # a listener's exception must not break the engine
                log.exception("A listener failed on an event of the engine: %s", detail)

    async def _tick(self, pool: Pool) -> None:
        """Check what no event announces: idle residents, a back-off that has ended, files that were replaced."""
        seen = tried = pool.models.default.files
        tried_at = 0.0
        while True:
            await asyncio.sleep(own_config(self._config).check_interval)
            try:
                pool.models.expire()
                pool.pump()
            except Exception:  # without further ticks nothing would be retried
                log.exception("The pool could not carry out its decisions.")
            if self._upkeep is None or self._upkeep.done():
                self._upkeep = asyncio.create_task(pool.models.upkeep())
            files = pool.models.default.files
            before, seen = seen, files.now()
            if seen == files:
                tried = seen
                continue
            again = time.monotonic() - tried_at > RETRY_FILES_AFTER
            if seen == before and (seen != tried or again) and not self._changing.locked():  # they stopped changing
                tried, tried_at = seen, time.monotonic()
                self._loading_files = asyncio.create_task(self._load_files(pool))

    async def _load_files(self, pool: Pool) -> None:
        """Take up files that were replaced, as a change of the configuration."""
        replaced = pool.models.default.files.replaced()
        try:
            await self.reconfigure(pool.models.config)
        except EngineStopping:
            pass
        except EngineError as error:
            log.error("The engine cannot use a file that was replaced: %s", error)
            pool.refuse_files(str(replacement_error(replaced, str(error))))


def _refuse_node(node: str) -> None:
    if node:
        raise NoSuchNode(f"There is no machine {node}: this engine runs on one machine only.")
