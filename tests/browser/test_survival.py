"""Reloads, lost connections, other tabs and server restarts lose no question and no answer."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import numbered
from tests.browser.driver.network import Network
from tests.server import Server


@pytest.mark.promise(19)
def test_a_reload_resumes_a_streaming_answer(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(120))
    chat.wait_until_streaming(words=5)
    chat.page.reload()
    chat.wait_until_streaming(words=6)
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == numbered(120)
    assert chat.saved()[1]["text"].strip() == numbered(120)


def test_two_tabs_stream_the_same_answer(slow_server: Server, visit: Open) -> None:
    one = visit(slow_server)
    one.ask(numbered(100))
    one.wait_until_streaming()
    two = visit(slow_server, f"/c/{one.conversation}", same_browser_as=one)
    two.wait_until_streaming(words=3)
    for tab in (one, two):
        tab.wait_until_answered(1)
        assert tab.text_of(tab.last) == numbered(100)
    two.ask("from the other")
    expect(one.answers).to_have_count(2)
    one.wait_until_answered(2)
    two.wait_until_answered(2)
    assert one.text_of(one.last) == two.text_of(two.last) == "from the other"


def test_a_stop_in_one_tab_ends_the_answer_in_the_other(slow_server: Server, visit: Open) -> None:
    one = visit(slow_server)
    one.ask(numbered(600))
    one.wait_until_streaming()
    two = visit(slow_server, f"/c/{one.conversation}", same_browser_as=one)
    two.wait_until_streaming()
    two.send.click()
    one.wait_until_answered(1)
    two.wait_until_answered(1)
    expect(one.last).to_contain_text("Stopped")
    assert one.text_of(one.last) == two.text_of(two.last)


@pytest.mark.promise(19)
def test_a_lost_connection_loses_no_text(slow_server: Server, visit: Open) -> None:
    with Network(slow_server) as network:
        chat = visit(slow_server, origin=network.origin)
        chat.ask(numbered(100))
        chat.wait_until_streaming(words=5)
        network.cut()
        expect(chat.last).to_contain_text("Reconnecting… The answer continues")
        expect(chat.state).to_contain_text("Reconnecting…")
        network.restore()
        chat.wait_until_ready()
        chat.wait_until_answered(1)
        assert chat.text_of(chat.last) == numbered(100)
        assert chat.saved()[1]["text"].strip() == numbered(100)


def test_an_answer_that_ends_while_disconnected_is_shown_after_reconnecting(slow_server: Server, visit: Open) -> None:
    with Network(slow_server) as network:
        chat = visit(slow_server, origin=network.origin)
        chat.ask(numbered(30))
        chat.wait_until_streaming(words=2)
        conversation = chat.conversation
        network.cut()
        watcher = visit(slow_server, "", origin=slow_server.url)
        watcher.page.context.add_cookies(chat.page.context.cookies())
        expect(chat.last).to_contain_text("Reconnecting…")
        watcher.open(f"/c/{conversation}")
        watcher.wait_until_answered(1)
        network.restore()
        chat.wait_until_answered(1)
        assert chat.text_of(chat.last) == numbered(30)


def test_a_question_asked_offline_is_sent_once_after_reconnecting(slow_server: Server, visit: Open) -> None:
    with Network(slow_server) as network:
        chat = visit(slow_server, origin=network.origin)
        network.cut()
        expect(chat.state).to_contain_text("Reconnecting…")
        chat.ask("are you there")
        expect(chat.questions.first).to_contain_text("Not sent yet")
        network.restore()
        chat.wait_until_answered(1)
        assert [each["text"].strip() for each in chat.saved()] == ["are you there", "are you there"]
        expect(chat.items).to_have_count(1)


def test_an_offline_browser_reconnects(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(60))
    chat.wait_until_streaming(words=2)
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text("Reconnecting…")
    chat.page.context.set_offline(False)
    chat.wait_until_ready()
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == numbered(60)


def test_an_answer_interrupted_by_a_killed_server_can_be_continued(tmp_path: Path, fake_cli: Path, visit: Open) -> None:
    settings = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake echo --fake seconds-per-token=0.04"}
    with Server(tmp_path, **settings) as before, Network(before) as network:
        before.wait_for_health()
        chat = visit(before, origin=network.origin)
        chat.ask(numbered(150))
        chat.wait_until_streaming(words=50)  # a part is saved about every second
        children = Path(f"/proc/{before.process.pid}/task/{before.process.pid}/children").read_text().split()
        os.kill(before.process.pid, signal.SIGKILL)
        os.kill(int(children[0]), signal.SIGKILL)
        before.process.wait()
        expect(chat.state).to_contain_text("Reconnecting…")
        with Server(tmp_path, **settings) as after:
            after.wait_for_health()
            network.server = after
            chat.wait_until_answered(1)
            expect(chat.last).to_contain_text("The server stopped during this answer.")
            part = chat.saved()[1]
            assert part["status"] == "interrupted"
            assert part["text"].strip()
            assert numbered(150).startswith(part["text"].strip())
            chat.last.get_by_role("button", name="Continue").click()
            expect(chat.last.locator("article")).to_have_attribute("aria-busy", "true")
            chat.wait_until_answered(1)
            assert chat.saved()[1]["text"].strip() == numbered(150)
            assert chat.text_of(chat.last) == numbered(150)


def test_switching_conversations_keeps_answers_and_drafts(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask("one " + numbered(90))
    chat.wait_until_streaming()
    chat.page.get_by_role("link", name="New chat").click()
    expect(chat.answers).to_have_count(0)
    chat.composer.fill("a draft of the new one")
    expect(chat.item("one w0")).to_contain_text("Answering")
    chat.item("one w0").locator("a").click()
    chat.wait_until_streaming(words=2)
    expect(chat.composer).to_have_value("")
    chat.page.go_back()
    expect(chat.composer).to_have_value("a draft of the new one")
    chat.page.go_forward()
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == "one " + numbered(90)


def test_a_draft_survives_a_reload(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.composer.press_sequentially("half a thought")
    chat.reload()
    expect(chat.composer).to_have_value("half a thought")
    chat.ask_and_wait("What is BitNet?")
    chat.composer.fill("and in this one another")
    chat.reload()
    expect(chat.composer).to_have_value("and in this one another")
    chat.page.get_by_role("link", name="New chat").click()
    expect(chat.composer).to_have_value("")
