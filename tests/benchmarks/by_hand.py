"""The programs without the server: llama-cli for each question, and llama-server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from inference.serving.parameters import DEFAULT_SYSTEM_PROMPT
from tests.server import until

from .bench import CORES, Bench, environment

SAMPLING = ("--temp", "0.7", "--top-p", "0.9", "--top-k", "0", "--min-p", "0")
CONTEXT = 2048


def rendered(text: str, system: str = DEFAULT_SYSTEM_PROMPT) -> str:
    """Return a question as the model's chat template renders it."""
    return f"System: {system}<|eot_id|>User: {text}<|eot_id|>Assistant:"


@dataclass
class Run:
    """One run of llama-cli. `seconds`: of the whole process.

    `speed`: tokens per second after the first token, 0 if there are no others or all came at once.
    """

    seconds: float
    speed: float


def llama_cli(bench: Bench, text: str, tokens: int, *arguments: str, threads: int = CORES) -> Run:
    """Run llama-cli for one question, with the server's arguments, until it has ended."""
    begun = time.perf_counter()
    command = [bench.programs / "llama-cli", "-m", bench.model, "-c", CONTEXT, "-t", threads, "-n", tokens, *SAMPLING]
    command += ["--no-warmup", "--no-display-prompt", "--simple-io", "--special", "--ignore-eos", "-p", rendered(text)]
    with subprocess.Popen(
        [str(each) for each in (*command, *arguments)],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        arrivals = []
        while os.read(process.stdout.fileno(), 65_536):
            arrivals.append(time.perf_counter())
    assert process.returncode == 0, process.returncode
    seconds = time.perf_counter() - begun
    decoding = arrivals[-2] - arrivals[0] if len(arrivals) > 1 else 0.0  # the last write is the newline at the end
    return Run(seconds, (tokens - 1) / decoding if decoding else 0.0)


def prompt_cache(bench: Bench) -> Path:
    """Return a file with the evaluated system prompt, for processes that are arranged by hand."""
    path = bench.folder / "system-prompt.cache"
    if not path.exists():
        command = [bench.programs / "llama-cli", "-m", bench.model, "-c", CONTEXT, "-n", 1, "--no-warmup"]
        command += ["--prompt-cache", path, "-p", f"System: {DEFAULT_SYSTEM_PROMPT}"]
        subprocess.run([str(each) for each in command], env=environment(), capture_output=True, check=True)
    return path


async def arranged(bench: Bench, questions: list[str], tokens: int) -> float:
    """Answer questions with a process each, one thread and one process per core at once. Return the seconds.

    As somebody would who knows what they do: with the system prompt evaluated before.
    """
    cache = str(prompt_cache(bench))
    places = asyncio.Semaphore(CORES)

    async def answer(text: str) -> None:
        async with places:
            arguments = ("--prompt-cache", cache, "--prompt-cache-ro")
            await asyncio.to_thread(llama_cli, bench, text, tokens, *arguments, threads=1)

    begun = time.perf_counter()
    await asyncio.gather(*map(answer, questions))
    return time.perf_counter() - begun


@contextmanager
def llama_server(bench: Bench, slots: int = 4) -> Iterator[str]:
    """Run llama-server with so many slots of the usual context; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [bench.programs / "llama-server", "-m", bench.model, "-np", slots, "-c", slots * CONTEXT]
    command += ["-t", CORES, "--host", "127.0.0.1", "--port", port]
    with (bench.folder / "llama-server.log").open("wb") as log:
        process = subprocess.Popen([str(each) for each in command], env=environment(), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        started = until(lambda: process.poll() is not None or _healthy(url), 120)
        assert started and process.poll() is None, "llama-server does not start"
        yield url
    finally:
        process.kill()
        process.wait()


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


async def ask_llama_server(url: str, prompts: list[str], tokens: int) -> tuple[int, float]:
    """Send all prompts at once. Return the tokens of all answers, and the seconds that they took."""
    async with httpx.AsyncClient(base_url=url, timeout=900, limits=httpx.Limits(max_connections=None)) as client:

        async def answer(prompt: str) -> int:
            body = {"prompt": prompt, "n_predict": tokens, "cache_prompt": True, "ignore_eos": True}
            body |= {"temperature": 0.7, "top_p": 0.9, "top_k": 0, "min_p": 0}
            answered = (await client.post("/completion", json=body)).raise_for_status().json()
            return int(answered["tokens_predicted"])

        begun = time.perf_counter()
        counts = await asyncio.gather(*map(answer, prompts))
        return sum(counts), time.perf_counter() - begun
