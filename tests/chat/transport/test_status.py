"""The server's status reaches open pages over the socket as soon as it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chat.database import in_database
from inference.models import InferenceSettings
from inference.serving import configuration, service
from tests.chat.conftest import Engine
from tests.chat.models import DEMO_NAME, OTHER, OTHER_NAME, two_models
from tests.chat.transport.sockets import page, question

pytestmark = pytest.mark.django_db(transaction=True)


def save(**values: str | float | None) -> None:
    InferenceSettings.objects.update_or_create(pk=1, defaults=values)


async def test_a_change_of_defaults_and_of_offered_models_reaches_pages_at_once(
    engine: Engine, tmp_path: Path, small_model: Callable[..., Path]
) -> None:
    engine(**two_models(tmp_path / "models", small_model))
    await in_database(configuration.refresh)
    await service.start()
    async with page() as (first, _), page() as (second, _):
        await in_database(save, model=f"{OTHER}.gguf", temperature=0.25)
        for socket in (first, second):
            while (frame := await socket.until("status"))["status"]["model"] != OTHER_NAME:
                pass
            assert [each["name"] for each in frame["status"]["models"]] == [OTHER_NAME, DEMO_NAME]
            assert frame["status"]["defaults"]["temperature"] == 0.25
            assert "user" not in frame["status"]
        await in_database(save, offered_models=OTHER)
        while len((await first.until("status"))["status"]["models"]) != 1:
            pass
        answered = await first.request("send", **question(settings={"model": OTHER}))
        assert answered["conversation"]["settings"]["model"] == OTHER
        assert (await first.until("finished"))["message"]["runs"][0]["model"] == OTHER_NAME
