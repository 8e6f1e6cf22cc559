"""The models that engine nodes have, as the administration needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asgiref.sync import async_to_sync

from inference.engine import ModelInfo
from inference.engine.status import MachineStatus
from inference.serving import service


@dataclass(frozen=True, slots=True)
class NodeModel:
    """A model on nodes. `served`: as the engine reports it, None if it is not offered. `missing`: nodes without it."""

    id: str
    name: str
    served: ModelInfo | None
    missing: tuple[str, ...]

    @property
    def file(self) -> str:
        """Return the path of its file in the models folder of a node, as the settings store it."""
        return f"{self.id}.gguf"


def machines_and_models() -> tuple[list[MachineStatus], tuple[ModelInfo, ...]]:
    """Return the engine's machines and the models that it serves, read on its own loop."""

    async def look() -> tuple[list[MachineStatus], tuple[ModelInfo, ...]]:
        engine = service.running_engine()
        return (engine.status().machines, engine.models) if engine else ([], ())

    return async_to_sync(look)()


def models_of_nodes(machines: Sequence[MachineStatus], served: Sequence[ModelInfo]) -> list[NodeModel]:
    """Return what the nodes that answer have: what is served first, the default before all, then the others by id."""
    answering = [each for each in machines if each.latency is not None]
    known = {model.id: model for model in served}
    names = {key: name for machine in reversed(answering) for key, name in machine.installed.items()}
    others = sorted(names.keys() - known.keys())
    return [
        NodeModel(
            id=key,
            name=known[key].name if key in known else names[key],
            served=known.get(key),
            missing=tuple(each.node for each in answering if key not in each.installed),
        )
        for key in (*known, *others)
    ]
