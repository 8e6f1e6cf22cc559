"""A node with the real llama-cli and the demo model, beside two with the fake one."""

from __future__ import annotations

from .asking import Client
from .cluster import Cluster, Node

SHORT = 16  # tokens


def test_a_node_with_the_real_engine_answers_and_keeps_the_conversation(cluster: Cluster, node: Node) -> None:
    node.use_real_engine()
    node.restart()
    cluster.wait_for(node)
    fake = {each.name for each in cluster.nodes}
    with Client(cluster.front) as client:
        asked = (f"What is {number} plus one?" for number in range(50))
        answers = ((question, client.ask(question, max_tokens=SHORT)) for question in asked)
        question, first = next((question, answer) for question, answer in answers if answer.machine not in fake)
        assert first.answered, first
        assert first.text
        assert client.ask(question, max_tokens=SHORT).text == first.text
        later = client.ask(question, first.text, "And plus two?", max_tokens=SHORT)
        assert later.text
        assert later.details["reused_tokens"] > 0
