"""Time the first text of an answer at a node itself, and through the server and HAProxy, in turns.

Run it on an otherwise idle machine: `.venv/bin/python -m tests.machines -m tests.machines.programs.first_event`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from inference.engine.types import GenerationRequest, Message
from inference.engine.wire import encode
from tests.machines.cluster import TOKEN, Cluster
from tests.machines.network import connect
from tests.server import PATIENCE, write_fake_cli

REQUESTS = 100
QUESTION = "How long does this take?"


def first_text(client: httpx.Client, url: str, body: object) -> float:
    """Return the seconds until the first piece of an answer's text, and read the answer to its end."""
    began, seconds = time.perf_counter(), 0.0
    with client.stream("POST", url, json=body) as response:
        for line in response.iter_lines():
            if line == "event: text" and not seconds:
                seconds = time.perf_counter() - began
    assert seconds, response.status_code
    return seconds


def measure(cluster: Cluster) -> dict[str, list[float]]:
    """Return the seconds of each request, by the way that it took."""
    turns = [{"role": "user", "content": QUESTION}]
    asked = GenerationRequest((Message("user", QUESTION),), max_tokens=1, caller="direct")
    node = {"Authorization": f"Bearer {TOKEN}"}
    seconds: dict[str, list[float]] = {"node": [], "server, HAProxy, node": []}
    with httpx.Client(timeout=PATIENCE, headers=node) as direct, httpx.Client(timeout=PATIENCE) as client:
        body = {"messages": turns, "max_tokens": 1, "system_prompt": "", "stream": True}
        for _ in range(REQUESTS):
            seconds["node"].append(first_text(direct, f"{cluster.nodes[0].url}/v1/generate", encode(asked)))
            seconds["server, HAProxy, node"].append(first_text(client, f"{cluster.front.url}/generate", body))
    return seconds


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="machines-"))
    cluster = Cluster(connect([2, 3, 4], folder / "hosts"), folder, {}, {})
    for node in cluster.nodes:
        node.use_fake_engine(write_fake_cli(folder), "echo")
    with cluster.running():
        seconds = measure(cluster)
    medians = {way: statistics.median(values) * 1000 for way, values in seconds.items()}
    for way, milliseconds in medians.items():
        sys.stdout.write(f"{way}: {milliseconds:.1f} ms to the first text, p50 of {REQUESTS}\n")
    direct, through = medians.values()
    sys.stdout.write(f"added: {through - direct:.1f} ms (at most 5)\n")
    sys.exit(through - direct > 5)


if __name__ == "__main__":
    main()
