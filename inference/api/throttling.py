"""How much one caller may ask for: requests a minute, tokens a day, answers at once.

Requests and tokens are counted in the database, each by one statement that adds and tells the sum: of any number of
requests at once, exactly as many pass as may. A window begins with the first request in it. Tokens are charged when an
answer is over, with what it really took: a request that begins within the limit is answered whole, however long.
Answers at once are counted here, for one process makes them all.

The headers are those of draft-ietf-httpapi-ratelimit-headers-06, the last one with a field for each number.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from inference.engine import Event, Finished, Started, Text
from inference.models import ApiKey, RateWindow

from .authentication import key_of, owner_of

log = logging.getLogger(__name__)

MINUTE: Final = 60  # seconds
DAY: Final = 86_400  # seconds
PRUNING: Final = 3600.0  # seconds from one look for windows that are over to the next

_at_once: Counter[int] = Counter()  # answers being made, by key
_pruned = -PRUNING


class RateLimited(APIException):
    """A limit is reached. `wait`: seconds after which it is worth another try."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, detail: str, code: str, wait: float) -> None:
        super().__init__(detail, code)
        self.wait = max(1, math.ceil(wait))


@dataclass(frozen=True, slots=True)
class Window:
    """How a caller stands: `used` of `limit` in a window of `seconds`, which begins anew after `left` seconds."""

    limit: int
    seconds: int
    used: int
    left: float

    @property
    def policy(self) -> str:
        return f"{self.limit};w={self.seconds}"

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "RateLimit-Reset": str(max(0, math.ceil(self.left))),
        }


def use(bucket: str, amount: int, limit: int, seconds: int) -> Window:
    """Count `amount` into the caller's window of this limit; more than the limit is counted too."""
    _prune()
    now, over = time.time(), "counted.started <= excluded.started - %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RateWindow._meta.db_table} AS counted (bucket, started, used) VALUES (%s, %s, %s) "  # noqa: S608 – nothing of anybody's in it
            "ON CONFLICT (bucket) DO UPDATE SET "
            f"used = CASE WHEN {over} THEN excluded.used ELSE counted.used + excluded.used END, "
            f"started = CASE WHEN {over} THEN excluded.started ELSE counted.started END "
            "RETURNING used, started",
            [bucket, now, amount, seconds, seconds],
        )
        [(used, started)] = cursor.fetchall()
    return Window(limit, seconds, used, started + seconds - now)


def look(bucket: str, limit: int, seconds: int) -> Window:
    """How the caller stands; counts nothing."""
    now = time.time()
    row = RateWindow.objects.filter(bucket=bucket, started__gt=now - seconds).first()
    return Window(limit, seconds, row.used, row.started + seconds - now) if row else Window(limit, seconds, 0, seconds)


class CallerLimits(BaseThrottle):
    """The limits of the caller's key, or the general one (RATE_LIMIT), which all keys of a user share."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """True, and the headers told to the view. Raises RateLimited."""
        key = key_of(request)
        tokens = [look(_tokens(key), key.tokens_per_day, DAY)] if key and key.tokens_per_day else []
        for day in tokens:
            if day.used >= day.limit:
                self._tell(view, day, tokens)
                raise RateLimited(
                    f"This API key may use {day.limit} tokens a day, and has used {day.used}. "
                    f"The next day begins in {_spoken(day.left)}.",
                    "token_limit",
                    day.left,
                )
        requests: list[Window] = []
        for who, bucket, limit in _requests(request, key):
            minute = use(f"{bucket}:requests", 1, limit, MINUTE)
            requests.append(minute)
            if minute.used > limit:
                self._tell(view, minute, requests + tokens)
                raise RateLimited(
                    f"{who} may send {limit} requests a minute, and this is one more. "
                    f"Try again in {_spoken(minute.left)}.",
                    "rate_limit",
                    minute.left,
                )
        if windows := requests + tokens:
            self._tell(view, min(requests or tokens, key=lambda window: window.limit - window.used), windows)
        return True

    def _tell(self, view: Any, nearest: Window, windows: list[Window]) -> None:
        view.headers |= nearest.headers | {"RateLimit-Policy": ", ".join(window.policy for window in windows)}


def _requests(request: Request, key: ApiKey | None) -> Iterator[tuple[str, str, int]]:
    """The limits on this request: of whom, where it is counted, and how many a minute.

    A key's own limit beyond the general one takes its place: only an operator grants that. One within it, which its
    owner may have chosen, comes on top: the owner's keys still share the general one.
    """
    own, general = key.requests_per_minute if key else None, settings.RATE_LIMIT
    if key and own:
        yield "This API key", f"key:{key.pk}", own
    if general and not (own and own > general):
        yield "One caller", f"user:{key.user_id}" if key else owner_of(request), general


async def metered(events: AsyncGenerator[Event, None], key: ApiKey | None) -> AsyncGenerator[Event, None]:
    """The events of one generation; it holds one of the key's places, and is charged to it.

    An answer that is cut off costs what was told of it by then. Raises RateLimited before the first event.
    """
    taken = 0
    async with aclosing(events):
        with _place(key):
            try:
                async for event in events:
                    match event:
                        case Started(prompt_tokens=tokens):
                            taken = tokens
                        case Text(tokens=tokens):
                            taken += tokens
                        case Finished(usage=usage):
                            taken = usage.prompt_tokens + usage.generated_tokens
                    yield event
            finally:
                if key and key.tokens_per_day and taken:
                    await asyncio.shield(sync_to_async(_charge)(key, taken))  # also for a client that is gone


def _charge(key: ApiKey, tokens: int) -> None:
    try:
        use(_tokens(key), tokens, key.tokens_per_day or 0, DAY)
    except DatabaseError as error:  # the answer is there, and shall not be lost with its bill
        log.warning("%d tokens of API key %d could not be counted: %s", tokens, key.pk, error)


@contextmanager
def _place(key: ApiKey | None) -> Iterator[None]:
    if key is None or key.at_once is None:
        yield
        return
    if _at_once[key.pk] >= key.at_once:
        raise RateLimited(
            f"This API key may have {key.at_once} answers made at once, and they are being made. "
            "Wait for one of them to end.",
            "too_many_at_once",
            1,
        )
    _at_once[key.pk] += 1
    try:
        yield
    finally:
        _at_once[key.pk] -= 1
        if not _at_once[key.pk]:
            del _at_once[key.pk]


def _tokens(key: ApiKey) -> str:
    return f"key:{key.pk}:tokens"


def _spoken(seconds: float) -> str:
    """A time in words: `40 seconds`, `12 minutes`, `3 hours`."""
    for name, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds > 2 * size or size == 1:
            count = max(1, math.ceil(seconds / size))
            return f"{count} {name}{'s' if count > 1 else ''}"
    raise AssertionError  # not reached: the last one takes all


def _prune() -> None:
    """Delete what can count no more, once in a while."""
    global _pruned
    if time.monotonic() - _pruned >= PRUNING:
        _pruned = time.monotonic()
        RateWindow.objects.filter(started__lt=time.time() - DAY).delete()
