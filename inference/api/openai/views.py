"""The views of this protocol."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.authentication import OptionalKeyAuthentication, SessionAuthentication, caller_id
from inference.api.limits.throttle import CallerThrottle
from inference.api.models import find_model, model_id
from inference.api.requests.generation import generation_events
from inference.api.streaming import stream_response
from inference.api.views import APIView
from inference.serving import service
from inference.serving.current_request import request_id

from . import stream
from .answers import Head, chat_chunk, chat_completion, usage_chunk
from .chat_request import ChatCompletionSerializer
from .errors import exception_handler


class OpenAIView(APIView):
    """A view whose errors have the shape of this protocol."""

    authentication_classes = (OptionalKeyAuthentication, SessionAuthentication)

    def get_exception_handler(self) -> Any:
        return exception_handler


class ChatCompletionsView(OpenAIView):
    """Answers to a conversation, whole or as a stream."""

    throttle_classes = (CallerThrottle,)

    async def post(self, request: Request) -> HttpResponseBase:
        engine = await service.engine()
        serializer = ChatCompletionSerializer(data=request.data, context={"limits": service.limits_of(engine)})
        serializer.is_valid(raise_exception=True)
        model = find_model(engine.models, serializer.validated_data.get("model"))
        head = Head(f"chatcmpl-{request_id()}", model_id(model))
        caller = caller_id(request)
        answers = [
            generation_events(request, serializer.chat(index, caller), "openai") for index in range(serializer.choices)
        ]
        if serializer.streams:
            make_usage = partial(usage_chunk, head) if serializer.includes_usage else None
            write = partial(
                stream.write, others=answers[1:], make_chunk=partial(chat_chunk, head), make_usage=make_usage
            )
            return await stream_response(answers[0], write, stream.CONTENT_TYPE)
        completions = [await service.collect(events) for events in answers]
        return Response(chat_completion(head, completions))


class UnknownPathView(OpenAIView):
    """Every path below `/v1/` that does not exist."""

    async def _refuse(self, request: Request) -> Response:
        raise exceptions.NotFound(f"Nothing was found at {request.path}. The API is described at /docs/.")

    get = post = put = patch = delete = _refuse
