"""The server's ASGI application: HTTP to Django, websockets to the chat, the lifespan to the engine."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django import setup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
setup()

# These imports need Django to be set up.
from chat.accounts.sessions import holds_session
from chat.answers import answer_registry
from chat.transfer import importer
from chat.transport.origin import SameOrigin
from chat.transport.routing import websocket_urlpatterns
from inference.api.streaming import RequestEnd
from inference.serving.lifespan import Lifespan
from inference.serving.parameters import MAX_BODY_BYTES

from .connections.client_limit import ClientLimit
from .env import env
from .http.access_log import AccessLog
from .http.handler import Handler
from .http.path_prefix import PathPrefix
from .http.request_body import LargerLimit, RequestBody

larger_bodies = {importer.PATH: LargerLimit(importer.MAX_BODY, holds_session)}
routes = ProtocolTypeRouter(
    {
        "http": RequestEnd(RequestBody(Handler(), MAX_BODY_BYTES, larger_bodies)),  # type: ignore[arg-type]  # narrower types of messages
        "websocket": SameOrigin(CookieMiddleware(URLRouter(websocket_urlpatterns))),
        "lifespan": Lifespan(answer_registry.end_all),
    }
)
application = PathPrefix(AccessLog(ClientLimit(routes, env("MAX_CONNECTIONS_PER_ADDRESS"))), env("PATH_PREFIX"))
