"""The views of this protocol."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from functools import partial
from typing import Final

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.authentication import caller_id
from inference.api.limits.policy import LimitReached
from inference.api.limits.throttle import CallerThrottle
from inference.api.requests.generation import generation_events
from inference.api.requests.tolerant import validated
from inference.api.streaming import stream_response
from inference.api.views import APIView, UnknownPath
from inference.engine import Event
from inference.engine.errors import EngineError
from inference.serving import service
from inference.serving.current_request import request_id
from inference.serving.service import Completion

from . import stream
from .answers import Answers, ChatAnswers, CompletionAnswers, Head
from .chat_request import ChatCompletionSerializer
from .completion_request import CompletionSerializer
from .errors import exception_handler
from .model_objects import model_object
from .request import ChoicesSerializer
from .schema import describe_chat_completions, describe_completions, describe_model, describe_models

KEEP_THEM: Final = "To keep them, set stream, or send a request for each answer."


class OpenAIView(APIView):
    """A view whose errors have the shape of this protocol."""

    ignores_foreign_keys = True
    exception_handler = staticmethod(exception_handler)
    prompt_field: str | None = None  # the field with the prompt, named by an error if it is too long


class ChatCompletionsView(OpenAIView):
    """Answers to a conversation, whole or as a stream."""

    throttle_classes = (CallerThrottle,)
    prompt_field = "messages"

    @describe_chat_completions
    async def post(self, request: Request) -> HttpResponseBase:
        serializer, model = await validated(request, ChatCompletionSerializer)
        return await _respond(request, serializer, ChatAnswers(Head(f"chatcmpl-{request_id()}", model.id)))


class CompletionsView(OpenAIView):
    """Completions of texts, whole or as a stream."""

    throttle_classes = (CallerThrottle,)
    prompt_field = "prompt"

    @describe_completions
    async def post(self, request: Request) -> HttpResponseBase:
        serializer, model = await validated(request, CompletionSerializer)
        head = Head(f"cmpl-{request_id()}", model.id)
        return await _respond(request, serializer, CompletionAnswers(head, serializer.echoed))


class ModelsView(OpenAIView):
    """The served models."""

    @describe_models
    async def get(self, request: Request) -> Response:
        models = (await service.engine()).models
        return Response({"object": "list", "data": [model_object(model) for model in models]})


class ModelView(OpenAIView):
    """One of the served models."""

    @describe_model
    async def get(self, request: Request, name: str) -> Response:
        return Response(model_object(service.model_of(await service.engine(), name)))


class UnknownPathView(UnknownPath, OpenAIView):
    """Every path below `/v1/` that does not exist."""


async def _respond(request: Request, serializer: ChoicesSerializer, answers: Answers) -> HttpResponseBase:
    """Generate the choices, one after the other."""
    # Each begins when its turn comes: it is recorded from then on.
    generations = (
        generation_events(request, generation, "openai") for generation in serializer.generations(caller_id(request))
    )
    if serializer.streams:
        first = next(generations)
        write = partial(stream.write, others=generations, answers=answers, with_usage=serializer.includes_usage)
        return await stream_response(first, write, stream.CONTENT_TYPE)
    return Response(answers.whole(await _collected(generations)))


async def _collected(generations: Iterable[AsyncGenerator[Event, None]]) -> list[Completion]:
    """Return all answers. If one fails, so does the request, as at OpenAI: there is no response with some of them."""
    completions: list[Completion] = []
    for events in generations:
        try:
            completions.append(await service.collect(events))
        except (EngineError, LimitReached) as error:
            if completions:
                error.add_note(f"Answer {len(completions) + 1} failed with it; those before it are lost. {KEEP_THEM}")
            raise
    return completions
