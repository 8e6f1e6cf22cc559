"""The server's ASGI application: HTTP to Django, websockets to the chat, the lifespan to the engine."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
django_application = get_asgi_application()

# These imports need Django to be set up.
from chat.accounts.sessions import holds_session
from chat.answers import answer_registry
from chat.transfer import importer
from chat.transport.origin import SameOrigin
from chat.transport.routing import websocket_urlpatterns
from inference.api.streaming import RequestEnd
from inference.serving.lifespan import Lifespan
from inference.serving.parameters import MAX_BODY_BYTES

from .http.access_log import AccessLog
from .http.body_limit import BodyLimit, LargerLimit

larger_bodies = {importer.PATH: LargerLimit(importer.MAX_BODY, holds_session)}
routes = ProtocolTypeRouter(
    {
        "http": RequestEnd(BodyLimit(django_application, MAX_BODY_BYTES, larger_bodies)),  # type: ignore[arg-type]  # narrower types of messages
        "websocket": SameOrigin(CookieMiddleware(URLRouter(websocket_urlpatterns))),
        "lifespan": Lifespan(answer_registry.end_all),
    }
)
application = AccessLog(routes)
