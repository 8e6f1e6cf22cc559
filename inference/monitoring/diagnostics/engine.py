"""What the engine and its history say: pauses, threads, waiting, launches, prompts."""

from __future__ import annotations

from inference.engine import EngineStatus
from inference.history.queries import Spent

from .check import Check, Evidence, Verdict, count, in_cores, in_seconds, requests


def state(status: EngineStatus | None) -> Check:
    """Paused, failing, or busy with a change."""
    name = "Engine"
    if status is None:
        return Check(name, Verdict.UNKNOWN, "does not run")
    if status.failure:
        return Check(name, Verdict.SLOW, f"{status.crashes} crashes", 1.0, status.failure, "Mend what it names.")
    if status.paused:
        said = f"The engine is paused: nothing new is begun, and {requests(len(status.queue), verb=True)} waiting."
        return Check(name, Verdict.SLOW, "paused", 1.0, said, "Resume it, under Now.")
    if status.changing:
        said = "The engine is changing to other settings, and a process that proves them takes cores meanwhile."
        return Check(name, Verdict.WATCH, "changing", 0.3, said, "It is over by itself.")
    return Check(name, Verdict.FINE, f"runs, {status.crashes} crashes")


def threads(evidence: Evidence) -> Check:
    """Threads of an answer and answers at once, against the cores that there are."""
    name, status, now = "Cores against threads", evidence.status, evidence.now
    there = now.cores if now.quota is None else min(float(now.cores), now.quota)
    if status is None:
        return Check(name, Verdict.FINE, f"{in_cores(there)}, no engine")
    number = f"{in_cores(there)}, {count(status.threads, 'thread')} × {count(status.places, 'answer')} at once"
    if status.threads * min(status.places, max(status.cores // status.threads, 1)) > there + 0.01:
        share = 1 - there / (status.threads * status.places)
        said = f"The engine plans with {in_cores(status.cores)}, and has {there:g}: threads wait for each other."
        advice = "The cores were taken away after the start. Restart the server, or give them back."
        if now.quota is not None and now.quota < 1:
            said = f"The container may use {now.quota:g} of a core: even one thread has to pause."
            advice = "Give the container at least one whole core, better one for each thread."
        return Check(name, Verdict.SLOW, number, max(share, 0.3), said, advice)
    wanted = min(evidence.max_threads, status.cores)
    if status.threads < wanted:
        said = (
            f"An answer gets {count(status.threads, 'thread')} where it could have {wanted}: the cores are shared out "
            f"among {status.places} answers at once, also while only one is made."
        )
        advice = "Fewer answers at once (MODEL_INSTANCES) make each of them faster."
        return Check(name, Verdict.WATCH, number, 0.5 * (1 - status.threads / wanted), said, advice)
    if status.threads * status.places < status.cores:
        said = f"{in_cores(status.cores - status.threads * status.places)} of {status.cores} are never used."
        advice = f"Raise MAX_THREADS to up to {status.cores // status.places}, in the settings."
        return Check(name, Verdict.WATCH, number, 0.2, said, advice)
    return Check(name, Verdict.FINE, number)


def queue(spent: Spent, status: EngineStatus | None) -> Check:
    """Waiting for a place against being answered, in the last hour."""
    name = "Queue"
    if not spent.whole:
        return Check(name, Verdict.FINE, "nothing was asked in the last hour")
    share = spent.queue / spent.whole
    each = in_seconds(spent.queue / spent.requests)
    number = f"{share:.0%} of the time of the last {requests(spent.requests)}, {each} each"
    if share < 0.2:
        return Check(name, Verdict.FINE, number)
    waiting = f" {requests(len(status.queue), verb=True)} waiting now." if status and status.queue else ""
    said = f"Requests spent {share:.0%} of their time waiting for a place.{waiting}"
    advice = (
        "Shorter answers (Most tokens of an answer) and a limit for each caller help at once; more answers at once "
        "share the same cores. A second machine, or more cores, is what shortens it."
    )
    return Check(name, Verdict.SLOW, number, share, said, advice)


def launches(spent: Spent) -> Check:
    """Requests that had to wait for a process of their own, for no standby fitted."""
    name = "Launches on the way"
    if not spent.whole:
        return Check(name, Verdict.FINE, "nothing was asked in the last hour")
    share = spent.launching / spent.whole
    number = f"{spent.launched:,} of the last {requests(spent.requests)}, {share:.0%} of the time"
    if share < 0.2:
        return Check(name, Verdict.FINE, number)
    said = (
        f"{spent.launched:,} of {requests(spent.requests)} in the last hour had to wait for a launch of "
        f"their own, {in_seconds(spent.launching / max(spent.launched, 1))} each: no standby was there that fitted."
    )
    advice = (
        "Raise STANDBY_INSTANCES. A seed that is asked for always launches; sampling or a system prompt other than the "
        "default's fits a standby only when it was asked for last."
    )
    return Check(name, Verdict.SLOW if share >= 0.3 else Verdict.WATCH, number, share, said, advice)


def prompts(spent: Spent) -> Check:
    """Reading prompts against answering, by processes that were there already."""
    name = "Reading prompts"
    if not spent.whole:
        return Check(name, Verdict.FINE, "nothing was asked in the last hour")
    share = spent.reading / spent.whole
    held = spent.reused_tokens / spent.prompt_tokens if spent.prompt_tokens else 0.0
    number = f"{share:.0%} of the time; {held:.0%} of {spent.prompt_tokens:,} tokens were held already"
    if share < 0.3:
        return Check(name, Verdict.FINE, number)
    said = f"Prompts take {share:.0%} of the time to read, and only {held:.0%} of their tokens were held already."
    advice = (
        "Send a conversation's earlier turns unchanged, so that its process is found again; keep more residents "
        "(RESIDENT_INSTANCES); or shorten prompts."
    )
    return Check(name, Verdict.SLOW, number, share, said, advice)
