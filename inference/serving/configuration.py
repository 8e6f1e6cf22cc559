"""The settings in force: the operator's settings over the environment's values, available without a query.

`current()` is read by every request. It changes as soon as the settings are saved in this process, and within
WATCH_INTERVAL seconds if another process saved them (for example `manage.py shell`). Before the first `refresh`, it has
the environment's values; while the database is unavailable, those that were read last.
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
from inference.provisioning.models.model_files import model_path

from .signals import configuration_changed

log = logging.getLogger(__name__)

WATCH_INTERVAL: Final = 2.0  # seconds between two reads, to see what other processes saved
MAX_WATCH_INTERVAL: Final = 30.0  # seconds, while the database is unavailable
MAX_EXAMPLES: Final = 4
MAX_LOGGED_CHARS: Final = 60  # of a value

# The environment variable with the default of each field.
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
    "offered_models": "OFFERED_MODELS",
    "max_models": "MAX_MODELS",
    "max_threads": "MAX_THREADS",
    "model_instances": "MODEL_INSTANCES",
    "context_size": "CONTEXT_SIZE",
    "keep_api_texts": "KEEP_API_TEXTS",
    "keep_chat_texts": "KEEP_CHAT_TEXTS",
    "history_days": "HISTORY_DAYS",
    "sign_up": "SIGN_UP",
    "public_share_links": "PUBLIC_SHARE_LINKS",
    "page_name": "PAGE_NAME",
    "page_note": "PAGE_NOTE",
    "example_questions": "EXAMPLE_QUESTIONS",
}


class Origin(StrEnum):
    """The source of a value."""

    SETTINGS = "settings"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every value that an operator can change while the server runs. None means no limit.

    `max_tokens` is the default length of an answer, `max_answer_tokens` the most that a request may ask for.
    `model` is the default model, `offered_models` are ids, with none for all of the models folder, and `max_models` are
    loaded at once. `queue_timeout` is in seconds. `max_requests_per_caller` counts queued and running requests.
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
    offered_models: tuple[str, ...]
    max_models: int | None
    max_threads: int
    model_instances: int
    context_size: int
    keep_api_texts: bool
    keep_chat_texts: bool
    history_days: int
    sign_up: bool
    public_share_links: bool
    page_name: str
    page_note: str
    example_questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The settings as they were read. `problems`: by field, why the row's value is invalid and not in force."""

    configuration: Configuration
    origins: dict[str, Origin]
    problems: dict[str, str]


_snapshot: _Snapshot | None = None
_refreshing = threading.Lock()
_unreadable = False  # so that the failure is logged once


def current() -> Configuration:
    """Return the settings in force. Thread-safe, without a query."""
    return (_snapshot or _environment()).configuration


def origins() -> dict[str, Origin]:
    """Return the source of each field's value."""
    return dict((_snapshot or _environment()).origins)


def problems() -> dict[str, str]:
    """Return, by field, why a stored value is not in force: it is invalid, and was not stored through the admin."""
    return dict((_snapshot or _environment()).problems)


def environment_defaults() -> Configuration:
    """Return the environment's values, which are in force for empty fields."""
    return _environment().configuration


def environment_origins() -> dict[str, Origin]:
    """Return, for each field of `environment_defaults`, whether a variable is set or its default applies."""
    return _environment().origins


def refresh() -> Configuration:
    """Read the settings and send `configuration_changed` if they changed. Blocking; raise DatabaseError."""
    global _snapshot
    with _refreshing:
        before = current()
        snapshot = _overlaid(InferenceSettings.objects.first())
        if _snapshot is None or snapshot.problems != _snapshot.problems:
            for name, problem in snapshot.problems.items():
                log.warning("The setting %s is invalid, so that %s is in force: %s", name, VARIABLES[name], problem)
        _snapshot = snapshot
    after = snapshot.configuration
    if after != before:
        configuration_changed.send_robust(Configuration, before=before, after=after)
    return after


def forget() -> None:
    """Return to the state before the first `refresh`."""
    global _snapshot
    _snapshot = None


async def load(*, log_failure: bool = True) -> bool:
    """Read the settings in a thread. Return whether that succeeded; otherwise the environment's values are in force."""
    return await asyncio.to_thread(try_refresh, close=True, log_failure=log_failure)


async def watch(interval: float = WATCH_INTERVAL) -> None:
    """Read the settings every `interval` seconds, until cancelled, to see what other processes saved."""
    executor = ThreadPoolExecutor(1, "configuration")
    loop = asyncio.get_running_loop()
    wait = interval
    try:
        while True:
            await asyncio.sleep(wait)
            refreshed = await loop.run_in_executor(executor, try_refresh)
            wait = interval if refreshed else min(wait * 2, MAX_WATCH_INTERVAL)
    finally:
        executor.submit(lambda: connection.close())  # the connection of the executor's thread
        executor.shutdown(wait=False)


def changes(before: Configuration, after: Configuration) -> list[str]:
    """Return the differences, as in `temperature 0.7 → 0.2`."""
    return [
        f"{field.name} {_format(getattr(before, field.name))} → {_format(getattr(after, field.name))}"
        for field in fields(Configuration)
        if getattr(before, field.name) != getattr(after, field.name)
    ]


def try_refresh(close: bool = False, log_failure: bool = True) -> bool:
    """Read the settings. Return whether that succeeded. `close`: close the thread's connection afterwards."""
    global _unreadable
    try:
        refresh()
    except Exception as error:  # after any error, the last known settings stay in force
        if log_failure and not _unreadable:
            log.warning("The settings cannot be read; those that were read last stay in force: %s", error)
        _unreadable = True
        connection.close()  # the next attempt opens a new one
        return False
    _unreadable = False
    if close:
        connection.close()
    return True


def _environment() -> _Snapshot:
    return _overlaid(None)


def _overlaid(row: InferenceSettings | None) -> _Snapshot:
    """Combine the valid values of the row with the environment's values."""
    values: dict[str, Any] = {name: env(variable) for name, variable in VARIABLES.items()}
    values["sign_up"] = settings.SIGN_UP
    values["public_share_links"] = settings.PUBLIC_SHARE_LINKS
    values["example_questions"] = values["example_questions"][:MAX_EXAMPLES]
    sources = {
        name: Origin.ENVIRONMENT if os.environ.get(variable) else Origin.DEFAULT for name, variable in VARIABLES.items()
    }
    problems = _problems(row) if row else {}
    for name in VARIABLES:
        value = getattr(row, name, None)
        if value in (None, "") or name in problems:
            continue
        sources[name] = Origin.SETTINGS
        if name == "model":
            value = model_path(env("MODELS_DIR"), value, elsewhere=bool(env("ENGINE_URL")))
        elif name == "example_questions":
            value = _lines(value)[:MAX_EXAMPLES]
        elif name == "offered_models":
            value = _lines(value)
        values[name] = value
    return _Snapshot(Configuration(**values), sources, problems)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _problems(row: InferenceSettings) -> dict[str, str]:
    """Return, by field, why its value is invalid."""
    found = {
        field.name: "Enter a number."
        for field in fields(Configuration)
        if isinstance(value := getattr(row, field.name), float) and not math.isfinite(value)
    }
    try:
        row.clean_fields()
    except ValidationError as error:
        found |= {name: " ".join(messages) for name, messages in error.message_dict.items()}
    return found


def _format(value: Any) -> str:
    text = value.name if isinstance(value, Path) else repr(value)
    return text if len(text) <= MAX_LOGGED_CHARS else f"{text[: MAX_LOGGED_CHARS - 1]}…"


def refresh_after_commit(**kwargs: Any) -> None:
    """Put saved settings into force. Receives the model's `post_save` and `post_delete`."""
    transaction.on_commit(refresh, robust=True)
