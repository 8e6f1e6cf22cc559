"""A temporary chat: marked, in no list, gone when it is left, and kept if its user wants that."""

from __future__ import annotations

import sqlite3
import time

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.server import PATIENCE, Server

MARK = "Temporary chat: it is not in your list"


def saved(server: Server, title: str) -> int:
    with sqlite3.connect(server.data_dir / "db.sqlite3", timeout=PATIENCE) as database:
        return int(database.execute("SELECT count(*) FROM chat_conversation WHERE title = ?", [title]).fetchone()[0])


def begin(chat: ChatPage, text: str) -> None:
    chat.main_menu("Temporary chat")
    expect(chat.page.get_by_text(MARK)).to_be_visible()
    chat.ask(text)
    chat.wait_until_answered(1)


def test_a_temporary_chat_is_gone_when_its_page_is_left_unless_it_is_kept(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    begin(chat, "secret one")
    expect(chat.page.get_by_text(MARK)).to_be_visible()
    expect(chat.items).to_have_count(0)
    assert chat.page.url == f"{slow_server.url}/"
    assert saved(slow_server, "secret one") == 1
    chat.reload()
    expect(chat.answers).to_have_count(0)
    expect(chat.page.get_by_text(MARK)).to_be_hidden()
    deadline = time.monotonic() + PATIENCE
    while saved(slow_server, "secret one"):
        assert time.monotonic() < deadline
        chat.page.wait_for_timeout(50)  # between two checks of the condition

    begin(chat, "secret two")
    chat.page.get_by_role("link", name="New chat").click()
    expect(chat.page.get_by_text(MARK)).to_be_hidden()
    chat.toast.get_by_role("button", name="Undo").click()
    expect(chat.questions).to_have_count(1)
    chat.page.get_by_role("button", name="Keep this chat").click()
    expect(chat.item("secret two")).to_have_count(1)
    expect(chat.page.get_by_text(MARK)).to_be_hidden()
    assert chat.conversation
    chat.reload()
    expect(chat.questions).to_have_count(1)
    assert (saved(slow_server, "secret one"), saved(slow_server, "secret two")) == (0, 1)
