"""The view of `POST /v1/responses`."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.authentication import caller_id
from inference.api.limits.throttle import CallerThrottle
from inference.api.openai.stream import CONTENT_TYPE
from inference.api.openai.views import OpenAIView
from inference.api.requests.generation import generation_events
from inference.api.requests.tolerant import validated
from inference.api.streaming import stream_response
from inference.serving import service
from inference.serving.current_request import request_id

from . import stream
from .answers import ResponseAnswer
from .request import ResponseSerializer
from .schema import describe_responses


class ResponsesView(OpenAIView):
    """Responses, whole or as a stream."""

    throttle_classes = (CallerThrottle,)
    prompt_field = "input"

    @describe_responses
    async def post(self, request: Request) -> HttpResponseBase:
        serializer, model = await validated(request, ResponseSerializer)
        generation = serializer.generation_for(caller_id(request))
        answer = ResponseAnswer(request_id(), model.id, serializer, generation)
        events = generation_events(request, generation, "openai")
        if serializer.streams:
            return await stream_response(events, partial(stream.write, answer=answer), CONTENT_TYPE)
        return Response(answer.finished(await service.collect(events)))
