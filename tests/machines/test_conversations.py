"""Conversations keep to themselves, and to the node that holds them, and the nodes share them evenly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from .asking import Client, Outcome
from .cluster import Cluster

CONVERSATIONS, TURNS, AT_ONCE = 200, 5, 6


def converse(client: Client, number: int) -> list[Outcome]:
    """Hold a conversation in which each question has a secret. Half of them have no system prompt."""
    turns: list[str] = []
    outcomes = []
    prompt: dict[str, Any] = {"system_prompt": ""} if number % 2 else {}
    for turn in range(TURNS):
        turns.append(f"secret-{number}-{turn}.")
        outcomes.append(client.ask(*turns, max_tokens=200, **prompt))
        turns.append(outcomes[-1].text)
    return outcomes


def test_conversations_do_not_leak_stay_on_their_node_and_spread(cluster: Cluster) -> None:
    before = cluster.balancer.requests()
    with Client(cluster.front) as client, ThreadPoolExecutor(AT_ONCE) as threads:
        conversations = list(threads.map(lambda number: converse(client, number), range(CONVERSATIONS)))

    assert [outcome.code for outcome in chain(*conversations) if outcome.code] == []
    for number, outcomes in enumerate(conversations):
        for turn, outcome in enumerate(outcomes):
            told = [word for word in outcome.text.split() if word.startswith("secret-")]
            assert told == [f"secret-{number}-{earlier}." for earlier in range(turn + 1)]

    later = [outcome.details["reused_tokens"] > 0 for outcomes in conversations for outcome in outcomes[1:]]
    assert sum(later) >= 0.95 * len(later), f"{sum(later)} of {len(later)} later turns reused what their node holds"

    shares = [count - before[machine] for machine, count in cluster.balancer.requests().items()]
    assert len(shares) == 3
    assert max(shares) / (sum(shares) / 3) <= 1.25, f"requests by node: {shares}"
