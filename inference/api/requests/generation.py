"""From a validated request, in whatever protocol, to the events of its generation."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from rest_framework.request import Request

from inference.api.authentication import caller_of, key_of
from inference.api.limits.metering import metered
from inference.engine import Event, GenerationRequest
from inference.serving import service
from inference.serving.callers import Source


def generation_events(request: Request, generation: GenerationRequest, source: Source) -> AsyncGenerator[Event, None]:
    """Return the events of a generation on behalf of the request's caller: recorded, and charged to its key.

    Close the generator, whatever happens: that cancels the generation and frees its places.
    """
    return metered(service.generate(generation, caller_of(request, source)), key_of(request))


def answer_tokens(asked: int | None, context_size: int) -> int:
    """Return the most tokens of an answer for clients that expect a limit they did not set to be none.

    More than the server allows is cut to that.
    """
    maximum = service.max_answer_tokens(context_size)
    return maximum if asked is None else min(asked, maximum)
