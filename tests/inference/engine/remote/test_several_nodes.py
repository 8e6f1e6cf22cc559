"""Two nodes behind a balancer that leads each connection to the next one, whether it takes requests or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference.engine.errors import NoSuchNode
from inference.engine.status import MachineStatus
from inference.engine.wire import FRONT_SILENCE, NodeSettings, encode
from tests.engine_processes import until
from tests.inference.engine.contract.asking import ask, asking
from tests.inference.engine.contract.engines import SLOW, Behaviour

from .harness import TOKEN, RemoteHarness
from .relay import Relay, relay_to

Pair = tuple[RemoteHarness, RemoteHarness, Relay]
StartPair = Callable[..., AbstractAsyncContextManager[Pair]]


@pytest.fixture
def two_nodes(request: pytest.FixtureRequest, tmp_path: Path) -> StartPair:
    """Start two nodes, and a server that belongs to the first harness. The relay is before the second one's status."""

    @asynccontextmanager
    async def start(
        behaviour: Behaviour, names: tuple[str, str] = ("one", "two"), **second: Any
    ) -> AsyncGenerator[Pair, None]:
        nodes: list[RemoteHarness] = []
        for name, folder in zip(names, ("one", "two"), strict=True):
            (tmp_path / folder).mkdir()
            node = RemoteHarness(request, tmp_path / folder)
            node.name = name
            await node.start_node(behaviour, **(second if nodes else {}))
            nodes.append(node)
        front, other = nodes
        async with relay_to(front.port, other.port) as balancer, relay_to(other.port) as status:
            urls = (f"http://127.0.0.1:{front.port}", status.url)
            front.remote = replace(front.remote, url=balancer.url, nodes=urls)
            await front.start_front()
            try:
                yield front, other, status
            finally:
                await front.stop()
                await other.stop_node()

    return start


def machines(front: RemoteHarness) -> dict[str, MachineStatus]:
    return {each.node: each for each in front.engine.status().machines}


async def health(node: RemoteHarness) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{node.port}/health")).status_code


async def answering(front: RemoteHarness, count: int = 4) -> set[str]:
    """Return the nodes that answer so many requests, each on a connection of its own."""
    outcomes = await asyncio.gather(*(ask(front, f"{number}") for number in range(count)))
    assert [outcome.error for outcome in outcomes] == [None] * count
    return {outcome.started.node for outcome in outcomes}


async def test_a_node_with_another_file_of_the_model_is_shown_and_answers_nothing(
    two_nodes: StartPair, small_model: Callable[..., Path]
) -> None:
    async with two_nodes(Behaviour(), model=small_model(name="Other")) as (front, other, _):
        await until(lambda: "not that of the other nodes" in machines(front)["two"].failure)
        assert await health(other) == 503
        assert await answering(front) == {"one"}
        assert front.engine.health().failure == ""


async def test_a_drained_node_finishes_its_answers_and_gets_no_others_until_it_is_resumed(two_nodes: StartPair) -> None:
    async with two_nodes(SLOW) as (front, other, _), asking(front, "1"), asking(front, "2") as (task, outcome):
        drained = outcome.started.node
        node = front if drained == "one" else other
        await front.engine.drain_node(drained)
        assert machines(front)[drained].held == "drained"
        assert await health(node) == 503
        assert not task.done()
        assert machines(front)[drained].answering == 1
        await front.engine.resume()  # of everything: a node that was taken out stays out
        assert await health(node) == 503
        await front.engine.resume(drained)
        assert await health(node) == 200
        with pytest.raises(NoSuchNode):
            await front.engine.drain_node("three")


async def test_a_node_that_is_paused_alone_leaves_requests_to_others(two_nodes: StartPair) -> None:
    async with two_nodes(Behaviour()) as (front, other, _):
        await front.engine.pause("two")
        assert (await health(front), await health(other)) == (200, 503)
        assert not front.engine.health().paused
        await front.engine.resume("two")
        assert await health(other) == 200
        assert await answering(front) == {"one", "two"}


async def test_a_silent_node_does_not_silence_the_server_towards_the_others(two_nodes: StartPair) -> None:
    """Its status does not arrive any more. The other node must go on hearing from the server, and answering."""
    async with (
        two_nodes(SLOW) as (front, _, status),
        asking(front, "1") as (one, first),
        asking(front, "2") as (two, _),
    ):
        assert first.started.node in ("one", "two")
        status.freeze()
        await until(
            lambda: "silent" in (machines(front).get(status.url) or MachineStatus("")).failure, 2 * FRONT_SILENCE
        )
        lost, kept = (one, two) if first.started.node == "two" else (two, one)
        await until(lost.done, 2 * FRONT_SILENCE)
        assert not kept.done()


async def test_settings_reach_a_node_that_was_away_before_it_gets_requests(two_nodes: StartPair) -> None:
    async with two_nodes(Behaviour()) as (front, other, _):
        await other.stop_node()
        await until(lambda: len(front.engine.status().machines) == 2 and "two" not in machines(front))
        await front.reconfigure(system_prompt="Speak.")
        port, other.settings = other.port, front.settings
        await other.start_node(Behaviour(), port=port)
        assert await health(other) == 503
        await until(lambda: "two" in machines(front))
        await until(lambda: other._node.takes_requests)
        assert await answering(front) == {"one", "two"}
        assert other._node.revision == front.engine._nodes.revision  # type: ignore[attr-defined]


async def test_of_two_nodes_with_one_name_the_later_one_is_shown_and_answers_nothing(two_nodes: StartPair) -> None:
    async with two_nodes(Behaviour(), names=("one", "one")) as (front, other, _):
        await until(lambda: "NODE_NAME" in "".join(each.failure for each in front.engine.status().machines))
        assert (await health(front), await health(other)) == (200, 503)
        assert {(await ask(front, f"{number}")).text for number in range(2)} == {"I heard: 0", "I heard: 1"}


async def test_settings_reach_a_node_that_follows_a_server_whose_clock_was_ahead(two_nodes: StartPair) -> None:
    async with two_nodes(Behaviour()) as (front, other, _), httpx.AsyncClient() as client:
        ahead = {"settings": encode(NodeSettings.of(front.front_config())), "revision": 10**14}
        url, headers = f"http://127.0.0.1:{other.port}/v1/settings", {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.put(url, json=ahead, headers=headers)).status_code == 200
        await until(lambda: other._node.revision == 10**14)
        await until(lambda: 10**14 in [each.revision for each in front.engine._nodes.answering])  # type: ignore[attr-defined]
        await front.reconfigure(system_prompt="Speak.")
        assert other._node.status().revision > 10**14
        assert await answering(front) == {"one", "two"}
