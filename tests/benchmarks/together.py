"""Row 6 and growth by clients: many callers at once, beside the same programs without the server."""

from __future__ import annotations

import asyncio

from .asking import QUESTIONS, at_once, prompt, tokens_of
from .bench import Bench, wait_until_idle
from .by_hand import arranged, ask_llama_server, llama_server, rendered
from .figures import Figure, Target, percentile

SHORT = 16  # tokens


def four_clients(bench: Bench) -> list[Figure]:
    tokens = bench.tokens(32)
    pool, hand, slots = [], [], []
    with bench.server(MODEL_INSTANCES="4") as server, llama_server(bench) as other:
        asyncio.run(arranged(bench, unlike(1, "f"), 2))  # writes the prompt cache
        asyncio.run(ask_llama_server(other, [rendered(text) for text in unlike(4, "f")], 2))
        for number in bench.each_round():
            questions = unlike(4, f"{number}.")
            answers, seconds = asyncio.run(at_once(server.url, [prompt(text, tokens) for text in questions]))
            pool.append(tokens_of(answers) / seconds)
            wait_until_idle(server)
            hand.append(4 * tokens / asyncio.run(arranged(bench, questions, tokens)))
            count, seconds = asyncio.run(ask_llama_server(other, list(map(rendered, questions)), tokens))
            slots.append(count / seconds)
    best = [max(each) for each in zip(hand, slots, strict=True)]
    return [
        Figure(
            "the server ÷ the best",
            [one / other for one, other in zip(pool, best, strict=True)],
            "",
            Target(0.95, True),
        ),
        Figure("the server", pool, "tokens/s"),
        Figure("llama-cli, arranged by hand", hand, "tokens/s"),
        Figure("llama-server `-np 4`", slots, "tokens/s"),
    ]


def clients(bench: Bench) -> tuple[list[Figure], list[list[object]]]:
    table: list[list[object]] = [
        ["clients", "tokens/s together", "first token p50, s", "first token p95, s", "refused"]
    ]
    with bench.server(MODEL_INSTANCES="4", MAX_QUEUE="64") as server:
        for count in (1, 2, 4) if bench.quick else (1, 2, 4, 8, 16, 64):
            bench.say(f"{count} clients")
            bodies = [prompt(text, SHORT) for text in unlike(count, "g")]
            answers, seconds = asyncio.run(at_once(server.url, bodies))
            first = [answer.first for answer in answers if not answer.failed]
            refused = sum(bool(answer.failed) for answer in answers)
            speed = tokens_of([answer for answer in answers if not answer.failed]) / seconds
            table.append(
                [count, round(speed, 2), round(percentile(first, 0.5), 2), round(percentile(first, 0.95), 2), refused]
            )
            wait_until_idle(server)
    return [], table


def batching(bench: Bench) -> tuple[list[Figure], list[list[object]]]:
    """Cold: a system prompt that nobody has sent before. Warm: the same one, with other questions."""
    table: list[list[object]] = [["clients", "system prompt", "the server, tokens/s", "llama-server, tokens/s", "÷"]]
    with bench.server(MODEL_INSTANCES="4", STANDBY_INSTANCES="2") as server, llama_server(bench) as other:
        for count in (1, 4) if bench.quick else (1, 4, 16):
            for warm in (False, True):
                bench.say(f"{count} clients, {'warm' if warm else 'cold'}")
                system = f"{count} people ask. Be kind and brief, and say what you do not know."
                questions = unlike(count, "w" if warm else "c")
                bodies = [prompt(text, SHORT, system_prompt=system) for text in questions]
                answers, seconds = asyncio.run(at_once(server.url, bodies))
                pool = tokens_of(answers) / seconds
                wait_until_idle(server)
                tokens, seconds = asyncio.run(
                    ask_llama_server(other, [rendered(text, system) for text in questions], SHORT)
                )
                slots = tokens / seconds
                table.append(
                    [count, "warm" if warm else "cold", round(pool, 2), round(slots, 2), round(slots / pool, 2)]
                )
    return [], table


def unlike(count: int, name: str) -> list[str]:
    """Return questions that nobody has asked before, each beginning differently."""
    return [f"{name}{number} {QUESTIONS[number % len(QUESTIONS)]}" for number in range(count)]
