"""Writes the history asynchronously: no answer waits for it or fails because of it.

Generations and engine events are queued in memory, and a thread with its own connection writes them in batches. While
the database is unavailable they stay queued, up to a number of rows and of bytes; beyond that the oldest are dropped,
counted and logged.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection, models, transaction

from inference.engine import GenerationRequest, Sampling
from inference.models import EngineEvent, GenerationRecord
from inference.serving import configuration
from inference.serving.outcome import Outcome

log = logging.getLogger(__name__)
MAX_ENTRIES: Final = 20_000
MAX_BYTES: Final = 64 * 2**20
ENTRY_BYTES: Final = 2_000  # approximate size of an entry without its texts
BATCH: Final = 200  # entries
BATCH_BYTES: Final = 4 * 2**20
LINGER: Final = 0.5  # seconds to wait for more entries, so that they are written together
FIRST_DELAY, MAX_DELAY = 1.0, 60.0  # seconds between attempts while the database is unavailable
MAX_MODEL_CHARS: Final = 255
DEFAULTS: Final = asdict(Sampling())
LOG_INTERVAL: Final = 60.0  # seconds between two log lines about dropped entries

# Errors that a later attempt may not have: no connection, a lock, no table yet (of PostgreSQL a ProgrammingError).
UNAVAILABLE: Final = (OperationalError, InterfaceError, ProgrammingError)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An unsaved row. `size`: approximate bytes in memory."""

    row: models.Model
    size: int


class HistoryWriter:
    """The queue and its thread, which starts with the first entry. Thread-safe."""

    def __init__(self, *, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self.dropped = 0
        self.written = 0
        self.failure = ""  # why the database is unavailable; empty if it is not
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._entries: deque[_Entry] = deque()
        self._bytes = 0
        self._batch: list[_Entry] = []
        self._changed = threading.Condition()
        self._flushing = False
        self._thread: threading.Thread | None = None
        self._logged = -LOG_INTERVAL

    @property
    def waiting(self) -> int:
        """Return the number of entries that are not written yet."""
        return len(self._entries) + len(self._batch)

    def add(self, row: models.Model, size: int = ENTRY_BYTES) -> None:
        """Queue a row. `size`: approximate bytes in memory."""
        with self._changed:
            self._entries.append(_Entry(row, size))
            self._bytes += size
            self._drop_oldest()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Write all queued rows now. Block for at most `seconds`, and return whether all were written."""
        with self._changed:
            self._flushing = True
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self.waiting, seconds)
            finally:
                self._flushing = False

    def _drop_oldest(self) -> None:
        dropped = 0
        while self._entries and (self.waiting > self._max_entries or self._bytes > self._max_bytes):
            self._bytes -= self._entries.popleft().size
            dropped += 1
        if not dropped:
            return
        self.dropped += dropped
        if time.monotonic() - self._logged >= LOG_INTERVAL:
            self._logged = time.monotonic()
            log.warning(
                "The history queue is full: %d entries have been dropped so far. The database fails or is too slow.",
                self.dropped,
            )

    def _run(self) -> None:
        delay = FIRST_DELAY
        while True:
            self._take_batch()
            try:
                self._write([entry.row for entry in self._batch])
            except UNAVAILABLE as error:
                connection.close()  # the next attempt opens a new one
                self._requeue(str(error))
                with self._changed:
                    self._changed.wait_for(lambda: self._flushing, delay)
                    if self._flushing:  # do not busy-wait during a flush
                        self._changed.wait(0.1)
                delay = min(delay * 2, MAX_DELAY)
            except Exception:
                log.exception("Unexpected error in the history thread; %d entries are lost.", len(self._batch))
                self._done(0)
            else:
                delay = FIRST_DELAY

    def _take_batch(self) -> None:
        """Wait for entries and take a batch of them."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries)
            self._changed.wait_for(lambda: self._flushing or len(self._entries) >= BATCH, LINGER)
            size = 0
            while self._entries and len(self._batch) < BATCH and size < BATCH_BYTES:
                self._batch.append(self._entries.popleft())
                size += self._batch[-1].size

    def _requeue(self, reason: str) -> None:
        """Put the batch back into the queue."""
        if not self.failure:
            log.warning("The history cannot be written, and stays queued: %s", reason)
        for entry in self._batch:
            _as_new(entry.row)
        with self._changed:
            self.failure = reason
            self._entries.extendleft(reversed(self._batch))
            self._batch.clear()
            self._drop_oldest()

    def _done(self, written: int) -> None:
        if self.failure:
            log.info("The history can be written again.")
        with self._changed:
            self.failure = ""
            self.written += written
            self.dropped += len(self._batch) - written
            self._bytes -= sum(entry.size for entry in self._batch)
            self._batch.clear()
            self._changed.notify_all()

    def _write(self, rows: Sequence[models.Model]) -> None:
        """Write the rows in one transaction, or one by one if one of them is refused."""
        try:
            self._create(rows)
            written = len(rows)
        except UNAVAILABLE:
            raise
        except (DatabaseError, ValueError):  # a deleted user, or a text that the database refuses
            written = sum(map(self._write_alone, rows))
        if not self._entries:
            connection.close()  # it may not be needed for a long time
        self._done(written)

    def _create(self, rows: Iterable[models.Model]) -> None:
        with transaction.atomic():
            GenerationRecord.objects.bulk_create([row for row in rows if isinstance(row, GenerationRecord)])
            EngineEvent.objects.bulk_create([row for row in rows if isinstance(row, EngineEvent)])

    def _write_alone(self, row: models.Model) -> bool:
        for references in (True, False):
            if not references and isinstance(row, GenerationRecord):
                row.user_id = row.key_id = row.reproduces_id = None
            _as_new(row)
            try:
                self._create([row])
            except UNAVAILABLE:
                raise
            except (DatabaseError, ValueError) as error:
                reason = type(error).__name__  # not the message, which may quote texts
            else:
                return True
        log.warning("A row of the history cannot be written: %s.", reason)
        return False


def _as_new(row: models.Model) -> None:
    """Mark a row as unsaved: a failed transaction may have set its key."""
    row.pk = None
    row._state.adding = True


history = HistoryWriter()


def keep(outcome: Outcome) -> None:
    """Record a generation."""
    texts = _keeps_texts(outcome)
    history.add(build_record(outcome, texts=texts), ENTRY_BYTES + (_size(outcome) if texts else 0))


def keep_event(kind: str, detail: str) -> None:
    """Record an engine event: a kind of EngineEvent, and details for people."""
    history.add(EngineEvent(kind=kind, detail=detail))


def build_record(outcome: Outcome, *, texts: bool) -> GenerationRecord:
    """Return the unsaved row of a generation, with its texts or only their sizes."""
    request, caller = outcome.request, outcome.caller
    return GenerationRecord(
        request_id=caller.request_id,
        at=outcome.at,
        source=caller.source,
        user_id=caller.user_id,
        key_id=caller.key_id,
        reproduces_id=caller.reproduces,
        model=outcome.model[:MAX_MODEL_CHARS],
        model_name=outcome.model_name[:MAX_MODEL_CHARS],
        temperature=request.sampling.temperature,
        top_p=request.sampling.top_p,
        sampling=_sampling(request.sampling, texts=texts),
        max_tokens=request.max_tokens,
        context_size=request.context_size,
        stop=list(request.stop) if texts else [],
        think=request.think,
        seed=request.sampling.seed if outcome.seed is None else outcome.seed,
        threads=outcome.threads,
        worker=outcome.worker,
        node=outcome.node,
        messages=_messages(request) if texts and request.prompt is None else None,
        prompt=_storable(request.prompt) if texts and request.prompt is not None else None,
        reasoning=_storable(outcome.reasoning) if texts else None,
        answer=_storable(outcome.text) if texts else None,
        prompt_characters=sum(map(len, _texts(request))),
        answer_characters=len(outcome.text),
        prompt_tokens=outcome.prompt_tokens,
        reused_tokens=outcome.reused_tokens,
        generated_tokens=outcome.generated_tokens,
        reasoning_tokens=outcome.reasoning_tokens,
        reason=outcome.reason.value,
        error_code=outcome.error_code,
        queue=outcome.queue,
        prompt_time=outcome.prompt,
        first_token=outcome.first_token,
        decode=outcome.decode_seconds,
        launch_time=outcome.launch,
        thinking_time=outcome.thinking,
    )


def _sampling(sampling: Sampling, *, texts: bool) -> dict[str, Any]:
    """Return what is not the default and has no column of its own."""
    left_out = {"temperature", "top_p", "seed"} | (set() if texts else {"grammar"})
    values = ((name, getattr(sampling, name)) for name in DEFAULTS if name not in left_out)
    return {name: value for name, value in values if value != DEFAULTS[name]}


def _keeps_texts(outcome: Outcome) -> bool:
    caller, kept = outcome.caller, configuration.current()
    if caller.private or caller.reproduces is not None:
        return not caller.private  # one that is reproduced had its texts kept
    return kept.keep_chat_texts if caller.source == "chat" else kept.keep_api_texts


def _messages(request: GenerationRequest) -> list[dict[str, str]]:
    return [
        {"role": message.role, "content": _storable(message.content)}
        | ({"reasoning": _storable(message.reasoning)} if message.reasoning else {})
        for message in request.messages
    ]


def _texts(request: GenerationRequest) -> list[str]:
    texts = [text for message in request.messages for text in (message.content, message.reasoning)]
    return texts + ([request.prompt] if request.prompt is not None else [])


def _size(outcome: Outcome) -> int:
    """Return the bytes that the texts take in memory."""
    return sum(map(sys.getsizeof, [outcome.text, outcome.reasoning, *_texts(outcome.request)]))


def _storable(text: str) -> str:
    """Replace NUL, which PostgreSQL refuses, and lone surrogates, which UTF-8 cannot encode."""
    return text.replace("\0", "�").encode(errors="replace").decode()
