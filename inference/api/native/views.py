"""The native JSON API."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.authentication import caller_id, key_of
from inference.api.limits import concurrency
from inference.api.limits.throttle import CallerThrottle
from inference.api.models import asked_name
from inference.api.requests.generation import generation_events
from inference.api.streaming import stream_response
from inference.api.views import APIView
from inference.engine import Finished
from inference.serving import service
from inference.serving.service import Completion

from . import sse
from .schema import describe_generate, describe_health, describe_live, describe_model_info, describe_tokenize
from .serializers import GenerateSerializer


class GenerateView(APIView):
    """One answer, complete or as a stream of events."""

    throttle_classes = (CallerThrottle,)

    @describe_generate
    async def post(self, request: Request) -> HttpResponseBase:
        serializer = await _validated(request)
        generation = serializer.generation_request(caller=caller_id(request))
        detailed = serializer.validated_data["details"]

        def answer(completion: Completion) -> dict[str, Any]:
            return answer_body(completion) | (details(completion.finished) if detailed else {})

        events = generation_events(request, generation, "api")
        if serializer.validated_data["stream"]:
            return await stream_response(events, partial(sse.write, answer=answer), sse.CONTENT_TYPE)
        return Response(answer(await service.collect(events)))


class TokenizeView(APIView):
    """The tokens of a prompt. Counting holds a place like an answer, but no answer is recorded."""

    throttle_classes = (CallerThrottle,)

    @describe_tokenize
    async def post(self, request: Request) -> Response:
        serializer = await _validated(request)
        generation = serializer.generation_request(caller=caller_id(request))
        with concurrency.place(key_of(request)):
            size = await service.count_tokens(generation)
        return Response({"prompt_tokens": size.tokens, "context_size": generation.context_size, "fits": size.fits})


async def _validated(request: Request) -> GenerateSerializer:
    """Return the valid request. Raise ValidationError or UnknownModel."""
    limits = await service.limits(asked_name(request.data))
    serializer = GenerateSerializer(data=request.data, context={"limits": limits})
    serializer.is_valid(raise_exception=True)
    return serializer


class OpenView(APIView):
    """A view without authentication, for monitoring."""

    authentication_classes = ()
    permission_classes = ()


class HealthView(OpenView):
    """200 if the server can generate answers now; otherwise 503 with the reason."""

    @describe_health
    async def get(self, request: Request) -> Response:
        health = service.health()
        body: dict[str, Any] = {"status": health.status, "detail": health.public}
        if health.progress:
            body["progress"] = health.progress
        return Response(
            body,
            status=status.HTTP_200_OK if health.status == "ok" else status.HTTP_503_SERVICE_UNAVAILABLE,
        )


class LiveView(OpenView):
    """200 while the server runs, whatever the state of the engine."""

    @describe_live
    async def get(self, request: Request) -> Response:
        return Response({"status": "ok", "detail": "The server is running. See /health for the engine."})


class ModelInfoView(APIView):
    """The model, the settings in force, and the engine's state."""

    @describe_model_info
    async def get(self, request: Request) -> Response:
        return Response(await service.model_info())


def answer_body(completion: Completion) -> dict[str, Any]:
    """Return the body of an answer."""
    usage = completion.finished.usage
    return {
        "generated_text": completion.text,
        **({"reasoning": completion.reasoning} if completion.reasoning else {}),
        "tokens_generated": usage.generated_tokens,
        "tokens_processed": usage.prompt_tokens,
    }


def details(finished: Finished) -> dict[str, Any]:
    """Return the details of a generation. Durations are in seconds."""
    timings = finished.timings
    return {
        "finish_reason": finished.reason,
        "seed": finished.seed,
        "model": finished.model,
        "model_name": finished.model_name,
        "threads": finished.threads,
        "reused_tokens": finished.usage.reused_tokens,
        "reasoning_tokens": finished.usage.reasoning_tokens,
        "timings": {
            "queue": round(timings.queue, 6),
            "prompt": round(timings.prompt, 6),
            "first_token": round(timings.first_token, 6),
            "decode": round(timings.decode, 6),
        },
    }
