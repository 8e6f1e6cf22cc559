"""The only reader of the environment: every variable with its type, default and help, in one table.

The README shows this table, and a test holds the two together. `env("NAME")` gives a variable's value.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from inference.serving.parameters import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_SYSTEM_PROMPT,
    DEFAULT_TEMPERATURE,
    DEFAULT_TOP_P,
    MAX_PROMPT_CHARS,
    MAX_TEMPERATURE,
    MIN_CONTEXT_SIZE,
    MIN_TOP_P,
)

BASE_DIR = Path(__file__).resolve().parent.parent

_environ = environ.Env()


def _path(value: str) -> Path:
    return BASE_DIR / value  # an absolute one stays as it is


def _url(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("expected a URL that begins with https:// or http://")
    return value.rstrip("/")


def _words(value: str) -> tuple[str, ...]:
    return tuple(shlex.split(value))


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _networks(value: str) -> list[str]:
    if value == "none":
        return []
    for name in _names(value):
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            raise ValueError(f"expected addresses and networks, as in 127.0.0.1,172.16.0.0/12: {error}") from error
    return _names(value)


def _flag(value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        raise ValueError("expected true or false")
    return value.lower() in ("true", "1", "yes", "on")


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    def parse(value: str) -> int:
        with suppress(ValueError):
            if least <= (number := int(value)) and (most is None or number <= most):
                return number
        raise ValueError(f"expected a whole number, {least} or more{f', at most {most}' if most else ''}")

    return parse


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        with suppress(ValueError):
            if least <= (number := float(value)) <= most:
                return number
        raise ValueError(f"expected a number from {least:g} to {most:g}")

    return parse


def _seconds(value: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(value)) < float("inf"):
            return number
    raise ValueError("expected a number of seconds above 0")


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.split(";") if line.strip())


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, or nothing")
        return value

    return parse


def _optional(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda value: parse(value) if value else None


@dataclass(frozen=True, slots=True)
class Variable:
    """`default` as it would be written in the environment."""

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("MODEL_PATH", _path, "models/demo-bitnet.gguf", "The GGUF file to serve."),
        Variable(
            "MODELS_DIR",
            _path,
            "models",
            "Folder of the models that `/model_info` lists and `manage.py fetch_model` fetches into.",
        ),
        Variable(
            "MODEL_REPO",
            str,
            "microsoft/bitnet-b1.58-2B-4T-gguf",
            "Repository that `manage.py fetch_model` fetches from.",
        ),
        Variable("MODEL_FILE", str, "ggml-model-i2_s.gguf", "The GGUF file of that repository."),
        Variable(
            "FETCH_MODEL",
            _flag,
            "false",
            "Fetch that file at the start, if `MODEL_PATH` is its place and it is not there.",
        ),
        Variable("HF_ENDPOINT", _url, "https://huggingface.co", "The hub that models come from, or a mirror of it."),
        Variable("MAX_THREADS", _whole(1), "4", "Most threads for one answer; fitted to the cores that there are."),
        Variable("MODEL_INSTANCES", _whole(1), "1", "Answers generated at once; the others wait in a fair queue."),
        Variable("STANDBY_INSTANCES", _whole(0), "1", "Processes kept ready ahead for new conversations."),
        Variable(
            "RESIDENT_INSTANCES",
            _optional(_whole(0)),
            "",
            "Idle processes that hold a conversation each. Empty: by free memory, at most 8.",
        ),
        Variable("RESIDENT_IDLE", _seconds, "1800", "Seconds after which an idle conversation gives up its process."),
        Variable("CONTEXT_SIZE", _whole(MIN_CONTEXT_SIZE), "2048", "Tokens of context where a request does not say."),
        Variable("DEFAULT_SYSTEM_PROMPT", str, DEFAULT_SYSTEM_PROMPT, "System prompt where a request does not say."),
        Variable(
            "DEFAULT_TEMPERATURE",
            _number(0, MAX_TEMPERATURE),
            str(DEFAULT_TEMPERATURE),
            "Temperature where a request does not say.",
        ),
        Variable("DEFAULT_TOP_P", _number(MIN_TOP_P, 1), str(DEFAULT_TOP_P), "top_p where a request does not say."),
        Variable(
            "DEFAULT_MAX_TOKENS",
            _whole(1),
            str(DEFAULT_MAX_TOKENS),
            "Tokens of an answer where a request does not say.",
        ),
        Variable(
            "MAX_ANSWER_TOKENS",
            _optional(_whole(1)),
            "",
            "Most tokens of one answer. Empty: as many as the context has.",
        ),
        Variable(
            "MAX_PROMPT_CHARS",
            _whole(1, MAX_PROMPT_CHARS),
            str(MAX_PROMPT_CHARS),
            "Most characters of a prompt or message.",
        ),
        Variable("CHAT_TEMPLATE", str, "", "A Jinja chat template to use instead of the one in the model file."),
        Variable("LLAMA_CLI", _path, ".engine/bin/llama-cli", "The llama-cli binary."),
        Variable("LLAMA_ARGS", _words, "", "Arguments added to every llama-cli launch, split as a shell splits words."),
        Variable("MAX_QUEUE", _whole(0), "64", "Requests that may wait; more are refused with 503."),
        Variable("QUEUE_TIMEOUT", _seconds, "120", "Seconds that a request may wait for a place."),
        Variable(
            "MAX_REQUESTS_PER_CALLER",
            _optional(_whole(1)),
            "",
            "Requests of one caller that may wait or run at once; more are refused with 429. Empty: no limit.",
        ),
        Variable("LAUNCH_TIMEOUT", _seconds, "120", "Seconds that llama-cli may take to be ready."),
        Variable("FIRST_TOKEN_TIMEOUT", _seconds, "300", "Seconds from a question to the first token of its answer."),
        Variable("TOKEN_TIMEOUT", _seconds, "60", "Seconds from one token to the next."),
        Variable("DRAIN_TIMEOUT", _seconds, "30", "Seconds that running answers get to finish at shutdown."),
        Variable(
            "KEEP_API_TEXTS",
            _flag,
            "false",
            "Keep prompts and answers of the API in the history; else only their sizes.",
        ),
        Variable("KEEP_CHAT_TEXTS", _flag, "false", "The same for the chat page, which keeps its chats in any case."),
        Variable("HISTORY_DAYS", _whole(1), "30", "Days after which history is deleted."),
        Variable(
            "METRICS_TOKEN", str, "", "Bearer token that opens `/metrics` to other machines; this one needs none."
        ),
        Variable(
            "LOG_FORMAT",
            _one_of("", "json", "line"),
            "",
            "`json`: one object a line; `line`: for people. Empty: `line` in a terminal, else `json`.",
        ),
        Variable("PAGE_NAME", str, "BitNet", "What the chat page calls this server."),
        Variable("PAGE_NOTE", str, "", "A line under the composer of the chat page."),
        Variable(
            "EXAMPLE_QUESTIONS",
            _lines,
            "",
            "Questions that an empty chat offers, at most four; a semicolon between two.",
        ),
        Variable("DATA_DIR", _path, "data", "Folder of the database, the secret key and the prompt caches."),
        Variable("DATABASE_URL", str, "", "Another database than SQLite in `DATA_DIR`, as a URL."),
        Variable("SECRET_KEY", str, "", "Django's signing key. Empty: made once and kept in `DATA_DIR`."),
        Variable("ALLOWED_HOSTS", _names, "localhost,127.0.0.1,[::1]", "Host names to answer to; `*` for any."),
        Variable("REQUIRE_LOGIN", _flag, "false", "Only signed-in users may chat and use the API."),
        Variable("REQUIRE_API_KEY", _flag, "false", "The API answers only to requests with an API key."),
        Variable(
            "RATE_LIMIT",
            _optional(_whole(1)),
            "",
            "Requests to `/generate` a minute of one user or address. Empty: any number.",
        ),
        Variable("SIGN_UP", _flag, "true", "Visitors may make an account. Else: `manage.py createsuperuser`."),
        Variable("HTTPS", _flag, "false", "A proxy speaks https to browsers: redirect to it, HSTS, secure cookies."),
        Variable(
            "TRUSTED_PROXIES",
            _networks,
            "127.0.0.1,::1",
            "Addresses and networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; `none` for none.",
        ),
        Variable(
            "DJANGO_SUPERUSER_USERNAME", str, "", "The first administrator, made at the start where there is none."
        ),
        Variable("DJANGO_SUPERUSER_PASSWORD", str, "", "The first administrator's password."),
        Variable("DJANGO_SUPERUSER_EMAIL", str, "", "The first administrator's address, if they want one kept."),
        Variable("DEBUG", _flag, "false", "Django's debug pages. Never on a server that others can reach."),
    )
}


def env(name: str) -> Any:
    """The value of a variable of the table. Raises ImproperlyConfigured with what was wrong and what was expected."""
    variable = VARIABLES[name]
    value = _environ.str(name, default="") or variable.default
    try:
        return variable.parse(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r}: {error}. {variable.help}") from error
