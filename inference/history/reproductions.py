"""Replays that somebody asked for in the administration: each runs in a task, and whoever asked looks in on it.

There is one server process, and this is its memory; what came of a replay is in the history.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Final

from inference.engine.errors import EngineError
from inference.models import GenerationRecord

from .reproduce import CannotReplay, Replay, replay, request_of

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 4  # each is a caller of its own in the queue
KEPT: Final = 100  # runs that are over


@dataclass(slots=True)
class Run:
    """One replay. `replay` or `failure` once it is over; `seconds`: how long it took, or takes already."""

    record: int
    begun: float = field(default_factory=time.monotonic)
    ended: float | None = None
    replay: Replay | None = None
    failure: str = ""
    task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.begun


_runs: dict[int, Run] = {}  # by the generation that is repeated, the newest last


def run_of(record: int) -> Run | None:
    """The last one of this generation, if this process remembers it. From any thread."""
    return _runs.get(record)


async def begin(record: GenerationRecord, user_id: int | None) -> Run:
    """Replay it, unless that is being done already. Raises CannotReplay."""
    if (run := _runs.get(record.pk)) and run.running:
        return run
    request_of(record)  # says at once what is missing
    if sum(run.running for run in _runs.values()) >= MOST_AT_ONCE:
        raise CannotReplay(f"{MOST_AT_ONCE} replays run already. Try again when one of them is over.")
    _runs.pop(record.pk, None)
    for key in [key for key, run in _runs.items() if not run.running][: max(0, len(_runs) - KEPT)]:
        del _runs[key]
    run = _runs[record.pk] = Run(record.pk)
    run.task = asyncio.create_task(_carry_out(run, record, user_id))
    return run


async def _carry_out(run: Run, record: GenerationRecord, user_id: int | None) -> None:
    try:
        run.replay = await replay(record, user_id)
    except (CannotReplay, EngineError) as error:
        run.failure = str(error)
    except asyncio.CancelledError:
        run.failure = "The server stopped before it was over."
        raise
    except Exception:  # nobody awaits this task: whoever looks in has to be told
        log.exception("A replay failed.")
        run.failure = "The server made a mistake, which its log tells."
    finally:
        run.ended = time.monotonic()
