"""The JSON API."""

from __future__ import annotations

from typing import Any

from adrf import views
from django.conf import settings
from django.http import HttpResponseBase
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.authentication import SessionAuthentication, caller_of, key_of, owner_of
from inference.api.negotiation import FirstRenderer
from inference.api.throttling import CallerLimits, metered
from inference.engine import Finished
from inference.serving import service

from .schema import describe_generate, describe_health, describe_live, describe_model_info
from .serializers import GenerateSerializer
from .sse import event_stream_response


class APIView(views.APIView):
    """A view whose handlers are async, and that answers in JSON."""

    content_negotiation_class = FirstRenderer

    def get_authenticators(self) -> list[BaseAuthentication]:
        """What is of use here; the description names these and no others."""
        ways = super().get_authenticators()
        if settings.REQUIRE_LOGIN and not settings.REQUIRE_API_KEY:
            return ways
        return [way for way in ways if not isinstance(way, SessionAuthentication)]

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if key := key_of(request):
            answer._resource_closers.append(key.touch)  # once all of it has been sent
        return answer


class GenerateView(APIView):
    """One answer, whole or as a stream of events."""

    throttle_classes = (CallerLimits,)

    @describe_generate
    async def post(self, request: Request) -> HttpResponseBase:
        serializer = GenerateSerializer(data=request.data, context={"limits": await service.limits()})
        serializer.is_valid(raise_exception=True)
        generation = serializer.generation_request(owner=owner_of(request))
        detailed = serializer.validated_data["details"]

        def answer(text: str, finished: Finished) -> dict[str, Any]:
            return answer_body(text, finished) | (details(finished) if detailed else {})

        events = metered(service.generate(generation, caller_of(request)), key_of(request))
        if serializer.validated_data["stream"]:
            return await event_stream_response(events, answer)
        completion = await service.whole(events)
        return Response(answer(completion.text, completion.finished))


class OpenView(APIView):
    """Also for those who watch the server and have no account."""

    authentication_classes = ()
    permission_classes = ()


class HealthView(OpenView):
    """Whether answers can be had now; 503 and why where not."""

    @describe_health
    async def get(self, request: Request) -> Response:
        health = service.health()
        body: dict[str, Any] = {"status": health.status, "detail": health.detail}
        if health.progress:
            body["progress"] = health.progress
        return Response(
            body,
            status=status.HTTP_200_OK if health.status == "ok" else status.HTTP_503_SERVICE_UNAVAILABLE,
        )


class LiveView(OpenView):
    """200 as long as the server runs, whatever the engine does."""

    @describe_live
    async def get(self, request: Request) -> Response:
        return Response({"status": "ok", "detail": "The server runs. See /health for the engine."})


class ModelInfoView(APIView):
    """The model, the settings in force, and what the engine's processes do."""

    @describe_model_info
    async def get(self, request: Request) -> Response:
        return Response(await service.model_info())


def answer_body(text: str, finished: Finished) -> dict[str, Any]:
    """The documented answer."""
    return {
        "generated_text": text,
        "tokens_generated": finished.usage.generated_tokens,
        "tokens_processed": finished.usage.prompt_tokens,
    }


def details(finished: Finished) -> dict[str, Any]:
    """How an answer came about. Times in seconds."""
    timings = finished.timings
    return {
        "finish_reason": finished.reason,
        "seed": finished.seed,
        "model": finished.model,
        "threads": finished.threads,
        "reused_tokens": finished.usage.reused_tokens,
        "timings": {
            "queue": round(timings.queue, 6),
            "prompt": round(timings.prompt, 6),
            "first_token": round(timings.first_token, 6),
            "decode": round(timings.decode, 6),
        },
    }
