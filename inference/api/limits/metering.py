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

    An interrupted answer is charged with the tokens that were sent. Raise LimitReached before the first event, also
    if earlier answers of the same request have used up the tokens of the day.
    """
    tokens, limit = 0, policy.token_limit(key)
    try:
        with concurrency.place(key):
            async with aclosing(events):
                if limit:
                    await database_sync_to_async(_check, thread_sensitive=False)(limit)
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
        if limit and tokens:  # in a thread of its own: the request may be over
            charge = database_sync_to_async(_charge, thread_sensitive=False)
            await asyncio.shield(charge(limit, tokens))  # even if the client is gone


def _check(limit: policy.Limit) -> None:
    try:
        used = windows.peek(limit)
    except DatabaseError as error:  # the throttle has checked the limit before the request's first answer
        log.warning("Whether %s is used up could not be checked: %s", limit.bucket, error)
    else:
        if used.remaining <= 0:
            raise policy.too_many_tokens(used)


def _charge(limit: policy.Limit, tokens: int) -> None:
    try:
        windows.consume(limit, tokens)
    except DatabaseError as error:  # the answer is complete, and must not be lost because of this
        log.warning("%d tokens could not be counted in %s: %s", tokens, limit.bucket, error)
