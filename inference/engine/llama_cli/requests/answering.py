"""One attempt at an answer, on one process."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

from inference.engine.errors import EngineCrashed, EngineError, EngineUnavailable, LaunchError, PromptTooLong
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Process
from inference.engine.llama_cli.status import worker_name
from inference.engine.llama_cli.workers import Workers
from inference.engine.types import Finished, FinishReason, Started

from .request import Request


class CrashedBeforeFirstToken(Exception):
    """The process crashed, or could not be launched, before the first token: the request can be retried.

    `__cause__` is the error of the process.
    """

    @property
    def at_launch(self) -> bool:
        """Whether the process had read nothing of the request yet."""
        return isinstance(self.__cause__, LaunchError)

    def final_error(self) -> EngineError:
        """Return the error of a request that is not retried again."""
        if self.at_launch:
            return EngineUnavailable(str(self.__cause__), LaunchError.PUBLIC)
        return EngineCrashed(
            "The engine crashed twice on this request before the first token. Nothing else was affected. "
            f"{self.__cause__}"
        )


async def attempt(request: Request, workers: Workers) -> tuple[Process, Answer]:
    """Generate the answer on the process that the request was granted, and pass its events on to the caller.

    Raise CrashedBeforeFirstToken, EngineCrashed or EngineTimeout if the process failed, and PromptTooLong.
    """
    answer = None
    try:
        process = await _process_for(request, workers)
        answer = _new_answer(request, process)
        plan, runtime = request.plan, request.runtime
        async with aclosing(process.answer(plan.prompt.line, answer, keep=plan.keep)) as events:
            async for event in events:
                if isinstance(event, Started):
                    request.start(replace(event, model=runtime.served.id, model_name=runtime.name))
                else:
                    request.append(event)
    except (LaunchError, EngineCrashed) as error:
        if answer is None or not answer.sampling:
            raise CrashedBeforeFirstToken from error
        raise
    return process, answer


def finished(request: Request, process: Process, answer: Answer) -> Finished:
    """Return the last event of an answer that has ended."""
    granted_at = request.ticket.granted_at or request.queued_at
    return Finished(
        answer.reason or FinishReason.ERROR,
        answer.usage,
        answer.timings(queued_at=request.queued_at, granted_at=granted_at, loaded_at=process.loaded_at),
        seed=process.profile.sampling.seed or 0,
        threads=process.profile.threads,
        worker=worker_name(process) or "",
        model=request.runtime.served.id,
        model_name=request.runtime.name,
    )


async def held_conversation(request: Request, answer: Answer) -> str | None:
    """Return the key of the transcript in the context of a process after an answer.

    None if the context is not what the template renders for the next question.
    """
    reason = answer.reason or FinishReason.ERROR
    if reason is not FinishReason.LENGTH:
        planner, parts = request.runtime.planner, (answer.raw_text, request.text, request.reasoning)
        if not await planner.holds_transcript(request.plan, *parts):
            return None
    return request.plan.conversation_after(request.text, request.reasoning, reason)


async def _process_for(request: Request, workers: Workers) -> Process:
    try:
        return await workers.process_for(request.ticket)
    except PromptTooLong:
        if request.plan.prompt.line is None:
            raise
        # It was counted without the line, which has not been sent.
        await workers.count_tokens(request.runtime.planner.full_prompt_profile(request.plan))
        raise


def _new_answer(request: Request, process: Process) -> Answer:
    generation = request.plan.request
    return Answer(
        max_tokens=generation.max_tokens,
        context_size=min(generation.context_size, process.context_size),
        stop=generation.stop,
        leading_spaces=request.plan.prompt.leading_spaces,
        fresh=request.ticket.fresh,
        carry=process.carry,
        begins=request.plan.prompt.answer_begins,
    )
