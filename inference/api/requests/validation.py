"""Checks of a generation request that all protocols share: limits of model and settings, and transcripts.

Errors say what to enter. Each protocol reports them under its own names of the parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

from inference.serving import configuration
from inference.serving.service import Limits, max_answer_tokens


def context_size_error(context_size: int, limits: Limits) -> str | None:
    """Return why this context size is not possible, if it is not."""
    if context_size > limits.trained_context:
        return f"Enter at most {limits.trained_context}, the context size that the model was trained with."
    return None


def max_tokens_error(max_tokens: int, context_size: int) -> str | None:
    """Return why an answer cannot have this many tokens in this context, if it cannot."""
    if max_tokens > context_size:
        return f"Enter at most {context_size}, the context_size of this request."
    if max_tokens > (maximum := max_answer_tokens(context_size)):
        return f"Enter at most {maximum}, the limit of this server."
    return None


def threads_error(threads: int | None, limits: Limits) -> str | None:
    """Return why a request cannot have this many threads, if it cannot."""
    if threads is not None and threads > limits.max_threads:
        return f"Enter at most {limits.max_threads}, the limit of this server."
    return None


def length_error(text: str) -> str | None:
    """Return an error if a prompt or message is longer than the settings in force allow."""
    maximum = configuration.current().max_prompt_chars
    return f"Enter at most {maximum} characters." if len(text) > maximum else None


def reasoning_error(role: str, reasoning: str) -> str | None:
    """Return why a turn of this role cannot have this thought, if it cannot."""
    return "Only answers have reasoning." if reasoning and role != "assistant" else length_error(reasoning)


def transcript_error(turns: Sequence[dict[str, str]]) -> str | None:
    """Return why a model cannot continue these turns, each with `role` and `content`, if it cannot."""
    for at, turn in enumerate(turns):
        expected = "assistant" if at % 2 else "user"
        if turn["role"] != expected:
            return f"Turn {at} has the role {turn['role']}, but user and assistant alternate, user first."
        if not turn["content"].strip() and not (expected == "assistant" and at == len(turns) - 1):
            return f"Turn {at} is empty."
    return None


def continuation_error(last_role: str, grammar: str | None) -> str | None:
    """Return why an answer cannot be continued, if it cannot: a grammar begins with the first token of an answer."""
    if grammar and last_role == "assistant":
        return "An answer cannot be continued under a grammar. Enter a question as the last message."
    return None
