"""The thought of an answer: kept apart from its text, streamed, continued, and left out of what shows texts."""

from __future__ import annotations

from functools import partial

import pytest

from chat.accounts.owners import Owner
from chat.answers.growing_text import Piece, ThoughtPiece
from chat.conversations import pages, turns
from chat.database import in_database
from chat.models import Conversation, Message
from chat.transfer.export import markdown_pieces
from chat.transport.following import update_frame
from tests.chat.answers.asking import ask, ended, row, until
from tests.chat.conftest import Engine
from tests.thinking_templates import BITNET_THINKS

pytestmark = pytest.mark.django_db(transaction=True)

THOUGHT = "It-asks-for an-echo."


@pytest.fixture(autouse=True)
def thinks(engine: Engine) -> None:
    engine("'thinks=It-asks-for an-echo.'", "seconds-per-token=0.01", CHAT_TEMPLATE=BITNET_THINKS)


async def test_a_thought_is_saved_apart_from_the_text_with_its_receipt(owner: Owner) -> None:
    turn = await ask(owner, settings={"system_prompt": "", "max_tokens": 100})
    message = await ended(turn)
    assert (message["reasoning"], message["text"]) == (THOUGHT, "I heard: Why?")
    saved = await row(message["id"])
    assert "echo" not in saved.search_text
    (receipt,) = saved.runs
    assert 0 < receipt["reasoning_tokens"] < receipt["generated_tokens"]
    assert message["thinking_seconds"] == pytest.approx(receipt["thinking"], abs=0.001)
    assert receipt["thinking"] > 0
    used = receipt["prompt_tokens"] + receipt["generated_tokens"] - receipt["reasoning_tokens"]  # the template drops it
    assert (await in_database(pages.context, turn.conversation))["used_tokens"] == used
    assert turn.conversation.title == "Why?"
    conversation = turn.conversation
    markdown = await in_database(lambda: "".join(markdown_pieces(conversation)))
    assert "I heard" in markdown
    assert THOUGHT not in markdown


async def test_frames_have_the_thought_before_the_text(owner: Owner) -> None:
    turn = await ask(owner, settings={"system_prompt": "", "max_tokens": 100})
    assert turn.task
    await ended(turn)
    updates = [each async for each in turn.task.growing.follow(0) if isinstance(each, Piece)]
    assert [type(each) for each in updates] == [ThoughtPiece, Piece]
    thought, text = (update_frame("id", each) for each in updates)
    assert thought and text
    assert (thought["type"], thought["text"], thought["offset"]) == ("reasoning", THOUGHT, len(THOUGHT))
    assert thought["seconds"] > 0
    assert (text["type"], text["offset"]) == ("text", len(THOUGHT) + len("I heard: Why?"))


async def test_an_answer_that_is_cut_in_its_thought_goes_on_there(owner: Owner) -> None:
    cut = await ended(await ask(owner, settings={"system_prompt": "", "max_tokens": 4}))
    assert (cut["status"], cut["text"]) == (Message.Status.LENGTH, "")
    assert cut["reasoning"]
    assert THOUGHT.startswith(cut["reasoning"])
    await Conversation.objects.filter(pk=cut["conversation"]).aupdate(max_tokens=100)
    continued = await ended(await turns.begin(partial(turns.continue_, owner, (await row(cut["id"])).pk)))
    assert (continued["reasoning"], continued["text"]) == (THOUGHT, "I heard: Why?")
    assert len(continued["runs"]) == 2


async def test_a_thought_is_saved_while_it_is_thought_and_when_it_is_stopped(engine: Engine, owner: Owner) -> None:
    words = " ".join(f"w{number}" for number in range(500))
    engine(f"'thinks={words}'", "seconds-per-token=0.02", CHAT_TEMPLATE=BITNET_THINKS)
    turn = await ask(owner)
    assert turn.task

    async def has_thought() -> bool:
        return bool((await row(turn.messages[-1].pk)).reasoning)

    await until(has_thought)
    turn.task.stop()
    message = await ended(turn)
    assert (message["status"], message["text"]) == (Message.Status.STOPPED, "")
    assert words.startswith(message["reasoning"])
    assert message["thinking_seconds"] > 0


async def test_the_thought_of_an_earlier_answer_is_not_shown_to_the_model(owner: Owner) -> None:
    first = await ended(await ask(owner, "Apple?", settings={"system_prompt": "", "max_tokens": 100}))
    again = await ended(await ask(owner, "Pear?", after=await row(first["id"])))
    assert again["text"] == "I heard: Apple? | Pear?"
    forgotten = await ended(await ask(owner, "Plum?", after=await row(first["id"])))
    assert forgotten["runs"][0]["prompt_tokens"] == again["runs"][0]["prompt_tokens"]
