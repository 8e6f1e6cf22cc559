"""The engines under contract, each behind a harness: the only place that knows which engine it is.

A new engine adds a harness class with the public methods of `LlamaCliHarness`, and an entry in `conftest.py`. Its model
has one token for each word.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from inference.engine import (
    Engine,
    EngineConfig,
    Event,
    Finished,
    GenerationRequest,
    PromptSize,
    Sampling,
    ServedModel,
    make_engine,
)
from inference.engine.config import LlamaCliConfig, ProcessTimeouts
from inference.engine.status import EngineStatus, ModelInfo
from tests.engine_processes import PATIENCE, alive, child_pids, never_ends, renders, switches, until
from tests.inference.engine.behaviours import LAUNCHES_FAIL, SLOW, Behaviour

__all__ = ["GREEDY", "SLOW", "Behaviour", "LlamaCliHarness"]

GREEDY = Sampling(temperature=0.0)


@dataclass(frozen=True)
class EngineSettings:
    """The settings that every engine has. `silence`: seconds without output after which an engine counts as hung."""

    model: Path
    model_instances: int = 1
    max_threads: int = 1
    max_queue: int = 64
    queue_timeout: float = 120.0
    max_requests_per_caller: int | None = None
    system_prompt: str = ""
    context_size: int = 1024
    sampling: Sampling = field(default_factory=lambda: GREEDY)
    chat_template: str | None = None
    silence: float = PATIENCE
    models: tuple[ServedModel, ...] = ()
    max_models: int | None = None


@dataclass(frozen=True)
class ModelInformation:
    id: str
    name: str
    state: str
    failure: str
    file: str
    context_length: int


@dataclass(frozen=True)
class Worker:
    """`answering`: generates an answer. `holds_conversation`: idle, with the transcript of an answer."""

    name: str
    model: str
    answering: bool
    holds_conversation: bool


@dataclass(frozen=True)
class QueueEntry:
    position: int
    caller_kind: str
    waited_seconds: float
    estimated_seconds: float | None


@dataclass(frozen=True)
class Status:
    """`leases`: the cores of each computation. `crashes`: of processes, whatever the cause."""

    state: str
    failure: str
    paused: bool
    changing: bool
    revision: int
    model: str
    places: int
    cores: int
    crashes: int
    workers: list[Worker]
    queue: list[QueueEntry]
    leases: list[tuple[int, ...]]

    @property
    def answering(self) -> list[str]:
        return [worker.name for worker in self.workers if worker.answering]

    @property
    def conversations(self) -> list[str]:
        return [worker.name for worker in self.workers if worker.holds_conversation]


class LlamaCliHarness:
    """The pool of llama-cli processes, on the fake program, or on the real one if `behaviour` is None."""

    def __init__(self, fixtures: pytest.FixtureRequest, folder: Path) -> None:
        self._binary: Callable[[str], Path] = fixtures.getfixturevalue("engine_binary")
        self._fake: Path = fixtures.getfixturevalue("fake_cli")
        self._small_model: Callable[..., Path] = fixtures.getfixturevalue("small_model")
        self._folder = folder
        self._children = child_pids()
        self._launches_fail = folder / LAUNCHES_FAIL
        self.settings = EngineSettings(self.model())
        self.behaviour: Behaviour | None = Behaviour()

    # The engine's interface.

    async def start(self, behaviour: Behaviour | None, **settings: Any) -> None:
        self.settings, self.behaviour = replace(self.settings, **settings), behaviour
        self.engine: Engine = make_engine(self._config())
        await self.engine.start()

    def generate(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        return self.engine.generate(request)

    async def count_tokens(self, request: GenerationRequest) -> PromptSize:
        return await self.engine.count_tokens(request)

    async def reconfigure(self, behaviour: Behaviour | None = None, **settings: Any) -> None:
        """Change the named settings; the behaviour stays if None."""
        before = self.settings, self.behaviour
        self.settings, self.behaviour = replace(self.settings, **settings), behaviour or self.behaviour
        config = self._config()
        try:
            await self.engine.reconfigure(config)
        except BaseException:
            self.settings, self.behaviour = before
            raise

    async def pause(self) -> None:
        await self.engine.pause()

    async def resume(self) -> None:
        await self.engine.resume()

    async def retire(self, worker: str) -> bool:
        return await self.engine.retire(worker)

    async def drain(self, seconds: float) -> None:
        await self.engine.drain(seconds)

    async def stop(self) -> None:
        await self.engine.stop()

    def engine_status(self) -> EngineStatus:
        return self.engine.status()

    def engine_models(self) -> tuple[ModelInfo, ...]:
        return self.engine.models

    def status(self) -> Status:
        status = self.engine_status()
        return Status(
            state=status.state,
            failure=status.failure,
            paused=status.paused,
            changing=status.changing,
            revision=status.revision,
            model=status.model,
            places=status.places,
            cores=status.cores,
            crashes=status.crashes + status.crashes_during_requests,
            workers=[
                Worker(each.worker, each.model, each.role == "serving", each.role == "resident")
                for each in status.workers
                if each.worker
            ],
            queue=[
                QueueEntry(each.position, each.caller, each.waited_seconds, each.estimated_seconds)
                for each in status.queue
            ],
            leases=[lease.cores for lease in status.leases],
        )

    @property
    def models(self) -> tuple[ModelInformation, ...]:
        return tuple(
            ModelInformation(each.id, each.name, each.state.value, each.failure, each.file, each.context_length)
            for each in self.engine_models()
        )

    # What only the tests need.

    def request(self, *, caller: str, **fields: Any) -> GenerationRequest:
        return GenerationRequest(caller=caller, **fields)

    def worker_of(self, finished: Finished) -> str:
        return finished.worker

    def model(self, **arguments: Any) -> Path:
        """A model file; see `write_model` for the arguments."""
        return self._small_model(**arguments)

    def served(self, name: str, behaviour: Behaviour | None = Behaviour(), **arguments: Any) -> ServedModel:  # noqa: B008 – frozen
        """A model with this id that requests may ask for. It behaves in its own way; None: as a real one."""
        path = shutil.copy(self.model(**arguments), self._folder / f"{name}.gguf")
        program = self._binary("llama-cli")
        if behaviour is not None:
            program = self._folder / f"llama-cli-of-{name}"
            words = " ".join(map(shlex.quote, switches(f"name={name}", *behaviour.switches(self._folder))))
            program.write_text(f'#!/bin/sh\nexec "{self._fake}" "$@" {words}\n')
            program.chmod(0o755)
        return ServedModel(name, name.capitalize(), str(path), str(program))

    @property
    def launches_fail(self) -> bool:
        """Whether the launch faults of the behaviour are active."""
        return self._launches_fail.exists()

    @launches_fail.setter
    def launches_fail(self, fail: bool) -> None:
        self._launches_fail.touch() if fail else self._launches_fail.unlink(missing_ok=True)

    def kill(self, worker: str) -> None:
        """Kill the process behind a worker."""
        os.kill(int(worker), signal.SIGKILL)

    def gone(self, worker: str) -> bool:
        """Return whether the process behind a worker has ended."""
        return not alive(int(worker))

    def left_behind(self) -> list[int]:
        """Return the processes that the engine has started and not ended."""
        return [pid for pid in child_pids() if pid not in self._children]

    async def settled(self) -> None:
        """Wait until nothing computes, nothing is left to prepare, and every ended process is gone."""
        await until(lambda: self.idle() and len(self._processes()) == len(self.status().workers))

    def idle(self) -> bool:
        return self.engine.health().idle

    def _processes(self) -> list[int]:
        """Return the processes of llama-cli, without that of the chat template."""
        return [pid for pid in self.left_behind() if not renders(pid)]

    def _config(self) -> EngineConfig:
        common = self.settings
        return EngineConfig(
            model=str(common.model),
            models=common.models,
            max_models=common.max_models,
            chat_template=common.chat_template,
            max_threads=common.max_threads,
            model_instances=common.model_instances,
            max_queue=common.max_queue,
            max_requests_per_caller=common.max_requests_per_caller,
            queue_timeout=common.queue_timeout,
            system_prompt=common.system_prompt,
            sampling=common.sampling,
            context_size=common.context_size,
            llama_cli=LlamaCliConfig(
                binary=self._binary("llama-cli") if self.behaviour is None else self._fake,
                cache_folder=self._folder / "cache",
                extra_arguments=self._arguments(),
                resident_instances=4,
                timeouts=ProcessTimeouts(PATIENCE, common.silence, common.silence),
            ),
        )

    def _arguments(self) -> tuple[str, ...]:
        # Token 0 is NUL, which prints nothing: it can be reported late, which would move the position of a cut.
        steady = ("-l", "0-1000")
        if self.behaviour is None:
            return (*never_ends(self.settings.model), *steady, "-b", "1")
        return (*switches(*self.behaviour.switches(self._folder)), *steady)
