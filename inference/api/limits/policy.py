"""Which limits apply to a caller. No database, no HTTP.

The headers are those of draft-ietf-httpapi-ratelimit-headers-06, the last revision with one header per number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

MINUTE: Final = 60  # seconds
DAY: Final = 86_400  # seconds


class LimitReached(Exception):
    """The caller has reached a limit. `retry_after`: seconds until another attempt may succeed."""

    def __init__(self, detail: str, code: str, retry_after: float) -> None:
        super().__init__(detail)
        self.code = code
        self.retry_after = retry_after


class LimitedKey(Protocol):
    """An API key, as far as limits depend on it."""

    @property
    def pk(self) -> int: ...
    @property
    def user_id(self) -> int: ...
    @property
    def requests_per_minute(self) -> int | None: ...
    @property
    def tokens_per_day(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in `seconds`, counted in `bucket`. `subject` names the caller in messages."""

    subject: str
    bucket: str
    amount: int
    seconds: int

    @property
    def policy(self) -> str:
        return f"{self.amount};w={self.seconds}"


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of a limit. `resets_in`: seconds until its window ends."""

    limit: Limit
    used: int
    resets_in: float

    @property
    def remaining(self) -> int:
        return self.limit.amount - self.used

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit.amount),
            "RateLimit-Remaining": str(max(0, self.remaining)),
            "RateLimit-Reset": str(max(0, math.ceil(self.resets_in))),
        }


def request_limits(caller: str, key: LimitedKey | None, general: int | None) -> Iterator[Limit]:
    """Yield the limits on requests per minute. `general` is RATE_LIMIT; all keys of a user share it.

    A key's limit above the general one replaces it: only an operator can grant that. One below it, which the key's
    owner may have chosen, applies in addition.
    """
    own = key.requests_per_minute if key else None
    if key and own:
        yield Limit("This API key", f"key:{key.pk}:requests", own, MINUTE)
    if general and not (own and own > general):
        yield Limit("One caller", f"{f'user:{key.user_id}' if key else caller}:requests", general, MINUTE)


def token_limit(key: LimitedKey | None) -> Limit | None:
    """Return the key's limit on tokens per day, if it has one."""
    if key is None or not key.tokens_per_day:
        return None
    return Limit("This API key", f"key:{key.pk}:tokens", key.tokens_per_day, DAY)


def headers(nearest: Usage, usages: Iterable[Usage]) -> dict[str, str]:
    """Return the headers of a response: the numbers of the nearest limit, and the policies of all."""
    return nearest.headers | {"RateLimit-Policy": ", ".join(usage.limit.policy for usage in usages)}


def too_many_requests(usage: Usage) -> LimitReached:
    limit = usage.limit
    return LimitReached(
        f"{limit.subject} may send {limit.amount} requests per minute, and this one exceeds that. "
        f"Try again in {spoken(usage.resets_in)}.",
        "rate_limit",
        usage.resets_in,
    )


def too_many_tokens(usage: Usage) -> LimitReached:
    return LimitReached(
        f"{usage.limit.subject} may use {usage.limit.amount} tokens per day, and has used {usage.used}. "
        f"The next day begins in {spoken(usage.resets_in)}.",
        "token_limit",
        usage.resets_in,
    )


def too_many_at_once(amount: int) -> LimitReached:
    return LimitReached(
        f"This API key may have {amount} answers generated concurrently, and has that many now. "
        "Wait until one of them ends.",
        "too_many_at_once",
        1,
    )


def spoken(seconds: float) -> str:
    """Return a duration in words: `40 seconds`, `12 minutes`, `3 hours`."""
    name, size = next((unit for unit in (("hour", 3600), ("minute", 60)) if seconds > 2 * unit[1]), ("second", 1))
    count = max(1, math.ceil(seconds / size))
    return f"{count} {name}{'s' if count > 1 else ''}"
