"""Renders prompts in a process of its own, whose time and memory are limited; see `renderer_process.py`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Collection, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final, Self

from inference.engine.errors import ChatTemplateError
from inference.engine.gguf.header import ModelFile
from inference.engine.types import Message

from . import renderer_process
from .prompt import Prompt
from .renderer_process import CPU_SECONDS, ERRORS, MEMORY_BYTES, OUT_OF_MEMORY, SIZE

ROOT: Final = Path(__file__).parents[3]
COMMAND: Final = (sys.executable, "-E", "-m", renderer_process.__name__)
DEADLINE: Final = 60.0  # seconds for one answer; the limit of processor time is reached earlier unless it is starved
MAX_ANSWER_BYTES: Final = 256 * 2**20


class Renderer:
    """The chat template of one model, in a process that lives as long as the model is served.

    Requests are rendered one after the other. A process that exceeds a limit is replaced for the next request.
    `renders`: see `start`. `can_think`: the model can think before it answers.
    """

    def __init__(self, model: ModelFile, override: str | None, cpu_seconds: float) -> None:
        self.renders = (model, override)
        self.can_think = False
        self._cpu_seconds = cpu_seconds
        self._load = renderer_process.frame({"model": renderer_process.model_fields(model), "template": override})
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._rendering: set[asyncio.Task[Any]] = set()
        self._closed = False

    @classmethod
    async def start(cls, model: ModelFile, override: str | None = None, *, cpu_seconds: float = CPU_SECONDS) -> Self:
        """Return a renderer with the template of `model`, or with `override` instead.

        `cpu_seconds`: processor time that the template may take for one request. Raise ChatTemplateError as
        `ChatTemplate` does, or if the template exceeds a limit.
        """
        renderer = cls(model, override, cpu_seconds)
        async with renderer._turn:
            await renderer._launch()
        return renderer

    async def prompt(self, messages: Sequence[Message], think: bool | None = None) -> Prompt:
        """Return the parts for `messages`; see `ChatTemplate.prompt`.

        Raise as that does, and ChatTemplateError if the template exceeds a limit with these messages.
        """
        # A task of its own: a request that is cancelled must not leave its answer to the next one.
        task = asyncio.create_task(self._render([astuple(message) for message in messages], think))
        self._rendering.add(task)
        task.add_done_callback(self._rendering.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # retrieved, if nobody waits for it
        return Prompt(**await asyncio.shield(task))

    async def finish(self) -> None:
        """Render for the requests that wait, then close."""
        while self._rendering:
            await asyncio.wait(list(self._rendering))
        await self.close()

    async def close(self) -> None:
        """End the process."""
        self._closed = True
        await self._end()

    async def _render(self, messages: list[tuple[str, ...]], think: bool | None) -> dict[str, Any]:
        async with self._turn:
            if self._closed:
                raise ChatTemplateError("The model was replaced while its template was to be rendered. Try again.")
            if self._process is None:
                await self._launch()
            return await self._exchange(renderer_process.frame([messages, think]))

    async def _launch(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(self._cpu_seconds),
            cwd=ROOT,
            env={"LANG": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback could quote users' texts
            start_new_session=True,
        )
        try:
            self.can_think = (await self._exchange(self._load))["can_think"]
        except BaseException:
            await self._end()  # without a template it is of no use
            raise

    async def _exchange(self, frame: bytes) -> dict[str, Any]:
        """Send a frame, and return its answer. End the process unless it answers."""
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._answer(frame)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            died = isinstance(error, asyncio.IncompleteReadError | ConnectionError)
            excess = self._excess(await self._end(kill=not died))
            raise ChatTemplateError(
                f"The model's chat template {excess}. Expected a template that renders a conversation in far less; set "
                "CHAT_TEMPLATE to one, or use completions, without a conversation."
            ) from error
        except BaseException:
            await self._end()
            raise
        if "error" in answer:
            raise ERRORS[answer["error"]](answer["message"])
        return answer

    async def _answer(self, frame: bytes) -> dict[str, Any]:
        process = self._process
        assert process and process.stdin and process.stdout  # noqa: S101
        process.stdin.write(frame)
        await process.stdin.drain()
        (size,) = SIZE.unpack(await process.stdout.readexactly(SIZE.size))
        if size > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too long")
        answer: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
        return answer

    async def _end(self, *, kill: bool = True) -> int | None:
        """Kill the process unless it has died, and return its exit status."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        if kill and process.returncode is None:
            # Process.kill would reap a process that has just died, and its exit status would be lost.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        return await process.wait()

    def _excess(self, status: int | None) -> str:
        if status == -signal.SIGPROF:
            return f"takes more than {self._cpu_seconds:g} seconds of processor time"
        if status == OUT_OF_MEMORY:
            return f"takes more than {MEMORY_BYTES // 2**20} MiB of memory"
        return f"does not come to an end within {DEADLINE:g} seconds, or ends its process (status {status})"


class Renderers:
    """The renderers of an engine: one for each model that is loaded."""

    def __init__(self) -> None:
        self._open: set[Renderer] = set()

    async def open(self, model: ModelFile, override: str | None) -> Renderer:
        """Return the renderer of this template, started unless there is one; see `Renderer.start`."""
        for renderer in self._open:
            if renderer.renders == (model, override):
                return renderer
        renderer = await Renderer.start(model, override)
        self._open.add(renderer)
        return renderer

    async def keep_only(self, kept: Collection[object]) -> None:
        """Close all others, after the requests that wait for them."""
        closed = self._open - set(kept)
        self._open -= closed
        for renderer in closed:
            await renderer.finish()

    async def close(self) -> None:
        """Close all at once."""
        while self._open:
            await self._open.pop().close()
