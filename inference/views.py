"""The JSON API."""

from __future__ import annotations

from typing import Any

from adrf.views import APIView
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, JsonResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from . import service
from .engine import Finished
from .serializers import GenerateSerializer


class GenerateView(APIView):
    """`POST /generate`: one answer."""

    async def post(self, request: Request) -> Response:
        serializer = GenerateSerializer(data=request.data, context={"limits": await service.limits()})
        serializer.is_valid(raise_exception=True)
        generation = serializer.generation_request(owner=request.META.get("REMOTE_ADDR", ""))
        completion = await service.complete(generation)
        body = {
            "generated_text": completion.text,
            "tokens_generated": completion.finished.usage.generated_tokens,
            "tokens_processed": completion.finished.usage.prompt_tokens,
        }
        if serializer.validated_data["details"]:
            body |= await _details(completion.finished)
        return Response(body)


class HealthView(APIView):
    """`GET /health`: whether answers can be had now; 503 and why where not."""

    async def get(self, request: Request) -> Response:
        health = service.health()
        return Response(
            {"status": health.status, "detail": health.detail},
            status=status.HTTP_200_OK if health.status == "ok" else status.HTTP_503_SERVICE_UNAVAILABLE,
        )


class ModelInfoView(APIView):
    """`GET /model_info`: the model, the settings in force, and what the engine's processes do."""

    async def get(self, request: Request) -> Response:
        return Response(await service.model_info())


async def _details(finished: Finished) -> dict[str, Any]:
    """How an answer came about. Times in seconds."""
    timings = finished.timings
    return {
        "finish_reason": finished.reason,
        "seed": finished.seed,
        "model": (await service.engine()).model.name,
        "threads": finished.threads,
        "reused_tokens": finished.usage.reused_tokens,
        "timings": {
            "queue": round(timings.queue, 6),
            "prompt": round(timings.prompt, 6),
            "first_token": round(timings.first_token, 6),
            "decode": round(timings.decode, 6),
        },
    }


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's 400, said so that it helps."""
    if isinstance(exception, DisallowedHost):
        detail = (
            "This server does not answer to the host name in the request. Add it to ALLOWED_HOSTS "
            "(comma-separated; * for any) and start the server again."
        )
        return JsonResponse({"detail": detail, "code": "host_not_allowed"}, status=400)
    return JsonResponse({"detail": "The request could not be read.", "code": "bad_request"}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    detail = f"There is nothing at {request.path}. Try POST /generate, GET /health or GET /model_info."
    return JsonResponse({"detail": detail, "code": "not_found"}, status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    detail = "The server made a mistake, which its log tells. The request can be tried again."
    return JsonResponse({"detail": detail, "code": "internal_error"}, status=500)
