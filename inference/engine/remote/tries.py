"""How often a request is sent to the nodes, while no answer has begun."""

from __future__ import annotations

import asyncio
from typing import Final

from inference.engine.errors import EngineError, EngineStopping, EngineUnavailable, NodeNotReady

from .nodes import Nodes

MOST_LOST: Final = 1  # nodes that may be lost
MOST_REFUSALS: Final = 8  # by nodes that take no requests: a balancer notices that within two seconds
REFUSAL_DELAY: Final = 0.05  # seconds after the second refusal; it grows


class Tries:
    """Counts the attempts of one request. `number`: of the present one, from 0."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._lost = 0
        self._refusals = 0

    @property
    def number(self) -> int:
        return self._lost + self._refusals

    async def another(self, error: EngineError) -> bool:
        """Return whether to try again after this error, once that makes sense."""
        if isinstance(error, NodeNotReady | EngineStopping):
            self._refusals += 1
            if self._refusals > MOST_REFUSALS:
                return False
            await self._nodes.refresh()  # a node that does not follow the settings yet gets them
            await asyncio.sleep(REFUSAL_DELAY * (self._refusals - 1))
            return True
        self._lost += 1
        return isinstance(error, EngineUnavailable) and self._lost <= MOST_LOST
