"""An answer while it is generated. Each reader follows it at its own pace and is only an offset into it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from inference.engine import Queued, Started

from .saving import SavedAnswer


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the text. `offset`: its end, in code points. The other numbers: of this run so far.

    `reasoning_tokens`: those of `tokens` that belong to the thought.
    """

    offset: int
    text: str
    tokens: int
    reasoning_tokens: int
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class ThoughtPiece(Piece):
    """The next piece of the thought. `seconds`: how long the model has been thinking in this run."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer has ended. `saved` is None where its row was deleted or could not be saved."""

    saved: SavedAnswer | None


Update = Queued | Started | Piece | ThoughtPiece | Ended


class GrowingText:
    """The text of an answer so far, and the state of its generation. For one event loop.

    `text` and `reasoning`, the thought before it, begin with what earlier runs generated; the numbers count this run
    only. Offsets count the thought first, and go on in the text: nothing is thought once the text has begun.
    """

    def __init__(self, text: str = "", reasoning: str = "") -> None:
        self.text = text
        self.reasoning = reasoning
        self.thinking_seconds = 0.0
        self.tokens = 0
        self.reasoning_tokens = 0
        self.tokens_per_second: float | None = None
        self._state: Queued | Started | None = None
        self._ended: Ended | None = None
        self._changed = asyncio.Event()  # replaced each time it is set, so that every waiting reader wakes up

    def append(self, text: str, tokens: int, tokens_per_second: float | None) -> None:
        """Add a piece. `tokens` and `tokens_per_second` are the run's so far, this piece included."""
        self.text += text
        self.tokens, self.tokens_per_second = tokens, tokens_per_second
        self._wake()

    def append_thought(self, text: str, tokens: int, tokens_per_second: float | None, seconds: float) -> None:
        """Add a piece of the thought. `seconds`: of thinking in this run. All tokens so far belong to the thought."""
        self.reasoning += text
        self.thinking_seconds = seconds
        self.tokens, self.tokens_per_second = tokens, tokens_per_second
        self.reasoning_tokens = tokens
        self._wake()

    @property
    def characters(self) -> int:
        """The offset of the end."""
        return len(self.reasoning) + len(self.text)

    def set_state(self, state: Queued | Started) -> None:
        """Replace the state of the generation. Readers get the latest one only."""
        self._state = state
        self._wake()

    def end(self, saved: SavedAnswer | None) -> None:
        """Mark the answer as ended; see `Ended`."""
        self._ended = Ended(saved)
        self._wake()

    async def follow(self, offset: int) -> AsyncGenerator[Update, None]:
        """Yield updates from `offset` on: the latest state, and all text since the last update in one piece.

        The last update is `Ended`. A slow reader gets fewer, longer pieces.
        """
        seen: Queued | Started | None = None
        while True:
            changed, thought = self._changed, self.reasoning[offset:]
            piece = self.text[max(0, offset - len(self.reasoning)) :]
            if self._state is not None and self._state is not seen:
                seen = self._state
                yield seen
            elif thought:
                offset += len(thought)
                yield ThoughtPiece(offset, thought, *self._counts, self.thinking_seconds)
            elif piece:
                offset += len(piece)
                yield Piece(offset, piece, *self._counts)
            elif self._ended:
                yield self._ended
                return
            else:
                await changed.wait()

    @property
    def _counts(self) -> tuple[int, int, float | None]:
        return self.tokens, self.reasoning_tokens, self.tokens_per_second

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
