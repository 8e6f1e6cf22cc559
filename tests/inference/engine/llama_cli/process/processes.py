"""Shared by tests of a process: plans, launches and turns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.engine import GenerationRequest, Message, Sampling, Text
from inference.engine.config import ProcessTimeouts
from inference.engine.errors import ChatTemplateError, EngineError
from inference.engine.gguf.header import read_model_file
from inference.engine.llama_cli.planner import Plan, Planner
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Command, Process
from inference.engine.prompts.chat_template import ChatTemplate
from tests.engine_processes import PATIENCE

Binary = Callable[[str], Path]
GREEDY = Sampling(temperature=0.0)
SILENT = ProcessTimeouts(launch=PATIENCE, first_token=0.5, token=0.5)


@dataclass
class Output:
    """A receiver that keeps everything."""

    packets: list[bytes] = field(default_factory=list)
    debug: bytes = b""
    returncode: int | None = None

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        assert self.returncode is None, "nothing arrives after the exit"
        self.packets += packets
        self.debug += debug

    def exited(self, returncode: int) -> None:
        self.returncode = returncode


def plan_for(model: Path, *texts: str, **request: Any) -> Plan:
    """Return a plan for a transcript of alternating questions and answers."""
    messages = tuple(Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts))
    settings = {"sampling": GREEDY, "context_size": 1024} | request
    return rendered_plan(model, GenerationRequest(messages=messages, **settings))


def rendered_plan(model: Path, request: GenerationRequest) -> Plan:
    """Return the plan for a request, rendered in this process."""
    file = read_model_file(model)
    template = ChatTemplate(file)
    return Planner(file, ChatTemplateError("Rendered before."), 1).plan_with(request, template.prompt(request.messages))


@asynccontextmanager
async def started(command: Command, plan: Plan, seed: int = 1) -> AsyncGenerator[Process, None]:
    """Start a process, and kill it at the end."""
    process = Process(command, plan.profile.with_seed(seed))
    try:
        await process.start()
        yield process
    finally:
        process.kill()
        await process.wait()


async def ask(
    process: Process, plan: Plan, *, keep: bool = False, max_tokens: int = 10_000, **settings: Any
) -> tuple[str, Answer]:
    """Take one turn, and return the text and the answer, which has the error in which it ended."""
    answer = Answer(
        max_tokens=max_tokens,
        context_size=process.context_size,
        leading_spaces=plan.prompt.leading_spaces,
        carry=process.carry,
        **settings,
    )
    text = ""
    async with aclosing(process.answer(plan.prompt.line, answer, keep=keep)) as events:
        try:
            async for event in events:
                text += event.text if isinstance(event, Text) else ""
        except EngineError as error:
            assert error is answer.error
    return text, answer
