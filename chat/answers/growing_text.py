"""A text that grows while others read it, each at its own pace: a reader is an offset, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from inference.engine import Queued, Started


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of an answer. `offset`: after it, in code points. `tokens`, `seconds`: of this run so far."""

    offset: int
    text: str
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Over:
    """The answer is over. `message`: as the page is told it; None where it was erased, or could not be saved."""

    message: dict[str, Any] | None


News = Queued | Started | Piece | Over


class GrowingText:
    """All of an answer so far, and what to tell of its making. For one event loop.

    `text`, of code points, begins with what earlier runs made; `tokens` and `seconds` (of sampling) are of this run.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.tokens = 0
        self.seconds = 0.0
        self._state: Queued | Started | None = None
        self._over: Over | None = None
        self._changed = asyncio.Event()  # replaced whenever it is set: whoever waits for it hears of the change

    def append(self, text: str, tokens: int, seconds: float) -> None:
        """The next piece. `tokens` and `seconds`: with it."""
        self.text += text
        self.tokens, self.seconds = tokens, seconds
        self._wake()

    def tell(self, state: Queued | Started) -> None:
        """How far the making is; only the last one counts."""
        self._state = state
        self._wake()

    def end(self, message: dict[str, Any] | None) -> None:
        """No more comes; see `Over`."""
        self._over = Over(message)
        self._wake()

    async def follow(self, offset: int) -> AsyncGenerator[News, None]:
        """What there is to tell from `offset` on, to a reader that takes its time: the state, and all text that came
        since in one piece. Ends with Over.
        """
        told: Queued | Started | None = None
        while True:
            changed, piece = self._changed, self.text[offset:]
            if self._state is not None and self._state is not told:
                told = self._state
                yield told
            elif piece:
                offset += len(piece)
                yield Piece(offset, piece, self.tokens, self.seconds)
            elif self._over:
                yield self._over
                return
            else:
                await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
