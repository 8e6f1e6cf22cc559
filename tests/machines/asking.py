"""Clients of the server: conversations and load."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

import httpx

from tests.server import PATIENCE, Server, until


@dataclass
class Outcome:
    """What came of one request. `events`: names of the stream's events. `code`: of its error."""

    text: str = ""
    events: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    seconds: float = 0.0

    @property
    def answered(self) -> bool:
        return bool(self.details)

    @property
    def machine(self) -> str:
        """The machine that answered: the fake engine says its name."""
        return self.text.split(" ", 1)[0]


class Client:
    """A client of the server's API, until the end of the context."""

    def __init__(self, server: Server) -> None:
        self._http = httpx.Client(base_url=server.url, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def ask(
        self, *turns: str, outcome: Outcome | None = None, left: threading.Event | None = None, **fields: Any
    ) -> Outcome:
        """Send a transcript, of which the first turn is a question, and read the stream to its end.

        `outcome`: is filled while the stream is read. `left`: once it is set, the connection is closed.
        """
        outcome = outcome or Outcome()
        roles = ["user", "assistant"] * len(turns)
        messages = [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=False)]
        body = {"messages": messages, "stream": True, "details": True, "temperature": 0} | fields
        began = time.monotonic()
        try:
            with self._http.stream("POST", "/generate", json=body) as response:
                if response.status_code != 200:
                    outcome.code = json.loads(response.read())["code"]
                else:
                    _read(response, outcome, left or threading.Event())
        except httpx.TransportError as error:
            outcome.code = type(error).__name__
        outcome.seconds = time.monotonic() - began
        return outcome


def _read(response: httpx.Response, outcome: Outcome, left: threading.Event) -> None:
    name = ""
    for line in response.iter_lines():
        if left.is_set():
            return
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
            outcome.events.append(name)
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
            if name == "text":
                outcome.text = (outcome.text + data["text"]).lstrip()
            elif name == "done":
                outcome.details, outcome.text = data, data["generated_text"].strip()
            elif name == "error":
                outcome.code = data["code"]


class Answer(threading.Thread):
    """One streamed answer, read in the background. `left`: set by a client that leaves."""

    def __init__(self, server: Server, question: str) -> None:
        super().__init__()
        self.outcome = Outcome()
        self.left = threading.Event()
        self._server, self._question = server, question
        self.start()

    def run(self) -> None:
        with Client(self._server) as client:
            client.ask(self._question, outcome=self.outcome, left=self.left, max_tokens=1000)

    def has_begun(self) -> bool:
        return bool(self.outcome.text or self.outcome.code)

    def leave(self) -> None:
        """Close the connection."""
        self.left.set()
        self.join(PATIENCE)

    def result(self) -> Outcome:
        """Wait for the end."""
        self.join(PATIENCE)
        assert not self.is_alive(), "the answer does not end"
        return self.outcome


def answer_of(server: Server, machine: str, question: str) -> Answer:
    """Ask this question, with a number that leads to this machine, and return the answer once it has begun."""
    for number in range(50):
        answer = Answer(server, f"{number} {question}")
        assert until(answer.has_begun)
        if answer.outcome.machine == machine:
            return answer
        answer.leave()
    raise AssertionError(f"nothing leads to {machine}")


@contextmanager
def load(server: Server, clients: int, question: str, **fields: Any) -> Iterator[list[Outcome]]:
    """Have so many clients ask one question after the other, each a new conversation, inside the block.

    `fields`: further ones of each request. Provide what came of them; it is complete after the block.
    """
    outcomes: list[Outcome] = []
    stop = threading.Event()

    def client(number: int) -> None:
        with Client(server) as own:
            for asked in count():
                if stop.is_set():
                    return
                outcomes.append(own.ask(f"{question} {number}-{asked}", **fields))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
