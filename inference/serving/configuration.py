"""What is in force: the operator's settings over the environment's values, known without a query.

`current()` is read at every request. It changes as soon as the settings are saved in this process, and within WATCH
seconds where another one saved them (`manage.py shell`, say). Before the first `refresh`, and where the database cannot
be read, it is what the environment says, or what was read last.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from bitnetsite.env import env
from inference.models import InferenceSettings
from inference.provisioning.model_files import model_path

from .signals import configuration_changed

log = logging.getLogger(__name__)

WATCH: Final = 2.0  # seconds between looks at what other processes may have saved
LONGEST_WATCH: Final = 30.0  # seconds, while the database does not answer
MOST_EXAMPLES: Final = 4
LONGEST_TOLD: Final = 60  # characters of a value in the log

# The environment's variable under each field of the settings.
VARIABLES: Final = {
    "system_prompt": "DEFAULT_SYSTEM_PROMPT",
    "temperature": "DEFAULT_TEMPERATURE",
    "top_p": "DEFAULT_TOP_P",
    "max_tokens": "DEFAULT_MAX_TOKENS",
    "max_answer_tokens": "MAX_ANSWER_TOKENS",
    "max_prompt_chars": "MAX_PROMPT_CHARS",
    "max_queue": "MAX_QUEUE",
    "queue_timeout": "QUEUE_TIMEOUT",
    "max_requests_per_caller": "MAX_REQUESTS_PER_CALLER",
    "model": "MODEL_PATH",
    "max_threads": "MAX_THREADS",
    "model_instances": "MODEL_INSTANCES",
    "context_size": "CONTEXT_SIZE",
    "keep_api_texts": "KEEP_API_TEXTS",
    "keep_chat_texts": "KEEP_CHAT_TEXTS",
    "history_days": "HISTORY_DAYS",
    "sign_up": "SIGN_UP",
    "page_name": "PAGE_NAME",
    "page_note": "PAGE_NOTE",
    "example_questions": "EXAMPLE_QUESTIONS",
}


class Origin(StrEnum):
    """Where a value comes from."""

    SETTINGS = "settings"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every value that an operator can change while the server runs. None means no limit.

    `max_tokens` is the default length of an answer, `max_answer_tokens` the most that a request may ask for.
    `queue_timeout` is in seconds. `max_requests_per_caller` counts queued and running requests.
    """

    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    max_answer_tokens: int | None
    max_prompt_chars: int
    max_queue: int
    queue_timeout: float
    max_requests_per_caller: int | None
    model: Path
    max_threads: int
    model_instances: int
    context_size: int
    keep_api_texts: bool
    keep_chat_texts: bool
    history_days: int
    sign_up: bool
    page_name: str
    page_note: str
    example_questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of the last look. `problems`: by field, why the row's value is not in force."""

    configuration: Configuration
    origins: dict[str, Origin]
    problems: dict[str, str]


_read: _Read | None = None
_reading = threading.Lock()
_unreadable = False  # as told in the log


def current() -> Configuration:
    """What is in force. From any thread, without a query."""
    return (_read or _environment()).configuration


def origins() -> dict[str, Origin]:
    """By field, where its value comes from."""
    return dict((_read or _environment()).origins)


def problems() -> dict[str, str]:
    """By field, why what the settings say is not in force: values that another way than the admin put there."""
    return dict((_read or _environment()).problems)


def environment_defaults() -> Configuration:
    """What the environment says: in force where the settings are empty."""
    return _environment().configuration


def environment_origins() -> dict[str, Origin]:
    """By field, whether `environment_defaults` is what the environment says, or what it says by default."""
    return _environment().origins


def refresh() -> Configuration:
    """Read the settings, and tell `configuration_changed` if they changed. For threads; raises DatabaseError."""
    global _read
    with _reading:
        before = current()
        read = _overlaid(InferenceSettings.objects.first())
        if _read is None or read.problems != _read.problems:
            for name, problem in read.problems.items():
                log.warning("The setting %s is not in force, but %s: %s", name, VARIABLES[name], problem)
        _read = read
    after = read.configuration
    if after != before:
        configuration_changed.send_robust(Configuration, before=before, after=after)
    return after


def forget() -> None:
    """As before the first `refresh`."""
    global _read
    _read = None


async def load(*, tell: bool = True) -> bool:
    """Read the settings beside the event loop; whether they could be. Else the environment's values are in force.

    `tell`: say so in the log.
    """
    return await asyncio.to_thread(_look, close=True, tell=tell)


async def watch() -> None:
    """See what other processes saved, until cancelled."""
    executor = ThreadPoolExecutor(1, "configuration")
    loop = asyncio.get_running_loop()
    wait = WATCH
    try:
        while True:
            await asyncio.sleep(wait)
            wait = WATCH if await loop.run_in_executor(executor, _look) else min(wait * 2, LONGEST_WATCH)
    finally:
        executor.submit(lambda: connection.close())  # that of the thread, which is another one here
        executor.shutdown(wait=False)


def changes(before: Configuration, after: Configuration) -> list[str]:
    """What differs, for people: `temperature 0.7 → 0.2`."""
    return [
        f"{field.name} {_told(getattr(before, field.name))} → {_told(getattr(after, field.name))}"
        for field in fields(Configuration)
        if getattr(before, field.name) != getattr(after, field.name)
    ]


def _look(close: bool = False, tell: bool = True) -> bool:
    """Whether the settings could be read."""
    global _unreadable
    try:
        refresh()
    except Exception as error:  # whatever it is, the server goes on with what it knows
        if tell and not _unreadable:
            log.warning("The settings cannot be read, so that those known last are in force: %s", error)
        _unreadable = True
        connection.close()  # the next look makes a new one
        return False
    _unreadable = False
    if close:
        connection.close()
    return True


def _environment() -> _Read:
    return _overlaid(None)


def _overlaid(row: InferenceSettings | None) -> _Read:
    """The row, where it has a valid value, over the environment."""
    values: dict[str, Any] = {name: env(variable) for name, variable in VARIABLES.items()}
    values["sign_up"] = settings.SIGN_UP
    values["example_questions"] = values["example_questions"][:MOST_EXAMPLES]
    origin = {
        name: Origin.ENVIRONMENT if os.environ.get(variable) else Origin.DEFAULT for name, variable in VARIABLES.items()
    }
    problems = _problems(row) if row else {}
    for name in VARIABLES:
        value = getattr(row, name, None)
        if value in (None, "") or name in problems:
            continue
        origin[name] = Origin.SETTINGS
        if name == "model":
            value = model_path(env("MODELS_DIR"), value)
        elif name == "example_questions":
            value = tuple(line.strip() for line in value.splitlines() if line.strip())[:MOST_EXAMPLES]
        values[name] = value
    return _Read(Configuration(**values), origin, problems)


def _problems(row: InferenceSettings) -> dict[str, str]:
    """By field, what is wrong with its value."""
    told = {
        field.name: "It is not a number."
        for field in fields(Configuration)
        if isinstance(value := getattr(row, field.name), float) and not math.isfinite(value)
    }
    try:
        row.clean_fields()
    except ValidationError as error:
        told |= {name: " ".join(messages) for name, messages in error.message_dict.items()}
    return told


def _told(value: Any) -> str:
    text = value.name if isinstance(value, Path) else repr(value)
    return text if len(text) <= LONGEST_TOLD else f"{text[: LONGEST_TOLD - 1]}…"


def refresh_after_commit(**kwargs: Any) -> None:
    """Bring saved settings in force. Receives the model's `post_save` and `post_delete`."""
    transaction.on_commit(refresh, robust=True)
