"""Clients of the server, which note when each piece of an answer arrives."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx

from tests.chat.page import Socket, question

# The vocabulary of the model with random weights knows hardly more than bytes: these are about as many tokens as a
# sentence is for a trained model.
QUESTIONS = ("Tell a tale", "Why is it so", "Which tools", "How do bees", "Name a boat", "When, bread")


@dataclass
class Asked:
    """One answer from its client's side. `arrivals`: seconds from the request, with the number of tokens so far."""

    text: str = ""
    seconds: float = 0.0
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    failed: str = ""

    @property
    def first(self) -> float:
        return self.arrivals[0][0]

    @property
    def engine(self) -> float:
        """Seconds that the engine worked on it."""
        timings: dict[str, float] = self.body["timings"]
        return timings["prompt"] + timings["first_token"] + timings["decode"]

    @property
    def intervals(self) -> list[float]:
        times = [at for at, _ in self.arrivals]
        return [later - earlier for earlier, later in pairwise(times)]

    @property
    def speed(self) -> float:
        """Tokens per second, from the first to the last that arrived."""
        (begun, before), (ended, after) = self.arrivals[0], self.arrivals[-1]
        return (after - before) / (ended - begun)


def prompt(text: str, tokens: int, **fields: Any) -> dict[str, Any]:
    """Return the body of a request. Without a seed, so that a standby can answer it."""
    return {"prompt": text, "max_tokens": tokens, "details": True} | fields


def ask(client: httpx.Client, body: dict[str, Any]) -> Asked:
    """Ask for a whole answer."""
    begun = time.perf_counter()
    response = client.post("/generate", json=body).raise_for_status()
    answered = Asked(seconds=time.perf_counter() - begun, body=response.json())
    answered.text = answered.body["generated_text"]
    return answered


def whole_speed(answer: Asked) -> float:
    """Return tokens per second of a whole answer: what follows the first token, up to the client."""
    timings = answer.body["timings"]
    rest = answer.seconds - timings["queue"] - timings["prompt"] - timings["first_token"]
    return float(answer.body["tokens_generated"] - 1) / rest


def stream(client: httpx.Client, body: dict[str, Any]) -> Asked:
    """Ask for a stream of events."""
    answer, event, begun = Asked(), "", time.perf_counter()
    with client.stream("POST", "/generate", json=body | {"stream": True}) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            event = _read(answer, event, line, begun)
    answer.seconds = time.perf_counter() - begun
    assert answer.body, answer.failed
    return answer


async def stream_at_once(client: httpx.AsyncClient, body: dict[str, Any], answer: Asked | None = None) -> Asked:
    """Ask for a stream of events, beside others. A refusal is noted in `failed`."""
    answer, event, begun = answer or Asked(), "", time.perf_counter()
    async with client.stream("POST", "/generate", json=body | {"stream": True}) as response:
        if response.status_code != 200:
            answer.failed = str(response.status_code)
            return answer
        async for line in response.aiter_lines():
            event = _read(answer, event, line, begun)
    answer.seconds = time.perf_counter() - begun
    return answer


def _read(answer: Asked, event: str, line: str, begun: float) -> str:
    """Add a line of a stream to an answer, and return the name of its event."""
    if line.startswith("event: "):
        return line.removeprefix("event: ")
    if line.startswith("data: "):
        data = json.loads(line.removeprefix("data: "))
        if event in ("text", "reasoning"):
            answer.arrivals.append((time.perf_counter() - begun, len(answer.arrivals) + 1))
            answer.text += data["text"]
        elif event == "done":
            answer.body = data
            at, _ = answer.arrivals[-1]
            answer.arrivals[-1] = at, data["tokens_generated"]  # a piece of text may be several tokens
        elif event == "error":
            answer.failed = data["code"]
    return event


def over_socket(socket: Socket, text: str, tokens: int) -> Asked:
    """Ask as the chat page does, in a new conversation."""
    answer, begun = Asked(), time.perf_counter()
    socket.send("send", **question(text=text, settings={"max_tokens": tokens}))
    while True:
        frame = socket.next()
        if frame["type"] == "text":
            answer.arrivals.append((time.perf_counter() - begun, frame["tokens"]))
        elif frame["type"] == "finished":
            assert frame["message"]["status"] in ("complete", "length"), frame["message"]["status"]
            return answer


async def at_once(url: str, bodies: list[dict[str, Any]]) -> tuple[list[Asked], float]:
    """Return the answers of as many clients as there are requests, and the seconds that all of them took."""
    async with httpx.AsyncClient(base_url=url, timeout=900, limits=httpx.Limits(max_connections=None)) as client:
        begun = time.perf_counter()
        answers = await asyncio.gather(*(stream_at_once(client, body) for body in bodies))
        return answers, time.perf_counter() - begun


def tokens_of(answers: list[Asked]) -> int:
    failed = [answer.failed for answer in answers if answer.failed]
    assert not failed, failed
    return sum(answer.body["tokens_generated"] for answer in answers)
