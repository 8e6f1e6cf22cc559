"""Checks of the engine and its history: pauses, models, threads, queue, launches, prompts."""

from __future__ import annotations

from inference.engine import EngineStatus, ModelState
from inference.history.queries import Spent

from .check import Check, Evidence, Verdict, count, in_cores, in_seconds, requests


def state(status: EngineStatus | None) -> Check:
    """Check whether the engine is paused, failing, or changing its configuration."""
    name = "Engine"
    if status is None:
        return Check(name, Verdict.UNKNOWN, "does not run")
    if status.failure:
        return Check(
            name,
            Verdict.SLOW,
            f"{status.crashes} crashes",
            1.0,
            status.failure,
            "Fix what the message names.",
        )
    if status.paused:
        reason = f"The engine is paused: it starts no answers, and {requests(len(status.queue), verb=True)} waiting."
        return Check(name, Verdict.SLOW, "paused", 1.0, reason, "Resume it on the tab Now.")
    if status.changing:
        reason = "The engine is changing to other settings, and a process that tests them uses cores."
        return Check(name, Verdict.WATCH, "changing", 0.3, reason, "Wait until the change is done.")
    return Check(name, Verdict.FINE, f"runs, {status.crashes} crashes")


def models(evidence: Evidence) -> Check:
    """Check whether a model is being loaded, for which requests wait, or could not be loaded."""
    name, served = "Models", evidence.models
    loading, failed, loaded = (
        [model for model in served if model.state is state]
        for state in (ModelState.LOADING, ModelState.FAILED, ModelState.LOADED)
    )
    number = f"{len(loaded)} of {len(served)} loaded"
    if loading:
        reason = f"{loading[0].name} is being loaded. Requests for it wait, and the load holds a place and cores."
        advice = (
            "Wait until it is loaded; its next requests find it ready. If models take each other's place often, raise "
            "MAX_MODELS, add memory, or offer fewer of them."
        )
        return Check(name, Verdict.SLOW, number, 0.6, reason, advice)
    if failed:
        reason = f"{failed[0].name} cannot be loaded, so that its requests fail. {failed[0].failure}"
        return Check(name, Verdict.WATCH, number, 0.1, reason, "Fix what the message names, or do not offer the model.")
    return Check(name, Verdict.FINE, number)


def threads(evidence: Evidence) -> Check:
    """Compare the threads of all concurrent answers with the available cores."""
    name, status, now = "Cores against threads", evidence.status, evidence.now
    there = now.cores if now.quota is None else min(float(now.cores), now.quota)
    if status is None:
        return Check(name, Verdict.FINE, f"{in_cores(there)}, no engine")
    number = f"{in_cores(there)}, {count(status.threads, 'thread')} × {count(status.places, 'answer')} at once"
    if status.threads * min(status.places, max(status.cores // status.threads, 1)) > there + 0.01:
        share = 1 - there / (status.threads * status.places)
        reason = f"The engine started with {in_cores(status.cores)} and now has {there:g}: threads wait for each other."
        advice = "Restart the server, or give it the cores back."
        if now.quota is not None and now.quota < 1:
            reason = f"The container may use {now.quota:g} of a core: even one thread is paused at times."
            advice = "Give the container at least one core, better one for each thread."
        return Check(name, Verdict.SLOW, number, max(share, 0.3), reason, advice)
    wanted = min(evidence.max_threads, status.cores)
    if status.threads < wanted:
        reason = (
            f"An answer uses {count(status.threads, 'thread')} and could use {wanted}: the cores are divided among "
            f"{status.places} concurrent answers, also while only one is generated."
        )
        advice = "Lower MODEL_INSTANCES: fewer concurrent answers make each of them faster."
        return Check(name, Verdict.WATCH, number, 0.5 * (1 - status.threads / wanted), reason, advice)
    if status.threads * status.places < status.cores:
        unused = status.cores - status.threads * status.places
        reason = f"{unused} of {in_cores(status.cores)} {'is' if unused == 1 else 'are'} never used."
        advice = f"Raise MAX_THREADS to up to {status.cores // status.places}."
        return Check(name, Verdict.WATCH, number, 0.2, reason, advice)
    return Check(name, Verdict.FINE, number)


def queue(spent: Spent, status: EngineStatus | None) -> Check:
    """Check the share of time that requests of the last hour waited in the queue."""
    name = "Queue"
    if not spent.whole:
        return Check(name, Verdict.FINE, "no requests in the last hour")
    share = spent.queue / spent.whole
    each = in_seconds(spent.queue / spent.requests)
    number = f"{share:.0%} of the time of the last {requests(spent.requests)}, {each} each"
    if share < 0.2:
        return Check(name, Verdict.FINE, number)
    waiting = f" {requests(len(status.queue), verb=True)} waiting now." if status and status.queue else ""
    reason = f"Requests spent {share:.0%} of their time in the queue.{waiting}"
    advice = (
        "Limit the length of answers or the requests per caller. More concurrent answers do not help, because they "
        "share the same cores; more cores or a second machine do."
    )
    return Check(name, Verdict.SLOW, number, share, reason, advice)


def launches(spent: Spent) -> Check:
    """Check the share of time that requests waited until a process was launched for them."""
    name = "Launches"
    if not spent.whole:
        return Check(name, Verdict.FINE, "no requests in the last hour")
    share = spent.launching / spent.whole
    number = f"{spent.launched:,} of the last {requests(spent.requests)}, {share:.0%} of the time"
    if share < 0.2:
        return Check(name, Verdict.FINE, number)
    reason = (
        f"{spent.launched:,} of {requests(spent.requests)} in the last hour waited for a launch, "
        f"{in_seconds(spent.launching / max(spent.launched, 1))} each, because no ready process matched."
    )
    advice = (
        "Raise STANDBY_INSTANCES. Requests with a seed always launch a process. Requests with sampling or a system "
        "prompt other than the default find a standby only if the request before them used the same."
    )
    return Check(name, Verdict.SLOW if share >= 0.3 else Verdict.WATCH, number, share, reason, advice)


def prompts(spent: Spent) -> Check:
    """Check the share of time that prompts were evaluated, launches not included."""
    name = "Reading prompts"
    if not spent.whole:
        return Check(name, Verdict.FINE, "no requests in the last hour")
    share = spent.reading / spent.whole
    held = spent.reused_tokens / spent.prompt_tokens if spent.prompt_tokens else 0.0
    number = f"{share:.0%} of the time; {held:.0%} of {spent.prompt_tokens:,} tokens were cached"
    if share < 0.3:
        return Check(name, Verdict.FINE, number)
    reason = f"Reading prompts takes {share:.0%} of the time; {held:.0%} of their tokens were cached."
    advice = (
        "Send the earlier turns of a conversation unchanged, so that the process that holds them is found; raise "
        "RESIDENT_INSTANCES; or shorten prompts."
    )
    return Check(name, Verdict.SLOW, number, share, reason, advice)
