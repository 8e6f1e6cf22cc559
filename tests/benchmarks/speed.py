"""Rows 1, 3, 7: the speed of one answer."""

from __future__ import annotations

import httpx

from tests.chat.page import Page

from .asking import QUESTIONS, ask, over_socket, prompt, stream, whole_speed
from .bench import Bench, wait_until_idle
from .by_hand import llama_cli
from .figures import Figure, Target, ratio


def decode(bench: Bench) -> list[Figure]:
    tokens = bench.tokens(48)
    speeds: dict[str, list[float]] = {"llama-cli": [], "generate": [], "events": [], "socket": []}
    with bench.server() as server, server.client() as client, Page(server) as page:
        client.timeout = 300
        for number in bench.each_round():
            text = QUESTIONS[number % len(QUESTIONS)]
            speeds["llama-cli"].append(llama_cli(bench, text, tokens).speed)
            speeds["generate"].append(whole_speed(ask(client, prompt(text, tokens))))
            wait_until_idle(server)
            speeds["events"].append(stream(client, prompt(text, tokens)).speed)
            wait_until_idle(server)
            with page.socket() as socket:  # one that nobody reads answers no pings
                speeds["socket"].append(over_socket(socket, text, tokens).speed)
            wait_until_idle(server)
    target, bare = Target(0.98, at_least=True), speeds["llama-cli"]
    return [
        ratio("`POST /generate` ÷ llama-cli", speeds["generate"], bare, target),
        ratio("server-sent events ÷ llama-cli", speeds["events"], bare, target),
        ratio("websocket ÷ llama-cli", speeds["socket"], bare, target),
        Figure("llama-cli", bare, "tokens/s"),
    ]


def process_per_request(bench: Bench) -> list[Figure]:
    warm, alone = [], []
    with bench.server() as server, server.client() as client:
        for number in bench.each_round():
            text = QUESTIONS[number % len(QUESTIONS)]
            alone.append(llama_cli(bench, text, 16).seconds)
            warm.append(ask(client, prompt(text, 16)).seconds)
            wait_until_idle(server)
    return [
        ratio("the server ÷ a process", warm, alone, Target(0.45)),
        Figure("the server", warm, "s"),
        Figure("a process per request", alone, "s"),
    ]


def lone_caller(bench: Bench) -> list[Figure]:
    tokens = bench.tokens(48)
    one: list[float] = []
    four: list[float] = []
    with (
        bench.server() as alone,
        bench.server(MODEL_INSTANCES="4") as shared,
        alone.client() as first,
        shared.client() as second,
    ):
        first.timeout = second.timeout = 300
        for number in bench.each_round():
            body = prompt(QUESTIONS[number % len(QUESTIONS)], tokens)
            for server, client, speeds in ((alone, first, one), (shared, second, four)):
                speeds.append(stream(client, body).speed)
                wait_until_idle(server)
    return [
        ratio("`MODEL_INSTANCES=4` ÷ 1", four, one, Target(0.9, at_least=True)),
        Figure("`MODEL_INSTANCES=4`", four, "tokens/s"),
        Figure("`MODEL_INSTANCES=1`", one, "tokens/s"),
    ]


def histories(bench: Bench) -> tuple[list[Figure], list[list[object]]]:
    """Grow one conversation after the other; return a row for each length."""
    table: list[list[object]] = [["history, tokens", "first token, evaluated, s", "first token, held, s", "tokens/s"]]
    lengths = (0, 250, 1000) if bench.quick else (0, 250, 500, 1000, 2000, 4000)
    with bench.server(CONTEXT_SIZE="4096", STANDBY_INSTANCES="1") as server, server.client() as client:
        client.timeout = 600
        of_a_word = tokens_of_a_word(client)
        for length in lengths:
            bench.say(f"a history of {length} tokens")
            turns = [{"role": "user", "content": ("word " * (length * 92 // 100 // of_a_word)).strip() or "Hi"}]
            body = {"messages": turns, "details": True, "max_tokens": 8}
            evaluated = stream(client, body)
            wait_until_idle(server)
            turns += [{"role": "assistant", "content": evaluated.text}, {"role": "user", "content": "And then?"}]
            held = stream(client, body | {"max_tokens": bench.tokens(32)})
            wait_until_idle(server)
            history = held.body["reused_tokens"]
            table.append([history, round(evaluated.first, 2), round(held.first, 2), round(held.speed, 2)])
    return [], table


def tokens_of_a_word(client: httpx.Client) -> int:
    """Return the tokens of "word " with this model."""
    few, more = (
        client.post("/tokenize", json={"prompt": "word " * words}).json()["prompt_tokens"] for words in (20, 40)
    )
    return max(1, round((more - few) / 20))
