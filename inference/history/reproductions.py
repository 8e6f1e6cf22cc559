"""Reproductions started in the administration: each runs in a task, and its page polls the state.

They are kept in memory, since there is one server process. Their results are in the history as well.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Final

from inference.engine.errors import EngineError
from inference.models import GenerationRecord

from .reproduce import CannotReproduce, Comparison, original_request, reproduce

log = logging.getLogger(__name__)

MAX_RUNNING: Final = 4  # each is a caller of its own in the queue
MAX_FINISHED: Final = 100  # kept in memory


@dataclass(slots=True)
class Run:
    """One reproduction of a record. At its end it has a `comparison` or a `failure`."""

    record: int
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    comparison: Comparison | None = None
    failure: str = ""
    task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def seconds(self) -> float:
        """Return the duration so far."""
        return (self.ended or time.monotonic()) - self.started


_runs: dict[int, Run] = {}  # by the record's primary key, the newest last


def latest_run(record: int) -> Run | None:
    """Return the record's latest run, if it is still in memory. Thread-safe."""
    return _runs.get(record)


async def start(record: GenerationRecord, user_id: int | None) -> Run:
    """Start a reproduction, or return the one that is running. Raise CannotReproduce."""
    if (run := _runs.get(record.pk)) and run.running:
        return run
    original_request(record)  # raises CannotReproduce
    if sum(run.running for run in _runs.values()) >= MAX_RUNNING:
        raise CannotReproduce(f"{MAX_RUNNING} reproductions are already running. Try again when one has ended.")
    _runs.pop(record.pk, None)
    for key in [key for key, run in _runs.items() if not run.running][: max(0, len(_runs) - MAX_FINISHED)]:
        del _runs[key]
    run = _runs[record.pk] = Run(record.pk)
    run.task = asyncio.create_task(_execute(run, record, user_id))
    return run


async def _execute(run: Run, record: GenerationRecord, user_id: int | None) -> None:
    try:
        run.comparison = await reproduce(record, user_id)
    except (CannotReproduce, EngineError) as error:
        run.failure = str(error)
    except asyncio.CancelledError:
        run.failure = "The server stopped before the answer was complete."
        raise
    except Exception:  # no one awaits this task: the page shows the failure
        log.exception("A reproduction failed.")
        run.failure = "Internal error; see the server log."
    finally:
        run.ended = time.monotonic()
