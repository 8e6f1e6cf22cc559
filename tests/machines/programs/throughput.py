"""Measure the tokens per second of one, two and three nodes with equal shares of a core, and what an event costs.

Run it as root on an otherwise idle machine: `.venv/bin/python -m tests.machines -m tests.machines.programs.throughput`.
The engine and the demo model are the real ones, so that a node computes as much as its share allows; control groups set
the share, which leaves room for the server, HAProxy and the clients of three nodes on two cores.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.machines.asking import load
from tests.machines.cluster import Cluster
from tests.machines.network import connect

from .cores import limited, seconds_of

SECONDS = 24.0  # hundreds of answers, because whole ones are counted
ROUNDS = 3
CORES = 0.3  # of each node
PER_NODE = 8  # clients of each node, which has two places: conversations are spread by chance, so that some wait
QUESTION = "What is the capital of France? Tell me about it."
TOKENS = 64  # of each answer
ENDS = {"2046": -100, "2047": -100}  # the demo model's tokens that would end an answer sooner
LEAST = 0.95  # of linear


@dataclass
class Measured:
    """`tokens`: per second. `events`: of all streams. `costs`: seconds of processor time, by program."""

    nodes: int
    tokens: float
    events: int
    costs: dict[str, float]


def measure(cluster: Cluster, nodes: int) -> Measured:
    """Measure for SECONDS, once so many nodes are busy."""
    measured = programs(cluster)
    with load(cluster.front, nodes * PER_NODE, QUESTION, max_tokens=TOKENS, logit_bias=ENDS) as outcomes:
        time.sleep(3)
        done, before, began = len(outcomes), costs(measured), time.monotonic()
        time.sleep(SECONDS)
        ended, after, seconds = len(outcomes), costs(measured), time.monotonic() - began
    assert all(outcome.answered for outcome in outcomes)
    counted = outcomes[done:ended]
    assert {outcome.details["tokens_generated"] for outcome in counted} == {TOKENS}, "not comparable"
    tokens = sum(outcome.details["tokens_generated"] for outcome in counted)
    events = sum(len(outcome.events) for outcome in counted)
    return Measured(nodes, tokens / seconds, events, {name: after[name] - before[name] for name in after})


def programs(cluster: Cluster) -> dict[str, list[int]]:
    """Return the processes of the programs: each with its workers, without the engine's processes."""
    nodes = [node.process.pid for node in cluster.nodes if node.process]
    parents = {"server": [cluster.front.process.pid], "HAProxy": [cluster.balancer.pid], "nodes": nodes}
    return {name: [each for pid in pids for each in (pid, *children(pid))] for name, pids in parents.items()}


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def costs(measured: dict[str, list[int]]) -> dict[str, float]:
    """Return the processor time of the programs so far."""
    return {name: sum(map(seconds_of, pids)) for name, pids in measured.items()}


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="machines-"))
    cluster = Cluster(connect([2, 3, 4], folder / "hosts"), folder, {}, {"MODEL_INSTANCES": "2"})
    rounds: list[list[Measured]] = []
    with cluster.running():
        rounds.extend(measure_each(cluster) for _ in range(ROUNDS))
    one = median(measured[-1].tokens for measured in rounds)
    shares = []
    for same in zip(*rounds, strict=True):
        tokens, nodes = median(each.tokens for each in same), same[0].nodes
        shares.append(tokens / one / nodes)
        events = sum(each.events for each in same)
        cost = ", ".join(f"{name} {sum(m.costs[name] for m in same) / events * 1000:.2f} ms" for name in same[0].costs)
        sys.stdout.write(
            f"{nodes} nodes of {CORES:g} cores: {tokens:.0f} tokens/s, {shares[-1]:.2f} of linear; processor time of "
            f"each event: {cost}\n"
        )
    sys.exit(min(shares) < LEAST)


def measure_each(cluster: Cluster) -> list[Measured]:
    """Measure three nodes, two and one, and start those again that were stopped."""
    results = []
    with ExitStack() as shares:
        for node in cluster.nodes:
            shares.enter_context(limited(node.machine, CORES))
        for number in (3, 2, 1):
            for node in cluster.nodes[number:]:
                node.stop()
            results.append(measure(cluster, number))
    for node in cluster.nodes[1:]:
        node.start()
        cluster.wait_for(node)
    return results


if __name__ == "__main__":
    main()
