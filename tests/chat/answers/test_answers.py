"""Answers, from a question to a saved answer, with a fake engine in this process."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.answers.growing_text import Ended, Piece
from chat.conversations import message_changes, turns
from chat.database import in_database
from chat.models import Conversation, Message
from inference.serving import service
from tests.chat.answers.asking import ask, ended, row, text_once, until
from tests.chat.conftest import Engine

pytestmark = pytest.mark.django_db(transaction=True)

Status = Message.Status


async def test_an_answer_is_saved_with_its_receipt(engine: Engine, owner: Owner) -> None:
    turn = await ask(owner, settings={"temperature": 0.5, "seed": 7, "max_tokens": 100})
    message = await ended(turn)
    saved = await row(message["id"])
    assert (saved.status, saved.text, saved.search_text) == (Status.COMPLETE, message["text"], saved.text.casefold())
    assert saved.text.endswith("| Why?")
    (receipt,) = saved.runs
    asked = ("finish_reason", "seed", "temperature", "max_tokens", "model")
    assert [receipt[name] for name in asked] == ["stop", 7, 0.5, 100, "BitNet Demo · TQ2_0"]
    assert receipt["prompt_tokens"] > 5 and receipt["generated_tokens"] > 3
    assert set(receipt["timings"]) == {"queue", "prompt", "first_token", "decode"}
    conversation = await Conversation.objects.aget(pk=turn.conversation.pk)
    assert conversation.updated_at > turn.conversation.updated_at
    assert not answer_registry.is_answering(conversation.pk)


async def test_the_model_sees_the_branch_only(engine: Engine, owner: Owner) -> None:
    first = await row((await ended(await ask(owner, "Apple?", settings={"system_prompt": "Be brief."})))["id"])
    await ended(await ask(owner, "Pear?", after=first))
    message = await ended(await ask(owner, "Plum?", after=first))
    assert message["text"].strip() == "I heard: Be brief. | Apple? | Plum?"


async def test_the_model_sees_an_edited_answer_and_no_process_that_holds_the_original(
    engine: Engine, owner: Owner
) -> None:
    engine("tokens=12")
    first = await row((await ended(await ask(owner, "Apple?")))["id"])
    warm = await ended(await ask(owner, "Pear?", after=first))
    assert warm["runs"][0]["reused_tokens"] > 0  # the process that holds the first turn
    edit = partial(message_changes.edit_answer, owner, first.conversation_id, first.pk, "One word.")
    await in_database(edit)
    edited = await Message.objects.aget(edited=True)
    message = await ended(await ask(owner, "Pear?", after=edited))
    run, original = message["runs"][0], warm["runs"][0]
    assert run["prompt_tokens"] == original["prompt_tokens"] - 12 + 2  # as long as the edited text
    assert run["reused_tokens"] <= run["prompt_tokens"] - 2 - len(["Pear?"])
    again = await ended(await ask(owner, "Plum?", after=await row(message["id"])))
    assert again["runs"][0]["reused_tokens"] > 0  # a process holds the edited conversation now


async def test_an_empty_system_prompt_is_left_out(engine: Engine, owner: Owner) -> None:
    message = await ended(await ask(owner, "Apple?", settings={"system_prompt": ""}))
    assert message["text"].strip() == "I heard: Apple?"


async def test_a_question_without_an_answer_is_left_out_of_later_transcripts(engine: Engine, owner: Owner) -> None:
    first = await ended(await ask(owner, "Apple?", settings={"system_prompt": ""}))
    await Message.objects.filter(pk=first["id"]).aupdate(text="", status=Status.FAILED)
    message = await ended(await ask(owner, "Pear?", after=await row(first["id"])))
    assert message["text"].strip() == "I heard: Pear?"


async def test_late_followers_receive_the_same_text_as_the_first(engine: Engine, owner: Owner) -> None:
    engine("tokens=30", "seconds-per-token=0.01")
    turn = await ask(owner)
    assert turn.task
    seen = await text_once(turn, 20)

    async def read(offset: int) -> str:
        assert turn.task
        updates = [each async for each in turn.task.growing.follow(offset)]
        return "".join(each.text for each in updates if isinstance(each, Piece))

    texts = await asyncio.gather(read(0), read(0), read(len(seen)))
    whole = (await ended(turn))["text"]
    assert whole.split() == [f"w{number}" for number in range(30)]
    assert texts == [whole, whole, whole[len(seen) :]]


async def test_a_growing_answer_is_saved_while_it_is_generated(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    turn = await ask(owner)
    assert turn.task
    answer = turn.task.answer_id

    async def has_text() -> bool:
        return bool((await row(answer)).text)

    await until(has_text)
    saved = await row(answer)
    assert saved.status == Status.GENERATING
    assert turn.task.growing.text.startswith(saved.text)
    turn.task.stop()
    await ended(turn)


async def test_a_stopped_answer_is_kept_and_frees_its_place(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    turn = await ask(owner)
    text = await text_once(turn, 5)
    begin = asyncio.get_running_loop().time()
    answer_registry.stop_in(turn.conversation.pk)
    message = await ended(turn)
    assert asyncio.get_running_loop().time() - begin < 5  # the promise is one second; allow for a busy machine
    assert (message["status"], message["text"].startswith(text)) == (Status.STOPPED, True)
    (receipt,) = message["runs"]
    assert (receipt["finish_reason"], receipt["seed"]) == ("cancelled", None)
    assert receipt["generated_tokens"] == len(message["text"].split())
    assert not any(process.role == "serving" for process in (await service.engine()).status().workers)


async def test_a_continued_answer_gets_a_second_receipt(engine: Engine, owner: Owner) -> None:
    engine("tokens=30")
    first = await ended(await ask(owner, settings={"max_tokens": 10}))
    assert first["status"] == Status.LENGTH
    assert first["text"].split() == [f"w{number}" for number in range(10)]
    turn = await turns.begin(partial(turns.continue_, owner, UUID(first["id"])))
    second = await ended(turn)
    assert second["text"].split() == [f"w{number}" for number in range(20)]
    assert second["text"].startswith(first["text"])
    assert [receipt["generated_tokens"] for receipt in second["runs"]] == [10, 10]


async def test_an_answer_of_an_erased_conversation_ends_without_a_row(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    turn = await ask(owner)
    assert turn.task
    await text_once(turn)
    await Conversation.objects.filter(pk=turn.conversation.pk).adelete()
    turn.task.stop()
    updates = [each async for each in turn.task.growing.follow(0)]
    assert updates[-1] == Ended(None)
    assert not answer_registry.is_answering(turn.conversation.pk)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60))
async def test_any_text_is_saved_unchanged(engine: Engine, owner: Owner, text: str) -> None:
    if text.strip():
        turn = await ask(owner, text)
        await ended(turn)
        assert (await row(turn.messages[0].pk)).text == text
