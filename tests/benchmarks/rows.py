"""All rows: what is measured, how, and by which function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import load, speed, starting, together, waiting
from .bench import Bench


@dataclass(frozen=True)
class Row:
    """`measure` returns the figures, or figures and a table. `about`: how it is measured, for readers."""

    title: str
    measure: Callable[[Bench], Any]
    about: str


ROWS = {
    1: Row(
        "Decode speed of one answer",
        speed.decode,
        "48 tokens through `/generate`, as server-sent events and over the chat page's websocket, as each client "
        "sees them, against llama-cli alone with the same arguments, whose output is timed in the same way.",
    ),
    2: Row(
        "Time to first token with a standby",
        waiting.first_token,
        "From the request to the first event, less the time from the line that the process got to its first token: "
        "what the server adds. Percentiles of 12 requests in each round.",
    ),
    3: Row(
        "A short answer against a process per request",
        speed.process_per_request,
        "16 tokens with the default system prompt: the whole request, against the whole life of a llama-cli.",
    ),
    4: Row(
        "Ten short requests",
        waiting.ten_requests,
        "Ten answers of 16 tokens, against ten times what the engine needs for one with a standby that is ready: "
        "prompt and answer. What is above 1 are launches that nothing hides. Three rounds.",
    ),
    5: Row(
        "A follow-up after 1,000 tokens",
        waiting.follow_up,
        "Time to first token of the next question, in the process that holds the conversation, and in a new "
        "process that evaluates the same transcript for another caller.",
    ),
    6: Row(
        "Four clients at once",
        together.four_clients,
        "Unlike questions with one system prompt, 32 tokens each, from the first request to the last token, "
        "launches included, with `MODEL_INSTANCES=4`. By hand: a llama-cli per question, one thread and one "
        "process per core, with a prompt cache of the system prompt. llama-server has every slot's system prompt "
        "cached.",
    ),
    7: Row(
        "A lone caller of a server for four",
        speed.lone_caller,
        "48 tokens, while nobody else asks: free cores are lent.",
    ),
    8: Row(
        "Twice the load",
        load.overload,
        "Tokens of complete answers per second in half a minute: requests come as fast as one caller who waits for "
        "each answer gets them, and twice as fast, with a queue of four.",
    ),
    9: Row(
        "500 idle sockets",
        load.idle_sockets,
        "The longest of a hundred intervals between tokens, with and without 500 open chat pages; and what each of "
        "them adds to the server's memory.",
    ),
    10: Row(
        "The server's own processor time",
        load.processor_time,
        "Of the worker and its template process, without llama-cli: requests for one token, each of which launches "
        "a process; and long streamed answers, with a program in llama-cli's place that computes nothing.",
    ),
    11: Row(
        "`make run`",
        starting.make_run,
        "Until `/health` reports `ok`. The first: a fresh clone with nothing built; packages and sources were "
        "downloaded before. One round.",
    ),
    12: Row(
        "More clients",
        together.clients,
        "16 tokens each, all at once, `MODEL_INSTANCES=4`. One round.",
    ),
    13: Row(
        "Longer histories",
        speed.histories,
        "Time to first token where a new process evaluates the history, and of the next question, whose process "
        "holds it; and the speed of its answer. One round.",
    ),
    14: Row(
        "Beside batching: llama-server",
        together.batching,
        "Not built, but measured for the next decision: llama-server of the same build with `-np 4` decodes its "
        "four slots in one batch. 16 tokens for each client, a system prompt of about 60 tokens. Cold: nobody has "
        "sent it before. ÷: llama-server's speed divided by the server's. One round.",
    ),
}
