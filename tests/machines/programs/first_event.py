"""Time the first text of an answer at a server with an engine of its own, and at one with engine nodes.

Run it on an otherwise idle machine: `.venv/bin/python -m tests.machines -m tests.machines.programs.first_event`. The
ways are taken in turns, each once nothing is computed and the next process is ready, so that the engine's part is the
same on all of them.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.machines.cluster import TOKEN, Cluster
from tests.machines.network import connect
from tests.server import PATIENCE, Server, until, write_fake_cli

REQUESTS = 100
QUESTION = "How long does this take?"
BODY = {"messages": [{"role": "user", "content": QUESTION}], "max_tokens": 1, "stream": True}
MOST_ADDED = 5.0  # milliseconds


@dataclass
class Way:
    """A way to an engine. `status`: returns the status of the engine behind it."""

    name: str
    client: httpx.Client
    url: str
    status: Callable[[], list[dict[str, Any]]]
    seconds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Time one request, once its engine is idle."""
        assert until(lambda: all(map(idle, self.status())))
        self.seconds.append(first_text(self.client, self.url))

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.seconds) * 1000


def idle(engine: dict[str, Any]) -> bool:
    """Return whether nothing is computed, and the processes for the next requests are ready."""
    return not engine["leases"] and all(worker["worker"] for worker in engine["workers"])


def first_text(client: httpx.Client, url: str) -> float:
    """Return the seconds until the first piece of an answer's text, and read the answer to its end."""
    began, seconds = time.perf_counter(), 0.0
    with client.stream("POST", url, json=BODY) as response:
        for line in response.iter_lines():
            if line == "event: text" and not seconds:
                seconds = time.perf_counter() - began
    assert seconds, response.status_code
    return seconds


def ways(cluster: Cluster, alone: Server, client: httpx.Client, node: httpx.Client) -> list[Way]:
    """Return the ways to an engine, of which the last one is that of several machines."""

    def of(asking: httpx.Client, *urls: str) -> Callable[[], list[dict[str, Any]]]:
        return lambda: [asking.get(url).raise_for_status().json()["engine"] for url in urls]

    own = of(client, f"{alone.url}/model_info")
    nodes = of(node, *(f"{each.url}/v1/status" for each in cluster.nodes))
    return [
        Way("server with its own engine", client, f"{alone.url}/generate", own),
        Way("server, HAProxy, node", client, f"{cluster.front.url}/generate", nodes),
    ]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="machines-"))
    cluster = Cluster(connect([2, 3, 4], folder / "hosts"), folder, {}, {})
    fake_cli = write_fake_cli(folder)
    for each in cluster.nodes:
        each.use_fake_engine(fake_cli, "echo")
    own = folder / "alone"
    own.mkdir()
    authorization = {"Authorization": f"Bearer {TOKEN}"}
    with (
        cluster.running(),
        Server(own, LLAMA_CLI=str(fake_cli)) as alone,
        httpx.Client(timeout=PATIENCE, headers=authorization) as node,
        httpx.Client(timeout=PATIENCE) as client,
    ):
        alone.wait_for_health()
        measured = ways(cluster, alone, client, node)
        for _ in range(REQUESTS):
            for way in measured:
                way.measure()
    one, several = measured
    for way in measured:
        sys.stdout.write(f"{way.name}: {way.milliseconds:.1f} ms to the first text, p50 of {REQUESTS}\n")
    added = several.milliseconds - one.milliseconds
    sys.stdout.write(f"added: {added:.1f} ms, at most {MOST_ADDED:g}\n")
    sys.exit(added > MOST_ADDED)


if __name__ == "__main__":
    main()
