"""Rows 8, 9, 10: overload, idle sockets, and the server's own processor time."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx
import psutil
from websockets.asyncio.client import connect

from tests.server import Server, write_fake_cli

from .asking import QUESTIONS, Asked, ask, prompt, stream, stream_at_once
from .bench import Bench, own_processes, wait_until_idle, worker
from .figures import Figure, Target, percentile, ratio

SHORT = 16  # tokens
SOCKETS = 500
PER_ADDRESS, PER_SESSION = 50, 20  # of the chat page's limits


def overload(bench: Bench) -> list[Figure]:
    """Requests come at a steady rate, whether or not the ones before are answered: first as many as the server can
    answer, then twice as many. Only answers that are complete count."""
    window = 12.0 if bench.quick else 30.0
    served: list[float] = []
    flooded: list[float] = []
    with bench.server(MAX_QUEUE="4") as server, server.client() as client:
        begun = time.perf_counter()
        for number in range(3 if bench.quick else 6):
            ask(client, prompt(QUESTIONS[number % len(QUESTIONS)], SHORT))
        rate = (3 if bench.quick else 6) / (time.perf_counter() - begun)
        for _ in bench.each_round():
            for goodput, factor in ((served, 1), (flooded, 2)):
                wait_until_idle(server)
                goodput.append(asyncio.run(_goodput(server, rate * factor, window)))
    return [
        ratio("twice the load ÷ the load", flooded, served, Target(0.95, at_least=True)),
        Figure("at the load", served, "tokens/s"),
        Figure("at twice the load", flooded, "tokens/s"),
        Figure("the load", [rate], "requests/s"),
    ]


async def _goodput(server: Server, rate: float, window: float) -> float:
    """Return the tokens per second within the window, of answers that nothing failed."""
    answers: list[tuple[float, Asked]] = []
    async with httpx.AsyncClient(base_url=server.url, timeout=300) as client, asyncio.TaskGroup() as tasks:
        begun, sent = time.perf_counter(), []
        while (at := time.perf_counter() - begun) < window:
            answer = Asked()
            answers.append((at, answer))
            text = QUESTIONS[len(answers) % len(QUESTIONS)]
            sent.append(tasks.create_task(stream_at_once(client, prompt(text, SHORT), answer)))
            await asyncio.sleep(begun + len(answers) / rate - time.perf_counter())
        for each in sent:
            each.cancel()
    arrived = [at + later for at, answer in answers if not answer.failed for later, _ in answer.arrivals]
    return sum(at <= window for at in arrived) / window


def idle_sockets(bench: Bench) -> list[Figure]:
    alone, crowded, memory = [], [], []
    count, tokens = (100 if bench.quick else SOCKETS), bench.tokens(100)
    with bench.server() as server, server.client() as client:
        client.timeout = 300
        cookies = [_session(server) for _ in range(count // PER_SESSION)]
        for number in bench.each_round():
            body = prompt(QUESTIONS[number % len(QUESTIONS)], tokens)
            alone.append(percentile(stream(client, body).intervals, 0.99) * 1000)
            wait_until_idle(server)
            before = worker(server).memory_full_info().uss
            answer, after = asyncio.run(_beside_sockets(server, cookies, count, body))
            crowded.append(percentile(answer.intervals, 0.99) * 1000)
            memory.append((after - before) / count / 1024)
            wait_until_idle(server)
    return [
        ratio(f"interval of tokens p99, {count} sockets ÷ none", crowded, alone, Target(1.1)),
        Figure("memory of each socket, at first", memory[:1], "KiB", Target(60)),
        Figure("interval of tokens p99, no socket", alone, "ms"),
    ]


def _session(server: Server) -> str:
    with server.client() as client:
        client.get("/").raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def _beside_sockets(server: Server, cookies: list[str], count: int, body: dict[str, Any]) -> tuple[Asked, int]:
    """Return an answer while so many sockets are open, and the worker's memory in bytes."""
    url = server.url.replace("http", "ws") + "/chat/socket"
    async with AsyncExitStack() as sockets:
        for number in range(count):
            headers = {"Cookie": cookies[number // PER_SESSION]}
            address = (f"127.0.0.{10 + number // PER_ADDRESS}", 0)
            opened = connect(
                url,
                origin=server.url,
                additional_headers=headers,
                local_addr=address,
                ping_interval=None,
                close_timeout=1,
            )
            connection = await sockets.enter_async_context(opened)
            await connection.recv()
        await asyncio.sleep(1)  # what opening them left to do
        memory = worker(server).memory_full_info().uss
        async with httpx.AsyncClient(base_url=server.url, timeout=300) as client:
            return await stream_at_once(client, body), memory


def processor_time(bench: Bench) -> list[Figure]:
    """Tokens are counted with a program in llama-cli's place that only waits between them."""
    per_request, per_token = [], []
    requests, tokens = (5 if bench.quick else 20), 200
    fake = {"LLAMA_CLI": str(write_fake_cli(bench.folder))}
    # As fast as a small model. Without a pause, it would write all its tokens before it is stopped after the first.
    fake["LLAMA_ARGS"] = f"--fake tokens={tokens} --fake seconds-per-token=0.005"
    with (
        bench.server() as server,
        bench.server(**fake) as pretender,
        server.client() as client,
        pretender.client() as other,
    ):
        for each, caller in ((server, client), (pretender, other)):
            _cpu(each, caller, prompt("Hello", 1), 5)  # the first requests fill caches
        for _ in bench.each_round():
            per_request.append(_cpu(server, client, prompt("Hello", 1), requests) * 1000)
            short = _cpu(pretender, other, prompt("Hello", 1), requests)
            long = _cpu(pretender, other, prompt("Hello", tokens) | {"stream": True}, requests // 2)
            per_token.append((long - short) / (tokens - 1) * 1000)
    return [
        Figure("of a request with one token", per_request, "ms", Target(4)),
        Figure("of each further token, streamed", per_token, "ms", Target(0.5)),
    ]


def _cpu(server: Server, client: httpx.Client, body: dict[str, Any], count: int) -> float:
    """Return the processor seconds of the server's processes for one of `count` requests."""
    wait_until_idle(server)
    processes = own_processes(server)
    before = sum(map(_seconds, processes))
    for _ in range(count):
        client.post("/generate", json=body).raise_for_status()
    _wait_without_asking(server)
    return (sum(map(_seconds, processes)) - before) / count


def _wait_without_asking(server: Server) -> None:
    """Wait until the server's processes compute nothing. Asking the server would cost it processor time."""
    before, now = -1.0, 0.0
    while now - before > 0.02:
        time.sleep(0.3)  # between two readings
        before, now = now, sum(map(_seconds, worker(server).children(recursive=True)))


def _seconds(process: psutil.Process) -> float:
    """Return the processor seconds of a process, of all its threads, to the nanosecond."""
    return time.clock_gettime(~process.pid << 3 | 2)  # CPUCLOCK_SCHED, as clock_getcpuclockid makes it
