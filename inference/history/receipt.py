"""What is shown of one generation: its phases as bars, its speed, and two answers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from inference.models import GenerationRecord

from .reproduce import Replay

WIDTH: Final = 1000.0  # of a bar's picture
LEAST: Final = 3.0  # of what is too short to be seen


@dataclass(frozen=True, slots=True)
class Phase:
    """`x` and `width` in a picture of WIDTH; None where it was not reached. `seconds`."""

    name: str
    seconds: float | None
    x: float = 0.0
    width: float = 0.0
    opacity: float = 1.0  # of the accent's colour


def phases(record: GenerationRecord) -> list[Phase]:
    """One after the other, as they were; together they are the whole request."""
    timed = (
        ("Queue", record.queue, 0.35),
        ("Prompt", record.prompt_time, 0.55),
        ("First token", record.first_token, 0.75),
        ("Answer", record.decode, 1.0),
    )
    whole = sum(seconds or 0.0 for _, seconds, _ in timed)
    told, x = [], 0.0
    for name, seconds, opacity in timed:
        width = (seconds or 0.0) / whole * WIDTH if whole else 0.0
        shown = 0.0 if seconds is None else max(width, LEAST)
        told.append(Phase(name, seconds, round(min(x, WIDTH - shown), 1), round(shown, 1), opacity))
        x += width
    return told


def seconds_of(record: GenerationRecord) -> float | None:
    """All of it; None where the engine told no times."""
    known = [each for each in (record.queue, record.prompt_time, record.first_token, record.decode) if each is not None]
    return sum(known) if known else None


def speed_of(record: GenerationRecord) -> float | None:
    """Tokens a second after the first one; None where there were no two."""
    if not record.decode or not record.generated_tokens or record.generated_tokens < 2:
        return None
    return (record.generated_tokens - 1) / record.decode


def first_text_of(record: GenerationRecord) -> float | None:
    """Seconds from the request to the first token."""
    if record.first_token is None:
        return None
    return (record.queue or 0.0) + (record.prompt_time or 0.0) + record.first_token


@dataclass(frozen=True, slots=True)
class Side:
    """One answer: what both begin with, the word in which they part, and what follows."""

    same: str
    parts: str = ""
    after: str = ""
    ends: bool = False  # it ends where the other goes on


def sides(replay: Replay) -> tuple[Side, Side]:
    """The two answers, with the first difference marked."""
    first, second = (_side(text, replay.differs_at) for text in (replay.first, replay.second))
    return first, second


def _side(text: str, at: int | None) -> Side:
    if at is None:
        return Side(text)
    end = at
    while end < len(text) and (end == at or not text[end].isspace()):
        end += 1
    return Side(text[:at], text[at:end], text[end:], ends=at >= len(text))
