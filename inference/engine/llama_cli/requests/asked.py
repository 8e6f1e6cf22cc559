"""What a caller asks for, and how it is planned for a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from inference.engine.llama_cli.models.runtime import ModelRuntime
from inference.engine.llama_cli.planner import Plan, Planner
from inference.engine.types import GenerationRequest

PlanOf = Callable[[Planner, GenerationRequest], Awaitable[Plan]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the runtime that it was made for."""

    plan: Plan
    runtime: ModelRuntime


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its caller made it. `plan_of`: plans its answer, or the counting of its tokens.

    `default_contexts`: the context sizes that meant the default when it was made.
    """

    generation: GenerationRequest
    plan_of: PlanOf
    default_contexts: frozenset[int]

    @property
    def model(self) -> str:
        """Return the id of the model that it names; empty for the default model, whichever that is."""
        return self.generation.model

    async def plan(self, runtime: ModelRuntime, cores: int | None = None) -> Planned:
        """Plan it for a model, and for at most `cores` threads. Raise ContextTooLarge, or as `Planner.plan`."""
        generation = runtime.adapt(self.generation, self.default_contexts)
        if cores is not None:
            generation = replace(generation, threads=min(generation.threads or cores, cores))
        return Planned(await self.plan_of(runtime.planner, generation), runtime)
