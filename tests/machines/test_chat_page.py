"""The chat page while a node dies."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open, browser, contexts, playwright, visit
from tests.browser.conftest import program as program
from tests.browser.driver.chat_page import numbered
from tests.server import until

from .cluster import Cluster
from .conftest import SLOW

__all__ = ["browser", "contexts", "playwright", "program", "visit"]


def test_an_answer_of_a_node_that_dies_says_so_and_can_be_continued(cluster: Cluster, visit: Open) -> None:
    chat = visit(cluster.front)
    chat.ask(f"{SLOW} {numbered(120)}")
    chat.wait_until_streaming(words=25)
    name = chat.text_of(chat.last).split()[0]
    next(node for node in cluster.nodes if node.name == name).kill()
    chat.wait_until_answered(1)
    expect(chat.last).to_contain_text("A machine of the engine was lost during this answer.")
    part = chat.text_of(chat.last)
    assert part.startswith(f"{name} heard:")
    chat.last.get_by_role("button", name="Continue").click()
    chat.wait_until_answered(1)
    assert until(lambda: chat.text_of(chat.last).endswith(" w119"))
    assert until(lambda: chat.saved()[1]["text"].strip().endswith(" w119"))
