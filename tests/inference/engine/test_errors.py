"""Every error of the engine crosses a process boundary unchanged."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from inference.engine.errors import EngineBusy, EngineError, EngineUnavailable, LaunchError, PromptTooLong


def tree(kind: type[EngineError]) -> Iterator[type[EngineError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


KINDS = list(tree(EngineError))


def example(kind: type[EngineError]) -> EngineError:
    arguments: tuple[Any, ...] = ("What was wrong, and what to do.",)
    if issubclass(kind, PromptTooLong):
        arguments = (2004, 1024)
    elif issubclass(kind, EngineBusy):
        arguments = (*arguments, 2.5)
    return kind(*arguments)


def pickled(error: EngineError, protocol: int = pickle.DEFAULT_PROTOCOL) -> EngineError:
    return pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 – the test's own bytes


def assert_equal(restored: EngineError, error: EngineError) -> None:
    assert type(restored) is type(error)
    assert str(restored) == str(error)
    assert restored.args == error.args
    assert restored.code == error.code
    assert restored.__dict__ == error.__dict__


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling(kind: type[EngineError], protocol: int) -> None:
    error = example(kind)
    assert_equal(pickled(error, protocol), error)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_copying(kind: type[EngineError]) -> None:
    error = example(kind)
    assert_equal(copy.copy(error), error)


def test_notes_and_later_attributes_survive_too() -> None:
    error = PromptTooLong(2004, 1024)
    error.add_note("Seen in the second turn.")
    restored = pickled(error)
    assert isinstance(restored, PromptTooLong)
    assert (restored.prompt_tokens, restored.context_size) == (2004, 1024)
    assert restored.__notes__ == error.__notes__


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in KINDS if "code" in vars(kind)]  # others are seen as what they are derived from
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", [LaunchError, EngineUnavailable])
def test_errors_about_this_machine_have_another_message_for_callers(kind: type[EngineError]) -> None:
    error = kind("/srv/llama-cli cannot be started.")
    assert "/srv" not in error.public
    assert pickled(kind("/srv/llama-cli", "It is being loaded.")).public == "It is being loaded."


def test_other_errors_tell_callers_everything() -> None:
    assert PromptTooLong(2004, 1024).public == str(PromptTooLong(2004, 1024))
