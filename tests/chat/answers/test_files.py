"""Files of a question: what the model reads of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.accounts.owners import Owner
from chat.conversations.files import whole_text
from chat.models import Message
from tests.chat.answers.asking import ask, ended
from tests.chat.conftest import Engine

TEXTS = st.text(alphabet="`~a\n ", max_size=40) | st.text(max_size=40)


def question(text: str, *files: dict[str, Any]) -> Message:
    return Message(role=Message.Role.USER, text=text, files=list(files))


def test_files_come_before_the_words_each_with_its_name() -> None:
    files = {"name": "a.py", "text": "print(1)\n"}, {"name": "b c.md", "text": "```\ncode\n```"}
    assert whole_text(question("Compare.", *files)) == (
        "File a.py:\n```\nprint(1)\n```\n\nFile b c.md:\n````\n```\ncode\n```\n````\n\nCompare."
    )
    assert whole_text(question("Alone.")) == "Alone."


@given(TEXTS)
def test_no_file_can_end_its_block(text: str) -> None:
    """Only the last line of the block is as long a fence as its first."""
    block = whole_text(question("W", {"name": "f", "text": text})).removesuffix("\n\nW")
    head, fence, *lines, last = block.split("\n")
    assert (head, last) == ("File f:", fence)
    assert not any(fence in line for line in lines)
    assert "\n".join(lines) == text.rstrip("\n")


@pytest.mark.django_db(transaction=True)
async def test_the_model_reads_the_files_with_the_question(engine: Engine) -> None:
    engine("echo")
    turn = await ask(Owner(visitor=uuid4()), "Which word?", files=[{"name": "a.txt", "text": "needle"}])
    answer = await ended(turn)
    assert "needle" in answer["text"] and "Which word?" in answer["text"]
    saved = await Message.objects.aget(pk=turn.messages[0].pk)
    assert (saved.text, saved.files) == ("Which word?", [{"name": "a.txt", "text": "needle"}])
