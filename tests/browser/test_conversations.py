"""The list of conversations, and the actions on them."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation
from tests.server import Server

LONG = 1000  # messages
MANY = 5000  # conversations
SHOWN = 60  # messages at first


def titles(chat: ChatPage) -> Locator:
    return chat.items.locator(".title")


def group(chat: ChatPage, name: str) -> Locator:
    return chat.list.locator("section").filter(has=chat.page.get_by_role("heading", name=name))


def test_a_conversation_is_renamed_in_the_list(server: Server, visit: Open) -> None:
    chat = visit(server, conversations=[conversation("why", "so", title="Old name")])
    chat.item_menu("Old name", "Rename")
    name = chat.page.get_by_role("textbox", name="Conversation title")
    expect(name).to_be_focused()
    name.fill("New name")
    with chat.page.expect_response(lambda response: response.request.method == "PATCH"):
        name.press("Enter")
    expect(chat.item("New name").locator("a")).to_be_focused()
    chat.reload()
    expect(titles(chat)).to_have_text(["New name"])


def test_a_conversation_is_renamed_in_the_header(server: Server, visit: Open) -> None:
    made = conversation("why", "so", title="Old name")
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    chat.conversation_menu("Rename")
    name = chat.page.get_by_role("textbox", name="Conversation title")
    name.fill("New name")
    name.press("Enter")
    expect(chat.item("New name")).to_have_count(1)
    expect(chat.page).to_have_title("New name · BitNet")


def test_pinned_conversations_are_listed_first(server: Server, visit: Open) -> None:
    chat = visit(
        server, conversations=[conversation("a", "b", title="Old", age=90_000), conversation("a", "b", title="New")]
    )
    with chat.page.expect_response(lambda response: response.request.method == "PATCH"):
        chat.item_menu("Old", "Pin")
    expect(group(chat, "Pinned").locator(".title")).to_have_text("Old")
    chat.reload()
    expect(titles(chat)).to_have_text(["Old", "New"])
    chat.item_menu("Old", "Unpin")
    expect(group(chat, "Pinned")).to_have_count(0)
    expect(group(chat, "Yesterday").locator(".title")).to_have_text("Old")


def test_conversations_of_the_same_time_are_in_the_servers_order(server: Server, visit: Open) -> None:
    at = "2026-11-23T06:00:00"
    made = [conversation("a", "b", title=f"Number {number}", updated_at=f"{at}Z") for number in range(8)]
    later = conversation("a", "b", title="Later", updated_at=f"{at}.5Z")
    chat = visit(server, conversations=[*made, later])
    expect(chat.items).to_have_count(9)
    in_order = [each["title"] for each in chat.get("/chat/conversations")["conversations"]]
    expect(titles(chat)).to_have_text(in_order)
    assert in_order[0] == "Later"


def test_search_finds_titles_and_texts(server: Server, visit: Open) -> None:
    found = [
        conversation("How deep is the sea?", "It is eleven kilometres deep.", title="Sea"),
        conversation("What is a weight?", "One of three numbers.", title="Kilometres and weights"),
        conversation("Anything else?", "No.", title="Else"),
    ]
    chat = visit(server, conversations=found)
    expect(chat.items).to_have_count(3)
    chat.search.fill("KILOMETRES")
    expect(chat.items).to_have_count(2)
    expect(chat.item("Sea").locator("mark")).to_have_text("kilometres")
    expect(chat.page.locator("#search-status")).to_have_text("2 conversations found")
    chat.search.fill("nowhere")
    expect(chat.list).to_contain_text("No results")
    chat.search.press("Escape")
    expect(chat.items).to_have_count(3)


def test_a_search_result_opens_at_the_message_that_was_found(server: Server, visit: Open) -> None:
    made = conversation(*(f"message number {number} of it" for number in range(150)), title="Long")
    made["messages"][20]["text"] = "The needle\n\n" + "hay " * 400
    # The branch that was chosen is not the newest one; it stays chosen.
    made["messages"].append({**made["messages"][149], "id": str(uuid4()), "text": "Another end."})
    # An answer that was regenerated: the hit is on the branch that is not shown.
    other = conversation("Where?", "Here.", "And then?", "There.", title="Branched")
    hidden = {**other["messages"][1], "id": str(uuid4()), "text": "A hidden thimble."}
    other["messages"].append(hidden)
    chat = visit(server, conversations=[made, other])
    chat.search.fill("NEEDLE")
    chat.item("Long").locator("mark").click()
    found = chat.page.locator("chat-question", has_text="The needle")
    expect(found.locator(".bubble")).to_be_in_viewport()
    marked = "() => [...CSS.highlights.get('found') ?? []].map(String)"
    chat.page.wait_for_function(f"() => ({marked})()[0] === 'needle'")
    assert chat.page.locator("#scroller").evaluate("(box) => box.scrollTop > 100")
    expect(chat.last).to_contain_text("message number 149")
    chat.search.fill("thimble")
    chat.item("Branched").locator("mark").click()
    expect(chat.last).to_contain_text("A hidden thimble.")


def test_a_dropped_file_does_not_replace_the_page(server: Server, visit: Open) -> None:
    chat = visit(server)
    dropped = """() => {
      const data = new DataTransfer();
      data.items.add(new File(["text"], "notes.txt"));
      const dragged = (name) => new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data });
      return [dragged("dragover"), dragged("drop")].map((event) => document.body.dispatchEvent(event));
    }"""
    assert chat.page.evaluate(dropped) == [False, False]  # the browser does not open the file
    expect(chat.page.get_by_role("button", name="Remove notes.txt")).to_be_visible()
    text = """() => document.body.dispatchEvent(
      new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() }))"""
    assert chat.page.evaluate(text)  # selected text can be dragged as always


def test_a_deleted_conversation_can_be_restored(server: Server, visit: Open) -> None:
    made = conversation("why", "so it is", title="Precious")
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    chat.conversation_menu("Delete")
    expect(chat.items).to_have_count(0)
    expect(chat.toast).to_contain_text("“Precious” was deleted.")
    undo = chat.toast.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.click()
    expect(chat.item("Precious")).to_have_count(1)
    expect(chat.last).to_contain_text("so it is")
    chat.reload()
    expect(chat.last).to_contain_text("so it is")


def test_a_conversation_deleted_in_one_tab_disappears_from_the_other(server: Server, visit: Open) -> None:
    made = conversation("why", "so it is", title="Precious")
    one = visit(server, conversations=[made])
    two = visit(server, f"/c/{made['id']}", same_browser_as=one)
    expect(two.last).to_contain_text("so it is")
    one.item_menu("Precious", "Delete")
    expect(two.items).to_have_count(0)
    expect(two.page.get_by_role("heading", name="This conversation was deleted.")).to_be_visible()
    two.page.get_by_role("button", name="Restore").click()
    expect(two.last).to_contain_text("so it is")
    expect(one.item("Precious")).to_have_count(1)


def test_an_unknown_conversation_is_reported(server: Server, visit: Open) -> None:
    chat = visit(server, "/c/0f8fad5b-d9cb-469f-a165-70867728950e")
    expect(chat.page.get_by_role("heading", name="Conversation not found.")).to_be_visible()
    chat.page.get_by_role("button", name="New chat").click()
    expect(chat.composer).to_be_focused()


def test_exported_conversations_can_be_imported(server: Server, visit: Open, tmp_path: Path) -> None:
    chat = visit(server)
    chat.ask_and_wait("What is machine learning?")
    chat.last.get_by_role("button", name="Regenerate").click()
    expect(chat.last.get_by_role("group", name="Versions of this answer")).to_contain_text("2 / 2")
    chat.wait_until_answered(1)
    saved = chat.saved()
    with chat.page.expect_download() as download:
        chat.main_menu("Export all conversations")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    exported = json.loads(file.read_text())["conversations"]
    assert len(exported[0]["messages"]) == 3
    assert {each["text"] for each in saved} <= {each["text"] for each in exported[0]["messages"]}

    other = visit(server)
    with other.page.expect_file_chooser() as chooser:
        other.main_menu("Import conversations")
    chooser.value.set_files(file)
    expect(other.toast).to_contain_text("1 conversation imported.")
    other.items.first.locator("a").click()
    expect(other.last.get_by_role("group", name="Versions of this answer")).to_contain_text("2 / 2")
    assert [each["text"] for each in other.saved()] == [each["text"] for each in saved]

    with other.page.expect_file_chooser() as chooser:
        other.main_menu("Import conversations")
    (tmp_path / "wrong.json").write_text('{"format": "another"}')
    chooser.value.set_files(tmp_path / "wrong.json")
    expect(other.toast).to_contain_text("Nothing was imported.")


def test_a_conversation_is_exported_as_markdown_and_json(server: Server, visit: Open) -> None:
    made = conversation("How deep is it?", "It is *eleven* kilometres deep.", title="Deep sea")
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    with chat.page.expect_download() as download:
        chat.conversation_menu("Export as Markdown")
    text = download.value.path().read_text()
    assert download.value.suggested_filename == "Deep-sea.md"
    assert text.startswith("# Deep sea\n")
    assert "It is *eleven* kilometres deep." in text
    with chat.page.expect_download() as download:
        chat.conversation_menu("Export as JSON")
    (exported,) = json.loads(download.value.path().read_text())["conversations"]
    assert [each["text"] for each in exported["messages"]] == ["How deep is it?", "It is *eleven* kilometres deep."]


def test_a_long_conversation_opens_at_its_end_and_loads_earlier_messages(server: Server, visit: Open) -> None:
    made = conversation(*(f"message number {number}" for number in range(LONG)), title="Long")
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    messages = chat.page.locator("chat-question, chat-answer")
    expect(messages).to_have_count(SHOWN)
    expect(messages.last).to_contain_text(f"message number {LONG - 1}")
    expect(messages.last).to_be_in_viewport()
    expect(messages.first).to_contain_text(f"message number {LONG - SHOWN}")
    messages.nth(6).evaluate("(element) => element.scrollIntoView({ block: 'start' })")
    expect(messages).to_have_count(2 * SHOWN)
    expect(messages.first).to_contain_text(f"message number {LONG - 2 * SHOWN}")
    expect(messages.nth(6 + SHOWN)).to_contain_text(f"message number {LONG - SHOWN + 6}")
    expect(messages.nth(6 + SHOWN)).to_be_in_viewport()  # the scroll position is kept


def test_a_long_list_loads_in_pages(server: Server, visit: Open) -> None:
    many = [conversation(title=f"Number {number}", age=number * 600) for number in range(MANY)]
    chat = visit(server, conversations=many)
    expect(chat.items.first).to_contain_text("Number 0")
    first = chat.items.count()
    assert first <= 150
    shown = first
    while shown < first + 150:
        chat.items.last.scroll_into_view_if_needed()
        expect(chat.items.nth(shown)).to_be_attached()
        shown = chat.items.count()
    shown = titles(chat).all_text_contents()
    assert shown == [f"Number {number}" for number in range(len(shown))]
    chat.search.fill(f"Number {MANY - 1}")
    expect(chat.items).to_have_count(1)
