"""A network of four machines, and the cluster on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster, Node
from .network import Machine, connect
from .requirements import missing

REASON = missing()
SLOW = "slowly"  # a question with this word is answered with 25 words a second
SWITCHES = (f"slow-when={SLOW}", "seconds-per-token=0.04")
LONG = " ".join([SLOW, *(f"w{number}" for number in range(300))])  # twelve seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if REASON:
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> list[Machine]:
    return connect([2, 3, 4], tmp_path_factory.mktemp("network") / "hosts")


@pytest.fixture(scope="session")
def running_cluster(
    machines: list[Machine], fake_cli: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    cluster = Cluster(
        machines,
        tmp_path_factory.mktemp("cluster"),
        {"RESIDENT_INSTANCES": "6"},
        {"MODEL_INSTANCES": "2"},
    )
    for node in cluster.nodes:
        node.use_fake_engine(fake_cli, *SWITCHES)
    with cluster.running():
        yield cluster


@pytest.fixture
def cluster(running_cluster: Cluster) -> Iterator[Cluster]:
    """Three nodes, HAProxy and a server, with the fake engine. It is repaired after each test."""
    yield running_cluster
    running_cluster.repair()


@pytest.fixture
def node(cluster: Cluster, fake_cli: Path) -> Iterator[Node]:
    """A node of the cluster. After the test it starts again as it was."""
    node = cluster.nodes[0]
    yield node
    node.kill()
    node.use_fake_engine(fake_cli, *SWITCHES)
