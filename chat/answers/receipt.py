"""The receipt of a run: model, settings, tokens and durations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypedDict

from django.utils import timezone

from inference.engine import FinishReason
from inference.engine.speed import tokens_per_second
from inference.serving.outcome import Outcome

PHASES: Final = ("queue", "prompt", "first_token", "decode")


class PlainReceipt(TypedDict):
    """One run of the engine for an answer that has no thought. Tokens; `timings` in seconds, by phase.

    For a run that was cut off, the timings are those observed by the server, `threads` is null, and so is `seed`
    unless the conversation set it.
    """

    at: str
    model: str
    finish_reason: str
    seed: int | None
    temperature: float
    top_p: float
    max_tokens: int
    context_size: int
    threads: int | None
    prompt_tokens: int
    reused_tokens: int
    generated_tokens: int
    timings: dict[str, float]


class Receipt(PlainReceipt, total=False):
    """One run of the engine for an answer. If it thought: the tokens of the thought, and the seconds that it took."""

    reasoning_tokens: int
    thinking: float


def receipt_of(outcome: Outcome | None, reason: FinishReason) -> Receipt | None:
    """Return the receipt of a run that has ended, or None where the engine never started on it."""
    if outcome is None or outcome.prompt_tokens is None:
        return None
    request, sampling, timings = outcome.request, outcome.request.sampling, outcome.timings()
    receipt = Receipt(
        at=timezone.now().isoformat(),
        model=outcome.model_name,
        finish_reason=reason.value,
        seed=sampling.seed if outcome.seed is None else outcome.seed,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=request.max_tokens,
        context_size=request.context_size,
        threads=outcome.threads,
        prompt_tokens=outcome.prompt_tokens,
        reused_tokens=outcome.reused_tokens or 0,
        generated_tokens=outcome.generated_tokens or 0,
        timings={name: round(getattr(timings, name), 6) for name in PHASES},
    )
    if outcome.reasoning_tokens:
        receipt["reasoning_tokens"] = outcome.reasoning_tokens
        receipt["thinking"] = round(outcome.thinking or 0.0, 6)
    return receipt


def context_tokens(run: dict[str, Any]) -> int:
    """Return the tokens of the context that the turns up to this run use. Chat templates leave out earlier thoughts."""
    used: int = run["prompt_tokens"] + run["generated_tokens"] - (run.get("reasoning_tokens") or 0)
    return used


def thinking_seconds(runs: Iterable[dict[str, Any]]) -> float:
    """Return how long the model thought in these runs."""
    return sum(run.get("thinking") or 0.0 for run in runs)


def speed_of(runs: Iterable[dict[str, Any]]) -> float | None:
    """Return the tokens per second of an answer with these receipts, or None where they do not tell."""
    known = [(run.get("generated_tokens"), (run.get("timings") or {}).get("decode")) for run in runs]
    return tokens_per_second(*((tokens, seconds) for tokens, seconds in known if tokens is not None))
