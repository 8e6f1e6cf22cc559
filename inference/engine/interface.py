"""The engine interface: all that the rest of the server knows of an engine, wherever it runs.

To add an engine, write a folder beside `llama_cli/` with a class that has these methods, add its part to
`EngineConfig`, construct it in `factory.py`, and add it to the parameters of the contract suite
(`tests/inference/engine/contract/`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Protocol

from .config import EngineConfig
from .status import EngineHealth, EngineStatus, ModelInfo
from .types import Event, GenerationRequest, PromptSize

if TYPE_CHECKING:  # readings of the machine import psutil, which would delay each process that renders prompts
    from .machine_reading import MachineReading


class Engine(Protocol):
    """Answers generation requests. Methods are called on one event loop; the properties from any thread."""

    @property
    def config(self) -> EngineConfig:
        """The configuration in force."""

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models that it serves, the default first, then the others by id; empty until it has started."""

    async def start(self) -> None:
        """Load the default model and check that it answers. Raise an EngineError if not; the engine is stopped then."""

    def generate(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """Return the events of one generation: `Queued` any number of times, `Started`, any pieces, `Finished`.

        The pieces of a thought (`Reasoning`) come before those of the answer (`Text`). Closing the iterator at any
        point cancels the generation and frees its place within a second. Raise an EngineError if there is no answer,
        or, after the text so far, if the answer cannot be completed.
        """

    async def count_tokens(self, request: GenerationRequest) -> PromptSize:
        """Return the size of a request's prompt, without answering it.

        Counting waits for a place like an answer, since it may need as much memory, and holds no more than that place.
        Cancelling it frees the place within a second. Raise an EngineError as `generate` does, but not PromptTooLong.
        """

    async def reconfigure(self, config: EngineConfig) -> None:
        """Replace the configuration, and return once the new one is in force.

        Running answers finish with the old configuration; queued requests keep their positions and are answered with
        the new one. Raise an EngineError if the new configuration does not work; everything stays as it was then.
        Concurrent changes are applied one after the other.
        """

    async def pause(self, node: str = "") -> None:
        """Start no further answers. Running answers finish; requests wait for as long as they may.

        `node`: only on this machine, one of `status().machines`; new requests go to others. Raise NoSuchNode.
        """

    async def resume(self, node: str = "") -> None:
        """Start answers again; on one machine also after `drain_node`."""

    async def drain_node(self, node: str) -> None:
        """Give a machine no further requests; those that it has are answered. Raise NoSuchNode."""

    async def retire(self, worker: str) -> bool:
        """End a worker and replace it. Return False if it is busy: it then ends after its answer.

        Raise NoSuchWorker.
        """

    async def drain(self, seconds: float) -> None:
        """Refuse new and queued requests, let running answers finish, and end those still running after `seconds`.

        A second call with fewer seconds shortens a drain in progress.
        """

    async def stop(self) -> None:
        """End running answers at once, and release everything."""

    async def readings(self) -> dict[str, MachineReading]:
        """Return a reading of each of `status().machines` that answers, by name."""

    def health(self) -> EngineHealth:
        """Return whether requests are answered now. Cheap."""

    def status(self) -> EngineStatus:
        """Return a snapshot of the workers, the queue and the leases."""
