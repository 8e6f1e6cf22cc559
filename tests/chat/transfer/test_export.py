"""Exports: Markdown, and the names of files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db


def test_markdown_contains_the_branch_that_is_shown(browser: Browser) -> None:
    made = conversation(browser.owner, "How?", title="A *title*", system_prompt="Be brief.")
    made.created_at = datetime(2026, 11, 3, 6, 5, tzinfo=UTC)
    question = made.messages.get()
    add(made, question, "Not shown.")
    cut = add(made, question, "So:\n\n```py\nprint()\n# Not a heading", status="length")
    made.leaf = add(made, cut, "Go on.\n~~~\n```\n~~~")
    made.save()
    assert browser.download(path_of(made, "export?as=markdown")).decode() == (
        "# A *title*\n\n2026-11-03 06:05 UTC\n"
        "\n## System prompt\n\nBe brief.\n"
        "\n## Question\n\nHow?\n"
        "\n## Answer\n\nSo:\n\n```py\nprint()\n# Not a heading\n```\n"
        "\n## Question\n\nGo on.\n~~~\n```\n~~~\n"
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("What is it?", 'filename="What-is-it.json"'),
        ("../../etc/passwd", 'filename="etc-passwd.json"'),
        ('a"; filename="b.exe', 'filename="a-filename-b-exe.json"'),
        ("Über 🙂", "filename*=utf-8''%C3%9Cber.json"),
        ("🙂", 'filename="conversation.json"'),
        (".hidden", 'filename="hidden.json"'),
        ("a\u202etxt.exe", 'filename="a-txt-exe.json"'),
        ("x" * 120, f'filename="{"x" * 80}.json"'),
    ],
)
def test_a_file_is_named_after_the_title_safely(browser: Browser, title: str, name: str) -> None:
    made = conversation(browser.owner, title=title)
    response = browser.send("GET", path_of(made, "export?as=json"))
    assert response["Content-Disposition"] == f"attachment; {name}"
    assert response["Content-Type"] == "application/json"


def test_an_unknown_export_format_is_refused(browser: Browser) -> None:
    made = conversation(browser.owner)
    assert list(browser.refused("GET", path_of(made, "export?as=html"))["fields"]) == ["as"]
    assert list(browser.refused("GET", path_of(made, "export"))["fields"]) == ["as"]
