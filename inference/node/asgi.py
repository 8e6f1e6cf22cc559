"""The ASGI application of an engine node: `ROLE=engine gunicorn -c python:bitnetsite.gunicorn`."""

import os
import socket
from dataclasses import replace

from django import setup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
setup()  # for the settings; a node opens no database

from bitnetsite.env import env
from bitnetsite.http.request_body import RequestBody
from inference.engine import EngineConfig
from inference.engine.wire import NodeSettings
from inference.serving.engine_settings import engine_config, engine_lock, listed_models
from inference.serving.lifespan import Shutdown
from inference.serving.parameters import MAX_BODY_BYTES

from .app import node_app
from .node import Node


def configure(settings: NodeSettings | None) -> EngineConfig:
    """Return the configuration for a server's settings, with this machine's files, programs and core limit."""
    own = engine_config()
    if settings is None:
        return own
    same = {name: getattr(settings, name) for name in NodeSettings.__slots__ if name not in ("model", "models")}
    same["max_threads"] = min(settings.max_threads, own.max_threads)
    models = tuple(each for each in own.models if not settings.models or each.id in settings.models)
    return replace(own, model=own.served_model(settings.model).path, models=models, **same)


def installed() -> dict[str, str]:
    """Return the names of the models of this machine that are not damaged, by id."""
    return {model.id: model.name for model in listed_models() if not model.error}


MOST_BYTES = 2 * MAX_BODY_BYTES  # what a server has accepted, with what it adds: a system prompt, every field by name

node = Node(env("NODE_NAME") or socket.gethostname(), configure, engine_lock(), installed)
application = RequestBody(node_app(node, env("ENGINE_TOKEN"), lambda: Shutdown(node.drain).install()), MOST_BYTES)
