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
