"""Nodes and servers that break off, fall silent, or do not fit together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from inference.api.errors import describe
from inference.engine.errors import NodeLost, NodeNotReady
from inference.engine.remote.answer import BROKEN
from inference.engine.wire import FRONT_SILENCE
from tests.engine_processes import until
from tests.inference.engine.contract.asking import ask, asking
from tests.inference.engine.contract.engines import SLOW, Behaviour

from .harness import RemoteHarness
from .relay import Relay, relay_to

StartNode = Callable[[Behaviour], AbstractAsyncContextManager[tuple[RemoteHarness, Relay, Relay]]]


@pytest.fixture
def node_behind_relays(request: pytest.FixtureRequest, tmp_path: Path) -> StartNode:
    """Start a node, and a server that reaches it through two relays: one for requests, one for the node's status."""

    @asynccontextmanager
    async def start(behaviour: Behaviour) -> AsyncGenerator[tuple[RemoteHarness, Relay, Relay], None]:
        harness = RemoteHarness(request, tmp_path)
        await harness.start_node(behaviour)
        async with relay_to(harness.port) as requests, relay_to(harness.port) as status:
            harness.remote = replace(harness.remote, url=requests.url, nodes=(status.url,), silence=4.0)
            await harness.start_front()
            try:
                yield harness, requests, status
            finally:
                await harness.stop()

    return start


async def test_a_request_is_sent_again_if_the_node_is_lost_before_the_answer(node_behind_relays: StartNode) -> None:
    async with node_behind_relays(Behaviour()) as (engine, relay, _):
        relay.refuse = 1
        assert (await ask(engine, "Hello")).text == "I heard: Hello"
        assert relay.connections == 2
        relay.cut()  # else the connection would be used again
        relay.refuse = 2
        lost = (await ask(engine, "Hello")).error
        assert isinstance(lost, NodeLost)
        assert describe(lost).status == 503


async def test_a_broken_answer_is_not_sent_again_and_keeps_its_text(node_behind_relays: StartNode) -> None:
    async with node_behind_relays(SLOW) as (engine, relay, _), asking(engine, "Hello") as (task, outcome):
        relay.cut()
        await task
        assert isinstance(outcome.error, NodeLost)
        assert outcome.error.public == BROKEN
        assert outcome.text.startswith("w0")
        assert relay.connections == 1
        await until(lambda: engine.status().answering == [])


async def test_a_silent_node_is_lost(node_behind_relays: StartNode) -> None:
    async with node_behind_relays(SLOW) as (engine, relay, _), asking(engine, "Hello") as (task, outcome):
        relay.freeze()
        await task
        assert isinstance(outcome.error, NodeLost)


async def test_a_silent_server_loses_its_places(node_behind_relays: StartNode) -> None:
    """Its connections stay open, as those of a stopped process do; only its questions for the status cease."""
    async with node_behind_relays(SLOW) as (engine, _, status), asking(engine, "Hello") as (task, outcome):
        status.freeze()
        await until(lambda: engine.status().answering == [], FRONT_SILENCE + 5)
        await task
        assert isinstance(outcome.error, NodeLost)


async def test_a_lost_balancer_is_a_failure_although_the_nodes_answer(node_behind_relays: StartNode) -> None:
    async with node_behind_relays(Behaviour()) as (engine, relay, _):
        await engine.engine.stop()
        engine.remote = replace(engine.remote, probe_interval=0.05)
        await engine.start_front()
        assert engine.engine.health().failure == ""
        relay.refuse = 1_000_000
        relay.cut()
        await until(lambda: "No requests reach the nodes" in engine.engine.health().failure)
        relay.refuse = 0
        await until(lambda: engine.engine.health().failure == "")


async def test_a_wrong_token_is_refused(node_behind_relays: StartNode) -> None:
    async with node_behind_relays(Behaviour()) as (engine, _, _):
        await engine.engine.stop()
        engine.remote = replace(engine.remote, token="wrong")  # noqa: S106
        await engine.start_front()
        assert "ENGINE_TOKEN" in engine.engine.health().failure
        outcome = await ask(engine, "Hello")
        assert isinstance(outcome.error, NodeNotReady)
        assert "ENGINE_TOKEN" in str(outcome.error)
