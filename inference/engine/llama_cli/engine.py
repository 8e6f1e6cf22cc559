"""The engine on llama-cli processes: its lifecycle, around a running pool."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final

from inference.engine.config import EngineConfig
from inference.engine.errors import EngineError, EngineStopping, ModelLoadError, PromptTooLong
from inference.engine.status import EngineHealth, EngineState, EngineStatus, ModelInfo, ModelState
from inference.engine.types import EngineEventKind, Event, GenerationRequest, OnEngineEvent, PromptSize, Started
from inference.machine.cores import available_cores

from .models.files import replacement_error
from .models.probe import prove
from .models.runtime import load_runtime, own_config
from .planner import Plan, Planner
from .pool import Pool
from .process.answer import MIN_ANSWER_ROOM
from .scheduling import refusals
from .scheduling.leases import team_size

log = logging.getLogger(__name__)

PlanOf = Callable[[Planner, GenerationRequest], Awaitable[Plan]]

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

    @property
    def config(self) -> EngineConfig:
        return self._pool.config if self._pool else self._config

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        if self._pool is None:
            return ()
        others = self._pool.config.served_models[1:]
        return (self._pool.runtime.info, *(ModelInfo(each.id, each.name, ModelState.AVAILABLE) for each in others))

    async def start(self) -> None:
        """See `Engine.start`. Raise ModelFileError or LaunchError."""
        if shutil.which("setpriv") is None:
            log.warning("setpriv is missing, so processes may outlive a killed server. Install util-linux.")
        cores = available_cores()
        team = team_size(self._config.max_threads, self._config.model_instances, cores)
        self._loading = True
        try:
            runtime = await load_runtime(self._config, team, prove)
        finally:
            self._loading = False
        pool = self._pool = Pool(self._config, runtime, cores, self._notify)
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
        return PromptSize(tokens, tokens <= request.context_size - MIN_ANSWER_ROOM)

    async def _events(self, request: GenerationRequest, plan_of: PlanOf) -> AsyncGenerator[Event, None]:
        """Plan a request, queue it, and yield its events."""
        pool = self._running_pool()
        runtime = pool.runtime
        asked = pool.config.served_model(request.model)
        if asked.id != runtime.served.id:
            raise ModelLoadError(asked.id, "this engine answers with its default model only.")
        plan = await plan_of(runtime.planner, request)
        while runtime is not pool.runtime:  # replaced while the request was planned
            before, runtime = runtime, pool.runtime
            request = runtime.adapt(request, before)
            plan = await plan_of(runtime.planner, request)
        self._running_pool()
        queued, task = pool.submit(plan, runtime)
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
                await pool.runtime.renderers.keep_only(pool.runtime.template)
            if change.cancelled():
                raise refusals.stopping()
            change.result()

    async def pause(self) -> None:
        self._running_pool().set_paused(True)

    async def resume(self) -> None:
        self._running_pool().set_paused(False)

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
        if self._loading_files:
            await asyncio.wait([self._loading_files])
        await self._pool.stop()
        await self._pool.runtime.renderers.close()
        self._pool = None

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
        seen = tried = pool.runtime.files
        tried_at = 0.0
        while True:
            await asyncio.sleep(own_config(self._config).check_interval)
            try:
                pool.pump()
            except Exception:  # without further ticks nothing would be retried
                log.exception("The pool could not carry out its decisions.")
            before, seen = seen, pool.runtime.files.now()
            if seen == pool.runtime.files:
                tried = seen
                continue
            again = time.monotonic() - tried_at > RETRY_FILES_AFTER
            if seen == before and (seen != tried or again) and not self._changing.locked():  # they stopped changing
                tried, tried_at = seen, time.monotonic()
                self._loading_files = asyncio.create_task(self._load_files(pool))

    async def _load_files(self, pool: Pool) -> None:
        """Take up files that were replaced, as a change of the configuration."""
        replaced = pool.runtime.files.replaced()
        try:
            await self.reconfigure(pool.config)
        except EngineStopping:
            pass
        except EngineError as error:
            log.error("The engine cannot use a file that was replaced: %s", error)
            pool.refuse_files(str(replacement_error(replaced, str(error))))
