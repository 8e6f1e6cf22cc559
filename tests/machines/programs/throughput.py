"""Measure the answers per second of one, two and three nodes.

Run it on an otherwise idle machine: `.venv/bin/python -m tests.machines -m tests.machines.programs.throughput`. The
engine is the fake one, which computes nothing: this measures whether server, HAProxy
and nodes keep up, not how fast a core is.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.machines.asking import load
from tests.machines.cluster import Cluster
from tests.machines.network import connect
from tests.server import write_fake_cli

SECONDS = 20.0
PER_NODE = 8  # clients of each node, which has two places: conversations are spread by chance, so that some wait
QUESTION = " ".join(f"w{number}" for number in range(100))


def measure(cluster: Cluster, clients: int) -> float:
    """Return the answers in SECONDS, once all nodes are busy."""
    with load(cluster.front, clients, QUESTION) as outcomes:
        time.sleep(3)
        before, began = len(outcomes), time.monotonic()
        time.sleep(SECONDS)
        answered, seconds = len(outcomes) - before, time.monotonic() - began
    assert all(outcome.answered for outcome in outcomes)
    return answered * SECONDS / seconds


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="machines-"))
    cluster = Cluster(connect([2, 3, 4], folder / "hosts"), folder, {}, {"MODEL_INSTANCES": "2"})
    for node in cluster.nodes:
        node.use_fake_engine(write_fake_cli(folder), "seconds-per-token=0.02")
    results = []
    with cluster.running():
        for number in (3, 2, 1):
            for node in cluster.nodes[number:]:
                node.stop()
            results.append(measure(cluster, number * PER_NODE))
    one = results[-1]
    for number, answers in zip((3, 2, 1), results, strict=True):
        sys.stdout.write(
            f"{number} nodes: {answers:.1f} answers in {SECONDS:g} s, {answers / one / number:.2f} of linear\n"
        )
    sys.exit(any(answers / one / number < 0.95 for number, answers in zip((3, 2, 1), results, strict=True)))


if __name__ == "__main__":
    main()
