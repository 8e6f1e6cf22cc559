"""Holds a place during an answer and charges its tokens to the API key afterwards.

Tokens are charged with the amount that the answer took: an answer that starts within the limit is completed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from channels.db import database_sync_to_async
from django.db import DatabaseError

from inference.engine import Event, Finished, Reasoning, Started, Text
from inference.models import ApiKey

from . import concurrency, policy, windows

log = logging.getLogger(__name__)


async def metered(events: AsyncGenerator[Event, None], key: ApiKey | None) -> AsyncGenerator[Event, None]:
    """Yield the events of one generation; hold a place and charge tokens to the key.

    An interrupted answer is charged with the tokens that were sent. Raise LimitReached before the first event.
    """
    tokens = 0
    try:
        with concurrency.place(key):
            async with aclosing(events):
                async for event in events:
                    match event:
                        case Started():
                            tokens = event.prompt_tokens
                        case Reasoning() | Text():
                            tokens += event.tokens
                        case Finished():
                            tokens = event.usage.prompt_tokens + event.usage.generated_tokens
                    yield event
    finally:  # last: a slow database must not keep the generation and its place
        limit = policy.token_limit(key)
        if limit and tokens:  # in a thread of its own: the request may be over
            charge = database_sync_to_async(_charge, thread_sensitive=False)
            await asyncio.shield(charge(limit, tokens))  # even if the client is gone


def _charge(limit: policy.Limit, tokens: int) -> None:
    try:
        windows.consume(limit, tokens)
    except DatabaseError as error:  # the answer is complete, and must not be lost because of this
        log.warning("%d tokens could not be counted in %s: %s", tokens, limit.bucket, error)
