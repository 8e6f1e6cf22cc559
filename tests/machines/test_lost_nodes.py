"""Nodes that die, stop, or lose their network: only the answers that they had begun are lost."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.server import until

from .asking import Client, answer_of, load
from .cluster import Cluster, Node
from .conftest import LONG


def halt(node: Node) -> None:
    node.machine.signal(signal.SIGSTOP)


def go_on(node: Node) -> None:
    node.machine.signal(signal.SIGCONT)


def pull_cable(node: Node) -> None:
    node.machine.pull_cable()


def plug_in(node: Node) -> None:
    node.machine.plug_in()


@pytest.mark.parametrize(
    ("lose", "bring_back"),
    [(Node.kill, Node.start), (halt, go_on), (pull_cable, plug_in)],
    ids=["killed", "stopped", "cable pulled"],
)
def test_a_lost_node_loses_only_what_it_has_begun(
    cluster: Cluster, lose: Callable[[Node], None], bring_back: Callable[[Node], None]
) -> None:
    node = cluster.nodes[0]
    with load(cluster.front, 4, "quick") as outcomes:
        answer = answer_of(cluster.front, node.name, LONG)
        lose(node)
        broken = answer.result()
        assert until(lambda: node.name not in cluster.balancer.up())
        before = len(outcomes)
        assert until(lambda: len(outcomes) > before + 12)  # so many are answered without the node
        bring_back(node)
        cluster.wait_for(node)
    assert broken.code == "node_lost"
    assert broken.text.startswith(f"{node.name} heard:")
    failed = [outcome for outcome in outcomes if not outcome.answered]
    assert len(failed) <= 1, failed  # the node has two places, and one had the long answer
    assert all(outcome.code == "node_lost" for outcome in failed), failed
    assert until(lambda: not node.busy())


def test_a_node_without_network_ends_what_nobody_reads(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    answer = answer_of(cluster.front, node.name, LONG)
    node.machine.pull_cable()
    assert until(lambda: not node.busy(), 10)  # five seconds of silence; the answer takes twelve
    assert answer.result().code == "node_lost"


def test_without_any_node_requests_are_refused_and_later_answered(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.kill()
    with Client(cluster.front) as client:
        assert until(lambda: not cluster.balancer.up())
        assert client.ask("anyone?").code == "node_lost"
        cluster.front.wait_for_health("failed")
        for node in cluster.nodes:
            node.start()
        cluster.wait_until_whole()
        assert client.ask("anyone?").answered
