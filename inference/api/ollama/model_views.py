"""The views about the models and the server, and the parts of the protocol that this server does not offer."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse_lazy
from django.utils.text import format_lazy
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.views import UnknownPath
from inference.engine import ModelState
from inference.engine.errors import UnknownModel
from inference.serving import service

from .model_objects import listed, loaded, shown, untagged
from .request import OllamaModelSerializer
from .schema import describe_ps, describe_pull, describe_show, describe_tags, describe_version
from .views import OllamaView

VERSION: Final = "0.12.6"  # of Ollama, whose API this is: clients ask for a least version

NO_CHANGES: Final = format_lazy(
    "This server's models cannot be changed with this API. An administrator can change the served one at {admin}.",
    admin=reverse_lazy("admin:index"),
)
NO_EMBEDDINGS: Final = "This server generates text, and has no embeddings. Use another server for them."


class NotOffered(exceptions.APIException):
    """A part of the protocol that this server does not offer."""

    status_code = status.HTTP_501_NOT_IMPLEMENTED
    default_code = "not_offered"


class TagsView(OllamaView):
    """The served models."""

    @describe_tags
    async def get(self, request: Request) -> Response:
        return Response({"models": [listed(model) for model in (await service.engine()).models]})


class PsView(OllamaView):
    """The models in memory."""

    @describe_ps
    async def get(self, request: Request) -> Response:
        engine = await service.engine()
        models = [model for model in engine.models if model.state is ModelState.LOADED]
        return Response({"models": [loaded(model, service.limits_of(engine, model.id)) for model in models]})


class ShowView(OllamaView):
    """One of the served models."""

    @describe_show
    async def post(self, request: Request) -> Response:
        name, engine = _model_name(request), await service.engine()
        limits = service.limits_of(engine, name)
        return Response(shown(service.model_of(engine, name), limits, service.defaults()))


class PullView(OllamaView):
    """Models are not downloaded, but clients pull a model to be sure that it is there."""

    @describe_pull
    async def post(self, request: Request) -> Response:
        name, engine = _model_name(request), await service.engine()
        try:
            service.model_of(engine, name)
        except UnknownModel as error:
            raise exceptions.NotFound(f"{error} This server does not download models on request.") from None
        return Response({"status": "success"})


class VersionView(OllamaView):
    """The version of the protocol."""

    @describe_version
    async def get(self, request: Request) -> Response:
        return Response({"version": VERSION})


class NotOfferedView(OllamaView):
    """Paths of the protocol without a meaning here. `reason`: why, and what to do."""

    schema = None
    reason = NO_CHANGES

    async def _refuse(self, request: Request, **kwargs: Any) -> Response:
        raise NotOffered(self.reason)

    get = post = put = delete = _refuse


class UnknownPathView(UnknownPath, OllamaView):
    """Every path below `/api/` that does not exist."""


def _model_name(request: Request) -> str:
    serializer = OllamaModelSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return untagged(serializer.wanted)
