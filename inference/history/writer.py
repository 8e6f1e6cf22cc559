"""Writes the history behind everybody's back: no answer waits for it, and none fails because of it.

Generations and events of the engine are put into a queue in memory, which a thread with a connection of its own writes
to the database in batches. While the database does not take them they wait, up to a limit of rows and of bytes; beyond
it the oldest are dropped, counted, and said to be.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection, models, transaction

from inference.engine import GenerationRequest
from inference.models import EngineEvent, GenerationRecord
from inference.serving import configuration
from inference.serving.outcome import Outcome

log = logging.getLogger(__name__)

MOST_ENTRIES: Final = 20_000
MOST_BYTES: Final = 64 * 2**20
ENTRY_BYTES: Final = 2_000  # about what an entry takes beside its texts
BATCH: Final = 200  # entries
BATCH_BYTES: Final = 4 * 2**20
LINGER: Final = 0.5  # seconds for which more are awaited, so that they are written together
FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0  # seconds until a database that failed is tried again
LONGEST_MODEL: Final = 255  # characters
NOTICE: Final = 60.0  # seconds between two lines in the log about dropped entries

# What another try may mend: no connection, a lock, a table that is not there yet. ProgrammingError is PostgreSQL's
# "no such table".
UNAVAILABLE: Final = (OperationalError, InterfaceError, ProgrammingError)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row to be. `size`: bytes that it holds in memory."""

    row: models.Model
    size: int


class HistoryWriter:
    """The queue and its thread, which begins with the first entry. All of it from any thread."""

    def __init__(self, *, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.dropped = 0
        self.written = 0
        self.failure = ""  # why the database does not take anything at the moment
        self._most_entries, self._most_bytes = most_entries, most_bytes
        self._entries: deque[_Entry] = deque()
        self._bytes = 0
        self._in_hand: list[_Entry] = []
        self._changed = threading.Condition()
        self._hurry = False
        self._thread: threading.Thread | None = None
        self._noticed = -NOTICE

    @property
    def waiting(self) -> int:
        """Entries that are not written yet."""
        return len(self._entries) + len(self._in_hand)

    def add(self, row: models.Model, size: int = ENTRY_BYTES) -> None:
        """Take a row, to be written soon. `size`: about the bytes that it holds."""
        with self._changed:
            self._entries.append(_Entry(row, size))
            self._bytes += size
            self._shorten()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Write what waits, now. Whether all of it was written within `seconds`; blocks for so long at most."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self.waiting, seconds)
            finally:
                self._hurry = False

    def _shorten(self) -> None:
        dropped = 0
        while self._entries and (self.waiting > self._most_entries or self._bytes > self._most_bytes):
            self._bytes -= self._entries.popleft().size
            dropped += 1
        if not dropped:
            return
        self.dropped += dropped
        if time.monotonic() - self._noticed >= NOTICE:
            self._noticed = time.monotonic()
            log.warning(
                "The history dropped its oldest entries, %d so far: more wait to be written than memory is meant for. "
                "The database fails or is too slow.",
                self.dropped,
            )

    def _run(self) -> None:
        delay = FIRST_DELAY
        while True:
            self._take()
            try:
                self._write([entry.row for entry in self._in_hand])
            except UNAVAILABLE as error:
                connection.close()  # the next try makes a new one
                self._failed(str(error))
                with self._changed:
                    self._changed.wait_for(lambda: self._hurry, delay)
                    if self._hurry:  # and not a busy loop, for as long as the flush lasts
                        self._changed.wait(0.1)
                delay = min(delay * 2, LONGEST_DELAY)
            except Exception:
                log.exception("The history's thread made a mistake; %d entries are lost.", len(self._in_hand))
                self._done(0)
            else:
                delay = FIRST_DELAY

    def _take(self) -> None:
        """A batch, in hand; waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries)
            self._changed.wait_for(lambda: self._hurry or len(self._entries) >= BATCH, LINGER)
            size = 0
            while self._entries and len(self._in_hand) < BATCH and size < BATCH_BYTES:
                self._in_hand.append(self._entries.popleft())
                size += self._in_hand[-1].size

    def _failed(self, why: str) -> None:
        """Back into the queue."""
        if not self.failure:
            log.warning("The history cannot be written, and is kept until it can: %s", why)
        for entry in self._in_hand:
            _as_new(entry.row)
        with self._changed:
            self.failure = why
            self._entries.extendleft(reversed(self._in_hand))
            self._in_hand.clear()
            self._shorten()

    def _done(self, written: int) -> None:
        if self.failure:
            log.info("The history is written again.")
        with self._changed:
            self.failure = ""
            self.written += written
            self.dropped += len(self._in_hand) - written
            self._bytes -= sum(entry.size for entry in self._in_hand)
            self._in_hand.clear()
            self._changed.notify_all()

    def _write(self, rows: Sequence[models.Model]) -> None:
        """One transaction; row by row where one of them cannot be written."""
        try:
            self._create(rows)
            written = len(rows)
        except UNAVAILABLE:
            raise
        except (DatabaseError, ValueError):  # a user deleted meanwhile, a text that the database refuses
            written = sum(map(self._write_alone, rows))
        if not self._entries:
            connection.close()  # nobody knows when it is needed again
        self._done(written)

    def _create(self, rows: Iterable[models.Model]) -> None:
        with transaction.atomic():
            for model in (GenerationRecord, EngineEvent):
                model._default_manager.bulk_create([row for row in rows if isinstance(row, model)])

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
                told = type(error).__name__  # no more: what the database says of a value may quote it
            else:
                return True
        log.warning("A row of the history cannot be written: %s.", told)
        return False


def _as_new(row: models.Model) -> None:
    """A row that was not saved after all: the database gives keys before it commits."""
    row.pk = None
    row._state.adding = True


history = HistoryWriter()


def keep(outcome: Outcome) -> None:
    """Take note of a generation."""
    texts = _keeps_texts(outcome)
    history.add(record_of(outcome, texts=texts), ENTRY_BYTES + (_size(outcome) if texts else 0))


def keep_event(kind: str, detail: str) -> None:
    """Take note of an event of the engine: a kind of EngineEvent, and what a person should know."""
    history.add(EngineEvent(kind=kind, detail=detail))


def record_of(outcome: Outcome, *, texts: bool) -> GenerationRecord:
    """The row of a generation, not saved; with its texts, or only their sizes."""
    request, caller = outcome.request, outcome.caller
    return GenerationRecord(
        request_id=caller.request_id,
        at=outcome.at,
        source=caller.source,
        user_id=caller.user_id,
        key_id=caller.key_id,
        reproduces_id=caller.reproduces,
        model=outcome.model[:LONGEST_MODEL],
        temperature=request.sampling.temperature,
        top_p=request.sampling.top_p,
        max_tokens=request.max_tokens,
        context_size=request.context_size,
        stop=list(request.stop) if texts else [],
        seed=request.sampling.seed if outcome.seed is None else outcome.seed,
        threads=outcome.threads,
        worker="" if outcome.pid is None else str(outcome.pid),
        messages=_messages(request) if texts and request.prompt is None else None,
        prompt=_storable(request.prompt) if texts and request.prompt is not None else None,
        answer=_storable(outcome.text) if texts else None,
        prompt_characters=sum(map(len, _texts(request))),
        answer_characters=len(outcome.text),
        prompt_tokens=outcome.prompt_tokens,
        reused_tokens=outcome.reused_tokens,
        generated_tokens=outcome.generated_tokens,
        reason=outcome.reason.value,
        error_code=outcome.error_code,
        queue=outcome.queue,
        prompt_time=outcome.prompt,
        first_token=outcome.first_token,
        decode=outcome.decode,
    )


def _keeps_texts(outcome: Outcome) -> bool:
    if outcome.caller.reproduces is not None:
        return True  # what it repeats has them too
    kept = configuration.current()
    return kept.keep_chat_texts if outcome.caller.source == "chat" else kept.keep_api_texts


def _messages(request: GenerationRequest) -> list[dict[str, str]]:
    return [{"role": message.role, "content": _storable(message.content)} for message in request.messages]


def _texts(request: GenerationRequest) -> list[str]:
    return [message.content for message in request.messages] + ([request.prompt] if request.prompt is not None else [])


def _size(outcome: Outcome) -> int:
    """Bytes in memory."""
    return sum(map(sys.getsizeof, [outcome.text, *_texts(outcome.request)]))


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL, and nobody takes half a surrogate pair."""
    return text.replace("\0", "�").encode(errors="replace").decode() if "\0" in text or not _whole(text) else text


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
