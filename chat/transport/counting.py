"""Count the tokens of the files that a page is about to send. Each count costs the engine a launch: one at a time."""

from __future__ import annotations

import asyncio
from typing import Final

from chat.accounts.owners import Owner
from chat.conversations.files import File, block
from chat.errors import ChatError
from inference.engine import GenerationRequest
from inference.engine.errors import EngineError
from inference.serving import service

MAX_WAITING: Final = 20  # files of one socket: two questions full of them


class FileCounter:
    """The counts of one socket. The engine treats them as requests of its owner."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore()
        self._waiting = 0

    async def tokens(self, file: File, owner: Owner) -> int:
        """Return the tokens of a file as the model reads it. Raise ChatError."""
        if self._waiting >= MAX_WAITING:
            raise ChatError("too_fast", f"At most {MAX_WAITING} files are counted at once. Wait for the others.")
        self._waiting += 1
        try:
            async with self._one:
                limits = await service.limits()
                request = GenerationRequest(
                    prompt=block(file), max_tokens=1, context_size=limits.context_size, caller=owner.key
                )
                return (await service.count_tokens(request)).tokens
        except EngineError as error:
            raise ChatError(error.code, error.public) from error
        finally:
            self._waiting -= 1
