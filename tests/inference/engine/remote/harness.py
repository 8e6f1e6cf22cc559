"""The engine on a node, as the contract's second engine."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from typing import Any

import uvicorn

from inference.engine import EngineConfig, make_engine
from inference.engine.config import RemoteConfig
from inference.engine.errors import EngineUnavailable
from inference.engine.lock import EngineLock
from inference.engine.remote.status import joint_models, joint_status
from inference.engine.status import EngineStatus, ModelInfo
from inference.engine.wire import NodeSettings, NodeStatus, decode, encode
from inference.node.app import node_app
from inference.node.node import Node
from tests.engine_processes import until
from tests.inference.engine.contract.engines import Behaviour, LlamaCliHarness

TOKEN = "a token of servers"  # noqa: S105 – of this test


class RemoteHarness(LlamaCliHarness):
    """The same engine on a node, over HTTP on a real socket. `name`: of the node."""

    name = "node"

    async def start(self, behaviour: Behaviour | None, **settings: Any) -> None:
        await self.start_node(behaviour, **settings)
        try:
            await self.start_front()
        except BaseException:
            await self.stop_node()
            raise

    async def start_node(self, behaviour: Behaviour | None, port: int = 0, **settings: Any) -> None:
        self.settings, self.behaviour = replace(self.settings, **settings), behaviour
        self._node = Node(self.name, self._node_config, EngineLock(self._folder / "node.lock", "test"))
        listener = socket.create_server(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        self.remote = RemoteConfig(
            f"http://127.0.0.1:{self.port}", token=TOKEN, poll_interval=0.05, probe_interval=3600
        )
        self._server = uvicorn.Server(uvicorn.Config(node_app(self._node, TOKEN), log_level="warning"))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await until(lambda: self._server.started)

    async def start_front(self) -> None:
        self.engine = make_engine(self.front_config())
        await self.engine.start()

    async def stop_node(self) -> None:
        self._server.should_exit = True
        await self._serving

    async def reconfigure(self, behaviour: Behaviour | None = None, **settings: Any) -> None:
        before = self.settings, self.behaviour
        self.settings, self.behaviour = replace(self.settings, **settings), behaviour or self.behaviour
        try:
            await self.engine.reconfigure(self.front_config())
        except BaseException:
            self.settings, self.behaviour = before
            raise

    async def stop(self) -> None:
        await self.engine.stop()
        await self.stop_node()

    def engine_status(self) -> EngineStatus:
        """Return the status that the server will have once it has asked the node again."""
        known, node = self.engine.status(), self._node_status()
        health = replace(self.engine.health(), failure=node.failure or node.health.failure, paused=node.health.paused)
        return joint_status([node], health, model=known.model, revision=known.revision, changing=known.changing)

    def engine_models(self) -> tuple[ModelInfo, ...]:
        """Return the models that the server will know of once it has asked the node again."""
        known = self.engine.models
        return joint_models([self._node_status()], self.engine.config.default_model.id) if known else ()

    def _node_status(self) -> NodeStatus:
        return decode(NodeStatus, json.loads(json.dumps(encode(self._node.status()))))

    def kill(self, worker: str) -> None:
        super().kill(worker.rpartition("/")[2])

    def idle(self) -> bool:
        return self._node.status().health.idle

    def gone(self, worker: str) -> bool:
        return super().gone(worker.rpartition("/")[2])

    def front_config(self) -> EngineConfig:
        """Return the configuration of the server, which has neither files nor programs."""
        config = self._config()
        return replace(config, model=config.default_model.id, llama_cli=None, remote=self.remote)

    def _node_config(self, settings: NodeSettings | None) -> EngineConfig:
        if settings is None:
            raise EngineUnavailable("This node waits for the settings of a server.")
        same = {name: getattr(settings, name) for name in NodeSettings.__slots__ if name not in ("model", "models")}
        return replace(self._config(), **same)
