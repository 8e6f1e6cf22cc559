"""Nodes that are slow, have a full disk, another token or another version: requests are answered by the others."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tests.server import until

from .asking import Client, load
from .cluster import Cluster, Node
from .network import run

REQUESTS = 18  # new conversations, which all nodes get


def ask_all(cluster: Cluster) -> list[str]:
    """Ask many questions. Return the codes of those that were not answered."""
    with Client(cluster.front) as client:
        return [outcome.code for at in range(REQUESTS) if not (outcome := client.ask(f"number {at}")).answered]


def test_a_node_with_another_token_is_reported_and_costs_no_request(cluster: Cluster, node: Node) -> None:
    node.restart(ENGINE_TOKEN="another")  # noqa: S106
    assert until(node.listens)
    assert until(lambda: "ENGINE_TOKEN" in cluster.front.log)
    assert ask_all(cluster) == []
    assert until(lambda: node.name not in cluster.balancer.up())


def test_a_node_of_another_version_is_reported_and_costs_no_request(cluster: Cluster, node: Node) -> None:
    node.restart("tests.machines.later_version")
    assert until(node.listens)
    assert until(lambda: "Run the same version" in cluster.front.log)
    assert ask_all(cluster) == []
    assert until(lambda: node.name not in cluster.balancer.up())


def test_a_node_with_a_full_disk_answers_and_starts(cluster: Cluster, node: Node) -> None:
    node.kill()
    run("mount", "-t", "tmpfs", "-o", "size=4m", "disk", str(node.folder))
    try:
        node.start()
        cluster.wait_for(node)
        fill(node.folder)
        assert ask_all(cluster) == []
        node.restart()
        cluster.wait_for(node)
        assert ask_all(cluster) == []
    finally:
        node.kill()
        run("umount", "--lazy", str(node.folder))


def test_a_node_that_starts_on_a_full_disk_says_so_in_one_line(cluster: Cluster, node: Node) -> None:
    node.kill()
    run("mount", "-t", "tmpfs", "-o", "size=64k", "disk", str(node.folder))
    try:
        fill(node.folder)
        before = len(node.log)
        node.start()
        assert until(node.has_ended)
        [line] = node.log[before:].splitlines()
        assert "cannot be written: No space left on device. Free some space" in line
        assert ask_all(cluster) == []
    finally:
        run("umount", "--lazy", str(node.folder))


def test_a_slow_node_delays_only_its_own_answers(cluster: Cluster, node: Node, fake_cli: Path) -> None:
    node.use_fake_engine(fake_cli, "seconds-per-token=0.1")
    node.restart()
    cluster.wait_for(node)
    with load(cluster.front, 6, "quick") as outcomes:
        assert until(lambda: len(outcomes) >= 24 and any(outcome.machine == node.name for outcome in outcomes))
    assert all(outcome.answered for outcome in outcomes)
    others = sorted(outcome.seconds for outcome in outcomes if outcome.machine != node.name)
    own = sorted(outcome.seconds for outcome in outcomes if outcome.machine == node.name)
    assert others[len(others) // 2] < own[len(own) // 2]


def fill(folder: Path) -> None:
    with (folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):  # no space left
        while ballast.write(os.urandom(4096)):
            pass
