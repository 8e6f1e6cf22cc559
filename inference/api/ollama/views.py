"""The views that answer: `/api/chat` and `/api/generate`."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from django.http import HttpResponseBase
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.authentication import caller_id, key_of
from inference.api.limits import concurrency
from inference.api.limits.throttle import CallerThrottle
from inference.api.parsers import AnyTypeJSONParser
from inference.api.requests.generation import generation_events
from inference.api.requests.tolerant import validated
from inference.api.streaming import stream_response
from inference.api.views import APIView
from inference.engine import GenerationRequest
from inference.engine.status import ModelState
from inference.serving import service

from . import stream
from .answers import Answers, ChatAnswers, GenerateAnswers
from .chat_request import ChatSerializer
from .errors import exception_handler
from .generate_request import OllamaGenerateSerializer
from .model_objects import name_of, untagged
from .request import OllamaSerializer
from .schema import describe_chat, describe_generate

AnySerializer = TypeVar("AnySerializer", bound=OllamaSerializer)


class OllamaView(APIView):
    """A view whose errors have the shape of this protocol, and whose bodies are JSON of any media type."""

    ignores_foreign_keys = True
    parser_classes = (AnyTypeJSONParser,)
    exception_handler = staticmethod(exception_handler)


class ChatView(OllamaView):
    """Answers to a conversation, as a stream or whole."""

    throttle_classes = (CallerThrottle,)

    @describe_chat
    async def post(self, request: Request) -> HttpResponseBase:
        serializer, model = await _validated(request, ChatSerializer)
        answers = ChatAnswers(model)
        if serializer.loads:
            return await _nothing_asked(request, serializer, answers)
        return await _respond(request, serializer, serializer.request(caller_id(request)), answers)


class GenerateView(OllamaView):
    """Answers to a question, or completions of a raw text; as a stream or whole."""

    throttle_classes = (CallerThrottle,)

    @describe_generate
    async def post(self, request: Request) -> HttpResponseBase:
        serializer, model = await _validated(request, OllamaGenerateSerializer)
        if serializer.loads:
            return await _nothing_asked(request, serializer, GenerateAnswers(model))
        generation = serializer.request(caller_id(request))
        return await _respond(request, serializer, generation, GenerateAnswers(model, generation.messages))


async def _validated(request: Request, kind: type[AnySerializer]) -> tuple[AnySerializer, str]:
    """Return the valid request, and the name of the model that it asks for. Raise ValidationError or UnknownModel."""
    serializer, info = await validated(request, kind, untagged)
    if serializer.validated_data.get("think") and info.state is ModelState.LOADED and not info.can_think:
        raise ValidationError({"think": f"{name_of(info)} does not support thinking. Leave this field out."})
    return serializer, name_of(info)


async def _nothing_asked(request: Request, serializer: OllamaSerializer, answers: Answers) -> Response:
    """Load the model, for a client that asks for that. A model that it unloads stays: other callers may need it."""
    if serializer.keeps:
        with concurrency.place(key_of(request)):
            await service.load(serializer.asked_model)
    return Response(answers.idle("load" if serializer.keeps else "unload"))


async def _respond(
    request: Request, serializer: OllamaSerializer, generation: GenerationRequest, answers: Answers
) -> HttpResponseBase:
    events = generation_events(request, generation, "ollama")
    if serializer.streams:
        return await stream_response(events, partial(stream.write, answers=answers), stream.CONTENT_TYPE)
    return Response(answers.end(await service.collect(events), whole=True))
