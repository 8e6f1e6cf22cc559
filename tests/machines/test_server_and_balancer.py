"""HAProxy and the server die and come back; nodes are replaced one after the other."""

from __future__ import annotations

from tests.server import PATIENCE, until

from .asking import Client, answer_of, load
from .cluster import Cluster
from .conftest import LONG

SHORTER = " ".join(LONG.split()[:80])  # three seconds


def test_haproxy_may_be_killed_and_started_again(cluster: Cluster) -> None:
    answer = answer_of(cluster.front, cluster.nodes[0].name, LONG)
    cluster.balancer.kill()
    assert answer.result().code == "node_lost"
    with Client(cluster.front) as client:
        assert client.ask("anyone?").code == "node_lost"
        assert until(lambda: not cluster.nodes[0].busy())
        cluster.balancer.start()
        assert until(lambda: client.ask("anyone?").answered)


def test_haproxy_may_be_reloaded_while_answers_run(cluster: Cluster) -> None:
    answer = answer_of(cluster.front, cluster.nodes[0].name, SHORTER)
    old = cluster.balancer.reload()
    with Client(cluster.front) as client:
        assert all(client.ask(f"after it {number}").answered for number in range(6))
    assert answer.result().answered
    assert old.wait(PATIENCE) == 0


def test_places_of_a_killed_server_are_free_at_once(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    answer = answer_of(cluster.front, node.name, LONG)
    assert node.busy()
    cluster.kill_front()
    assert until(lambda: not node.busy(), 2)  # the answer takes twelve seconds
    assert answer.result().code
    cluster.start_front()
    cluster.wait_until_whole()
    with Client(cluster.front) as client:
        assert client.ask("back?").answered


def test_nodes_are_replaced_one_after_the_other_without_a_failed_request(cluster: Cluster) -> None:
    with load(cluster.front, 4, "quick") as outcomes:
        for node in cluster.nodes:
            begun = answer_of(cluster.front, node.name, SHORTER)
            node.stop()
            assert begun.result().answered
            node.start()
            cluster.wait_for(node)
    assert [outcome.code for outcome in outcomes if not outcome.answered] == []
