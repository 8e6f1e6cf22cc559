"""All turns of a conversation have one affinity."""

from __future__ import annotations

import pytest

from inference.engine.remote.answer import affinity
from inference.engine.types import GenerationRequest, Message

TURNS = (Message("user", "One?"), Message("assistant", "One."), Message("user", "Two?"))


@pytest.mark.parametrize("system", [(), (Message("system", "Be brief."),)], ids=["without", "with"])
def test_later_turns_have_the_affinity_of_the_first(system: tuple[Message, ...]) -> None:
    first = affinity(GenerationRequest(system + TURNS[:1], caller="A"))
    assert affinity(GenerationRequest(system + TURNS, caller="A")) == first
    assert affinity(GenerationRequest(system + TURNS, caller="B")) != first
    assert affinity(GenerationRequest(system + TURNS[2:], caller="A")) != first


def test_prompts_have_affinities_of_their_own() -> None:
    assert affinity(GenerationRequest(prompt="One")) != affinity(GenerationRequest(prompt="Two"))
