"""Files that a user brings: dropped, pasted or chosen, read by the page, and sent with a question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation, file_of
from tests.chat.transfer.foreign.samples import CHATGPT, LIBRECHAT, OPEN_WEBUI, archive
from tests.server import Server

PASTE = """([name, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([text], name, { type: "text/plain" }));
  document.querySelector("#question").dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
}"""


def file(name: str, content: str | bytes, kind: str = "text/plain") -> dict[str, Any]:
    return {"name": name, "mimeType": kind, "buffer": content.encode() if isinstance(content, str) else content}


def pdf(*lines: str) -> bytes:
    """Return a PDF with a page of these lines, in Helvetica."""
    drawn = "BT /F1 12 Tf 50 700 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET" if lines else ""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer << /Root 1 0 R /Size {len(objects) + 1} >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode("latin-1")


def cjk_pdf(font: str, encoding: str, collection: str, text: str) -> bytes:
    """Return a PDF with a text in a font that it neither embeds nor maps to Unicode, as many programs write it."""
    drawn = f"BT /F1 12 Tf 50 700 Td <{text.encode('utf-16-be').hex()}> Tj ET"
    system = f"<< /Registry (Adobe) /Ordering ({collection}) /Supplement 2 >>"
    plain = pdf("x").decode("latin-1")
    described = f"<< /Type /FontDescriptor /FontName /{font} /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 >>"
    descendant = (
        f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{font} /CIDSystemInfo {system} "
        f"/FontDescriptor {described} /DW 1000 >>"
    )
    made = f"<< /Type /Font /Subtype /Type0 /BaseFont /{font} /Encoding /{encoding} /DescendantFonts [{descendant}] >>"
    simple = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    begin, end = plain.index("<< /Length"), plain.index("endstream")
    # Without a table of its objects, which the reader finds.
    body = plain.replace(plain[begin:end], f"<< /Length {len(drawn)} >>\nstream\n{drawn}\n").replace(simple, made)
    return (
        body.partition("xref\n")[0].encode("latin-1") + b"trailer << /Root 1 0 R >>\n"
    )  # the reader finds the objects


def attach(chat: ChatPage, *files: dict[str, Any]) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def chips(place: ChatPage | Locator) -> Locator:
    return (place.page.locator("chat-composer") if isinstance(place, ChatPage) else place).locator("li.file")


def test_files_are_attached_counted_kept_sent_and_edited(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.drop(file("words.csv", b"caf\xe9;needle\r\n1;2"))  # as old programs of Windows write it
    chat.page.evaluate(PASTE, ["notes.md", "# Pasted\nthree words here"])
    attach(chat, file("paper.pdf", pdf("The first line", "and the second"), "application/pdf"))
    expect(chips(chat)).to_have_count(3)
    for chip in chips(chat).all():
        expect(chip).to_contain_text("token")
    expect(chat.send).to_be_disabled()
    expect(chat.page.get_by_text("Write what to do with it, then send.")).to_be_visible()

    chat.composer.fill("What is in these?")
    chat.reload()  # the draft keeps them
    expect(chips(chat)).to_have_count(3)
    chat.page.get_by_role("button", name="Remove notes.md").click()
    chat.composer.press("Enter")
    chat.wait_until_answered(1)
    expect(chips(chat)).to_have_count(0)
    answer = chat.text_of(chat.last)  # the fake repeats what it reads
    assert "café;needle" in answer and "The first line" in answer and "What is in these?" in answer
    assert "Pasted" not in answer
    shown = chat.questions.last.locator("details.file")
    expect(shown.locator(".name")).to_have_text(["words.csv", "paper.pdf"])
    shown.first.locator("summary").click()
    expect(shown.first.locator("pre")).to_have_text("café;needle\n1;2")
    question = chat.saved()[0]
    assert question["text"] == "What is in these?"
    assert [each["text"] for each in question["files"]] == ["café;needle\n1;2", "The first line\nand the second"]

    chat.questions.last.hover()
    chat.page.get_by_role("button", name="Edit question").click()
    editor = chat.questions.last.locator("form")
    editor.get_by_role("button", name="Remove paper.pdf").click()
    editor.get_by_role("button", name="Send").click()
    chat.wait_until_answered(1)
    edited = chat.saved()[0]
    assert [each["name"] for each in edited["files"]] == ["words.csv"]
    assert len(edited["siblings"]) == 2


def test_a_file_that_cannot_be_used_says_why_and_is_not_sent(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    problem = chat.page.locator(".attached [role=status]")
    for name, content, reason in (
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0", "It is an image, and not text. Accepted are text, Markdown, code, CSV"),
        ("data.bin", b"abc\0\1\2", "It is binary, and not text."),
        ("report.docx", b"PK\x03\x04\0\0", "an archive or an office document (save it as PDF)"),
        ("empty.txt", b" \n", "It is empty."),
        ("long.txt", b"word " * 30_000, "It is too long: 150,000 of at most 100,000 characters."),
        ("scan.pdf", pdf(), "It has no text: its pages are pictures."),
        ("broken.pdf", b"%PDF-1.7 and no more", "It is damaged, or not a PDF"),
    ):
        chat.drop(file(name, content))
        expect(problem).to_contain_text(reason)
        expect(problem).to_contain_text(f"“{name}” is not attached.")
        expect(chips(chat)).to_have_count(0)
    chat.drop(file("fits.txt", "x " * 20_000), file("<img src=x onerror=alert(1)>.txt", "<script>alert(1)</script>"))
    expect(chips(chat)).to_have_count(2)
    chat.composer.fill("Too much?")
    expect(chat.page.locator("chat-composer .hint")).to_contain_text("Too long to send")
    expect(chat.send).to_be_disabled()
    chat.page.get_by_role("button", name="Remove fits.txt").click()
    chat.composer.press("Enter")
    chat.wait_until_answered(1)
    chat.questions.last.locator("summary").click()
    expect(chat.questions.last.locator("pre")).to_have_text("<script>alert(1)</script>")


def test_exports_of_other_products_are_dropped_and_reported(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.drop(file("chatgpt.zip", archive({"conversations.json": [CHATGPT]}), "application/x-zip-compressed"))
    report = chat.page.get_by_role("dialog", name="Imported from ChatGPT")
    expect(report).to_contain_text("1 conversation imported.")
    expect(report.locator("li")).to_have_text(["1 image", "1 attached file", "1 tool call"])
    report.get_by_role("button", name="Close").click()
    expect(report).to_have_count(0)
    chat.item("Weights").locator("a").click()
    expect(chat.last).to_contain_text("A picture.")
    expect(chat.answers.first.get_by_role("group", name="Versions of this answer")).to_contain_text("2 / 2")
    for name, data in (("webui.json", [OPEN_WEBUI]), ("libre.json", LIBRECHAT)):
        chat.drop(file(name, json.dumps(data), "application/json"))
        report = chat.page.get_by_role("dialog", name="Imported from")
        expect(report.locator("li").first).to_have_text("1 image")
        report.get_by_role("button", name="Close").click()
    expect(chat.item("Weights")).to_have_count(3)


def test_a_dropped_export_is_imported_wherever_it_is_dropped(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    exported = json.dumps(file_of([conversation("why", "so", title="From elsewhere")]))
    chat.drop(file("conversations.json", exported, "application/json"), file("data.json", '{"a": 1}'))
    expect(chat.item("From elsewhere")).to_be_visible()
    expect(chat.toast).to_contain_text("1 conversation imported.")
    expect(chips(chat)).to_have_count(1)
    expect(chips(chat)).to_contain_text("data.json")


@pytest.mark.parametrize(
    ("font", "encoding", "collection", "text"),
    [
        ("STSong-Light", "UniGB-UCS2-H", "GB1", "你好，世界"),
        ("HeiseiMin-W3", "UniJIS-UCS2-H", "Japan1", "こんにちは世界"),
        ("HYSMyeongJo-Medium", "UniKS-UCS2-H", "Korea1", "안녕하세요"),
    ],
)
def test_a_pdf_in_a_font_without_its_own_map_has_its_text(
    slow_server: Server, visit: Open, font: str, encoding: str, collection: str, text: str
) -> None:
    chat = visit(slow_server)
    attach(chat, file("paper.pdf", cjk_pdf(font, encoding, collection, text), "application/pdf"))
    expect(chips(chat)).to_contain_text("token")
    chat.composer.fill("What is in it?")
    chat.composer.press("Enter")
    chat.wait_until_answered(1)
    assert chat.saved()[0]["files"][0]["text"] == text


def test_the_search_opens_the_file_that_has_the_text(slow_server: Server, visit: Open) -> None:
    made = conversation(*["why", "so"] * 20, title="Long ago")
    text = "\n".join([*("filler" for _ in range(200)), "the Needle", *("filler" for _ in range(200))])
    made["messages"][2]["files"] = [{"name": "one.txt", "text": "nothing"}, {"name": "hay.txt", "text": text}]
    chat = visit(slow_server, conversations=[made])
    chat.search.fill("needle")
    expect(chat.item("Long ago").locator(".snippet")).to_contain_text("hay.txt: …")
    chat.item("Long ago").locator("a").click()
    opened = chat.page.locator("details.file[open]")
    expect(opened.locator(".name")).to_have_text("hay.txt")
    expect(opened).to_be_in_viewport()
    marked = "[...CSS.highlights.get('found')].map((range) => range.toString())"
    chat.page.wait_for_function(f"{marked}.join() === 'Needle'")
