"""How a model behaves under test, and the switches of the fake llama-cli that make it so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LAUNCHES_FAIL = "launches-fail"  # name of the file that turns the faults of launches on


@dataclass(frozen=True)
class Behaviour:
    """How the model answers; by default it recites the system prompt and all questions ("I heard: One | Two").

    `echo`: repeats the last question only. `words`: that many numbered words ("w0 w1 …"). `split_characters`: one byte
    per token. `repeats_one_token`: one word forever, as a broken build does.

    Faults: `broken`: every launch fails for this reason. `slow_launch` (seconds) and `failing_launch` (a reason):
    launches while `launches_fail` of the harness is set. `crash_at` and `hang_at` (a token, from 0): answers to a
    question with the word "poison"; `crash_once`: the first of them only.
    """

    echo: bool = False
    words: int | None = None
    seconds_per_token: float = 0.0
    split_characters: bool = False
    repeats_one_token: bool = False
    slow_launch: float | None = None
    failing_launch: str | None = None
    crash_at: int | None = None
    crash_once: bool = False
    hang_at: int | None = None
    broken: str | None = None

    def switches(self, folder: Path) -> list[str]:
        """Return the switches of the fake. `folder`: of the files that turn faults on and off."""
        names = [f"seconds-per-token={self.seconds_per_token}"]
        names += ["echo"] if self.echo else []
        names += ["bytes"] if self.split_characters else []
        names += ["repeat-one-token"] if self.repeats_one_token else []
        names += [f"tokens={self.words}"] if self.words is not None else []
        names += [f"exit-at-launch={self.broken}"] if self.broken else []
        if self.slow_launch is not None:
            names += [f"slow-launch={self.slow_launch}", f"while={folder / LAUNCHES_FAIL}"]
        if self.failing_launch is not None:
            names += [f"exit-at-launch={self.failing_launch}", f"while={folder / LAUNCHES_FAIL}"]
        if self.hang_at is not None:
            names += [f"stop-at={self.hang_at}", "when=poison"]
        if self.crash_at is not None:
            names += [f"die-at={self.crash_at}", "when=poison"]
        if self.crash_once:
            (folder / "once").touch()
            names += [f"once={folder / 'once'}"]
        return names


SLOW = Behaviour(words=100_000, seconds_per_token=0.01)
