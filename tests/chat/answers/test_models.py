"""The model of a conversation: it answers, it is named, and its withdrawal fails only its own conversations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from chat.accounts.owners import Owner
from chat.conversations import pages, turns
from chat.database import in_database
from chat.models import Conversation, Message
from inference.serving import service
from tests.chat.answers.asking import ask, ended, row, until
from tests.chat.conftest import Engine
from tests.chat.models import DEMO_NAME, OTHER, OTHER_CONTEXT, OTHER_NAME, two_models

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def models(engine: Engine, tmp_path: Path, small_model: Callable[..., Path]) -> Path:
    """The folder of the served models: the demo model, and another one."""
    engine(**two_models(tmp_path / "models", small_model))
    return tmp_path / "models"


def models_of(message: dict[str, list[dict[str, str]]]) -> list[str]:
    return [run["model"] for run in message["runs"]]


async def test_versions_of_an_answer_name_the_models_that_gave_them(models: Path, owner: Owner) -> None:
    turn = await ask(owner, settings={"model": OTHER})
    first = await ended(turn)
    assert models_of(first) == [OTHER_NAME]
    assert first["runs"][0]["context_size"] == OTHER_CONTEXT
    assert (await in_database(pages.context, turn.conversation))["size"] == OTHER_CONTEXT
    await Conversation.objects.filter(pk=turn.conversation.pk).aupdate(model=None)
    again = await turns.begin(partial(turns.regenerate, owner, turn.messages[0].pk))
    assert models_of(await ended(again)) == [DEMO_NAME]
    assert [run["model"] for run in (await row(first["id"])).runs] == [OTHER_NAME]


async def test_a_withdrawn_model_fails_its_conversations_until_another_is_chosen(models: Path, owner: Owner) -> None:
    turn = await ask(owner, settings={"model": OTHER})
    answer = await ended(turn)
    (models / f"{OTHER}.gguf").unlink()
    service.reconfigure()

    async def withdrawn() -> bool:
        return len(service.served_models()) == 1

    await until(withdrawn)
    failed = await ended(await ask(owner, after=await row(answer["id"])))
    assert (failed["status"], failed["error"]["code"]) == (Message.Status.FAILED, "model_not_found")
    assert failed["error"]["detail"].startswith("The model other is not offered any more. Choose another one")
    assert (await in_database(pages.context, await Conversation.objects.aget()))["size"] == 2048
    await Conversation.objects.filter(pk=turn.conversation.pk).aupdate(model=None)
    retried = await turns.begin(partial(turns.continue_, owner, failed["id"]))
    assert models_of(await ended(retried)) == [DEMO_NAME]
