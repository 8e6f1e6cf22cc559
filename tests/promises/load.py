"""Mixed load on a real server: conversations with secrets, through every protocol at once."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from websockets.exceptions import WebSocketException

from tests.chat.page import Page, question
from tests.server import PATIENCE, Server

Message = dict[str, str]
SECRET = re.compile(r"secret-(\w+)-\d+")
LIMIT = {"max_tokens": 1000}


class Refused(Exception):
    """The server answered with an error of its own: a status, or an error in a stream or frame."""


def _body(response: httpx.Response) -> dict:
    if response.status_code != 200:
        raise Refused(response.status_code, response.text)
    body: dict = response.json()
    return body


def _lines(client: httpx.Client, path: str, body: dict) -> list[dict]:
    """Return the JSON of each line of a stream, whichever way the protocol frames them."""
    with client.stream("POST", path, json=body) as response:
        if response.status_code != 200:
            raise Refused(response.status_code, response.read())
        lines = [line.removeprefix("data: ") for line in response.iter_lines()]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    if not events or "error" in events[-1]:
        raise Refused(events[-1:] or "empty stream")
    return events


def native(client: httpx.Client, messages: list[Message]) -> str:
    text: str = _body(client.post("/generate", json={"messages": messages} | LIMIT))["generated_text"]
    return text


def native_stream(client: httpx.Client, messages: list[Message]) -> str:
    last = _lines(client, "/generate", {"messages": messages, "stream": True} | LIMIT)[-1]
    if "generated_text" not in last:
        raise Refused(last)
    text: str = last["generated_text"]
    return text


def chat_completion(client: httpx.Client, messages: list[Message]) -> str:
    body = _body(client.post("/v1/chat/completions", json={"messages": messages} | LIMIT))
    text: str = body["choices"][0]["message"]["content"]
    return text


def chat_completion_stream(client: httpx.Client, messages: list[Message]) -> str:
    events = _lines(client, "/v1/chat/completions", {"messages": messages, "stream": True} | LIMIT)
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])


def response(client: httpx.Client, messages: list[Message]) -> str:
    output = _body(client.post("/v1/responses", json={"input": messages, "max_output_tokens": 1000}))["output"]
    return "".join(part["text"] for item in output for part in item["content"])


def response_stream(client: httpx.Client, messages: list[Message]) -> str:
    events = _lines(client, "/v1/responses", {"input": messages, "max_output_tokens": 1000, "stream": True})
    if events[-1]["type"] != "response.completed":
        raise Refused(events[-1])
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def completion(client: httpx.Client, messages: list[Message]) -> str:
    """Ask the last question alone: this path has no turns."""
    body = _body(client.post("/v1/completions", json={"prompt": messages[-1]["content"]} | LIMIT))
    text: str = body["choices"][0]["text"]
    return text


def ollama_chat(client: httpx.Client, messages: list[Message]) -> str:
    body = {"model": "default", "messages": messages, "stream": False}
    text: str = _body(client.post("/api/chat", json=body))["message"]["content"]
    return text


def ollama_stream(client: httpx.Client, messages: list[Message]) -> str:
    lines = _lines(client, "/api/chat", {"model": "default", "messages": messages})
    return "".join(event["message"]["content"] for event in lines)


def ollama_generate(client: httpx.Client, messages: list[Message]) -> str:
    """Ask the last question alone: this path has no turns."""
    body = {"model": "default", "prompt": messages[-1]["content"], "stream": False}
    text: str = _body(client.post("/api/generate", json=body))["response"]
    return text


PROTOCOLS: Sequence[Callable[[httpx.Client, list[Message]], str]] = (
    native,
    native_stream,
    chat_completion,
    chat_completion_stream,
    response,
    response_stream,
    completion,
    ollama_chat,
    ollama_stream,
    ollama_generate,
)


@dataclass
class Tally:
    """What became of the turns of all callers. `leaks`: answers with another caller's secret."""

    turns: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)  # questions that the page was told are saved, by id
    unexpected: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        return sum(self.turns.values())

    def answered(self, name: str, number: int, text: str) -> None:
        """Check an answer to turn `number` of a conversation: the fake repeats every question in its context."""
        seen = set(SECRET.findall(text))
        with self.lock:
            self.turns["answered"] += 1
            if seen - {name}:
                self.leaks.append(f"{name} received {text!r}")
            if f"secret-{name}-{number}" not in text:
                self.forgotten.append(f"{name} turn {number}: {text!r}")

    def count(self, outcome: str) -> None:
        with self.lock:
            self.turns[outcome] += 1


class Load:
    """Conversations, one after the other on each of several threads, until `stop` or a number of them.

    A thread is a caller: over HTTP with its key, and on the chat page, in turn. `pause`: seconds between two
    conversations of a caller.
    """

    def __init__(self, server: Callable[[], Server], keys: Sequence[str], turns: int = 3, pause: float = 0.0) -> None:
        self.server, self.turns, self.pause, self.tally = server, turns, pause, Tally()
        self.ending = threading.Event()
        self.remaining: int | None = None
        first = [(key, 3 * number) for number, key in enumerate(keys)]
        self._threads = [threading.Thread(target=self._run, args=each, daemon=True) for each in first]

    def start(self, conversations: int | None = None) -> Tally:
        self.remaining = conversations
        for thread in self._threads:
            thread.start()
        return self.tally

    def join(self) -> Tally:
        """Wait until all conversations have ended."""
        for thread in self._threads:
            thread.join(20 * PATIENCE)
            assert not thread.is_alive(), "a caller still waits for its answer"
        assert not self.tally.unexpected, self.tally.unexpected[:3]
        return self.tally

    def stop(self) -> Tally:
        self.ending.set()
        return self.join()

    def _more(self) -> bool:
        with self.tally.lock:
            if self.remaining is None:
                return not self.ending.is_set()
            self.remaining -= 1
            return self.remaining >= 0

    def _run(self, key: str, number: int) -> None:
        """Converse in every way in turn. `number`: of the first; callers begin with different ones."""
        while self._more():
            name = uuid4().hex[:12]
            try:
                way = number % (len(PROTOCOLS) + 1)
                if way == len(PROTOCOLS):
                    self._chat(name)
                else:
                    self._converse(name, key, PROTOCOLS[way])
            except Refused as refused:
                self.tally.count("refused")
                self.tally.refusals[str(refused)[:300]] += 1
            except (OSError, httpx.TransportError, WebSocketException):
                self.tally.count("connection lost")
            except Exception as error:
                self.tally.unexpected.append(repr(error))
                raise
            number += 1
            self.ending.wait(self.pause)

    def _converse(self, name: str, key: str, ask: Callable[[httpx.Client, list[Message]], str]) -> None:
        messages: list[Message] = []
        with self.server().client() as client:
            client.headers["Authorization"] = f"Bearer {key}"
            for turn in range(self.turns):
                messages.append({"role": "user", "content": f"Remember secret-{name}-{turn}"})
                text = ask(client, messages)
                self.tally.answered(name, turn, text)
                messages.append({"role": "assistant", "content": text})

    def _chat(self, name: str) -> None:
        with contextlib.ExitStack() as stack:
            page = stack.enter_context(Page(self.server()))
            socket = stack.enter_context(page.socket())
            conversation, parent = str(uuid4()), None
            for turn in range(self.turns):
                text = f"Remember secret-{name}-{turn}"
                frame = question(text=text, conversation=conversation, parent=parent)
                saved = socket.request("send", **frame)
                if saved["type"] != "saved":
                    raise Refused(saved)
                with self.tally.lock:
                    self.tally.acknowledged[saved["messages"][0]["id"].replace("-", "")] = text
                finished = socket.until("finished")["message"]
                if finished["status"] != "complete":
                    raise Refused(finished["status"])
                self.tally.answered(name, turn, finished["text"])
                parent = finished["id"]
