"""Rows 2, 4, 5: how long a caller waits."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.server import Server

from .asking import QUESTIONS, Asked, ask, prompt, stream
from .bench import Bench, wait_until_idle
from .figures import Figure, Target, percentile, ratio

SHORT = 16  # tokens
HISTORY = 1000  # tokens


def first_token(bench: Bench) -> list[Figure]:
    """Each round has requests enough for percentiles of its own."""
    medians, tails = [], []
    with bench.server() as server, server.client() as client:
        for _ in bench.each_round():
            added = []
            for number in range(5 if bench.quick else 12):
                answer = stream(client, prompt(QUESTIONS[number % len(QUESTIONS)], 1))
                timings = answer.body["timings"]
                added.append((answer.first - timings["prompt"] - timings["first_token"]) * 1000)
                wait_until_idle(server)
            medians.append(percentile(added, 0.5))
            tails.append(percentile(added, 0.95))
    return [
        Figure("added to the engine's time, p50", medians, "ms", Target(15)),
        Figure("added to the engine's time, p95", tails, "ms", Target(40)),
    ]


def ten_requests(bench: Bench) -> list[Figure]:
    count = 4 if bench.quick else 10
    back_to_back, apart, warm = [], [], []
    with bench.server() as server, server.client() as client:
        for _ in bench.each_round(3):
            # What the engine needs for them where nothing has to be launched.
            engine = []
            for number in range(3):
                engine.append(ask(client, prompt(QUESTIONS[number], SHORT)).engine)
                wait_until_idle(server)
            warm.append(sum(engine) / len(engine))
            begun = time.perf_counter()
            for number in range(count):
                ask(client, prompt(QUESTIONS[number % len(QUESTIONS)], SHORT))
            back_to_back.append((time.perf_counter() - begun) / count)
            wait_until_idle(server)
            spent = 0.0
            for number in range(count):
                spent += ask(client, prompt(QUESTIONS[number % len(QUESTIONS)], SHORT)).seconds
                time.sleep(1)  # what is measured
            apart.append(spent / count)
            wait_until_idle(server)
    return [
        ratio("back to back ÷ the engine's time", back_to_back, warm, Target(1.6)),
        ratio("1 s apart ÷ the engine's time", apart, warm, Target(1.05)),
        Figure("the engine's time of one", warm, "s"),
    ]


def follow_up(bench: Bench) -> list[Figure]:
    """Continue one conversation; another caller, from another address, sends the same transcript."""
    held, replayed, reused = [], [], []
    with bench.server() as server, server.client() as client, _other_caller(server) as other:
        client.timeout = other.timeout = 300
        turns = [{"role": "user", "content": _words(client, 200 if bench.quick else HISTORY)}]
        body = {"messages": turns, "max_tokens": 4, "details": True}
        answer = stream(client, body)
        for _ in bench.each_round():
            wait_until_idle(server)
            turns += [{"role": "assistant", "content": answer.text}, {"role": "user", "content": "And then?"}]
            answer = stream(client, body)
            held.append(answer.first)
            reused.append(float(answer.body["reused_tokens"]))
            wait_until_idle(server)
            replayed.append(_replay(other, body).first)
    return [
        ratio("first token, held ÷ replayed", held, replayed, Target(0.05)),
        Figure("first token, held", held, "s"),
        Figure("first token, replayed", replayed, "s"),
        Figure("tokens held", reused),
    ]


def _replay(other: httpx.Client, body: dict[str, Any]) -> Asked:
    answer = stream(other, body)
    assert answer.body["reused_tokens"] < HISTORY // 4, answer.body
    return answer


def _other_caller(server: Server) -> httpx.Client:
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    return httpx.Client(base_url=server.url, transport=transport)


def _words(client: httpx.Client, tokens: int) -> str:
    """Return a text of about so many tokens."""
    counts = [client.post("/tokenize", json={"prompt": "word " * n}).json()["prompt_tokens"] for n in (20, 40)]
    return ("word " * (tokens * 20 // (counts[1] - counts[0]))).strip()
