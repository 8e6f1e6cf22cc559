"""What is concluded from the engine's state and from the history of the last hour."""

from __future__ import annotations

from dataclasses import replace

from inference.engine.status import QueuedRequest
from inference.history.queries import Spent
from inference.monitoring.diagnostics import Verdict, judged

from .evidence import after, check


def test_threads_against_cores() -> None:
    calm = after()
    assert check(calm, "Cores against threads").number == "2 cores, 2 threads × 1 answer at once"
    fewer = replace(calm, now=replace(calm.now, cores=1))
    assert "Restart the server" in check(fewer, "Cores against threads").advice
    half = replace(calm, now=replace(calm.now, quota=0.5))
    assert "0.5 of a core" in check(half, "Cores against threads").reason
    assert calm.status is not None
    shared = replace(calm, status=replace(calm.status, places=2, threads=1))
    assert check(shared, "Cores against threads").verdict is Verdict.WATCH
    idle = replace(calm, status=replace(calm.status, threads=1), max_threads=1)
    assert "never used" in check(idle, "Cores against threads").reason


def test_a_paused_or_failing_engine_is_the_first_finding() -> None:
    calm = after()
    assert calm.status is not None
    waiting = [QueuedRequest(1, "key", 3.0, None)]
    paused = judged(replace(calm, status=replace(calm.status, paused=True, queue=waiting)))[0]
    assert (paused.name, paused.verdict) == ("Engine", Verdict.SLOW)
    assert "1 request is waiting" in paused.reason
    broken = judged(replace(calm, status=replace(calm.status, failure="They die.")))[0]
    assert broken.reason == "They die."


def test_the_last_hour_shows_where_requests_spent_their_time() -> None:
    waits = replace(after(), spent=Spent(10, 0, 30.0, 0.0, 5.0, 25.0, 1000, 100))
    assert check(waits, "Queue").number == "50% of the time of the last 10 requests, 3.0 s each"
    assert check(waits, "Queue").verdict is Verdict.SLOW
    launched = replace(after(), spent=Spent(10, 8, 0.0, 20.0, 0.0, 20.0, 1000, 100))
    assert "8 of 10 requests in the last hour waited for a launch" in check(launched, "Launches").reason
    reads = replace(after(), spent=Spent(10, 0, 0.0, 0.0, 30.0, 20.0, 4000, 200))
    assert "; 5% of their tokens were cached" in check(reads, "Reading prompts").reason
    nothing = replace(after(), spent=Spent(0, 0, 0.0, 0.0, 0.0, 0.0, 0, 0))
    assert {check(nothing, name).verdict for name in ("Queue", "Reading prompts")} == {Verdict.FINE}
