"""The server's entry: HTTP to Django, sockets to the chat, and the engine's start and stop with the server's."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
django_application = get_asgi_application()

from chat.accounts.sessions import holds_session  # noqa: E402
from chat.answers import answer_registry  # noqa: E402
from chat.transfer import importing  # noqa: E402
from chat.transport.origin import SameOrigin  # noqa: E402
from chat.transport.routing import websocket_urlpatterns  # noqa: E402
from inference.serving.lifespan import Lifespan  # noqa: E402
from inference.serving.parameters import MOST_BODY  # noqa: E402

from .access_log import AccessLog  # noqa: E402 – these need Django to be set up
from .body_limit import BodyLimit, Larger  # noqa: E402

routes = ProtocolTypeRouter(
    {
        "http": BodyLimit(django_application, MOST_BODY, {importing.PATH: Larger(importing.MOST_BODY, holds_session)}),
        "websocket": SameOrigin(CookieMiddleware(URLRouter(websocket_urlpatterns))),
        "lifespan": Lifespan(answer_registry.end_all),
    }
)
application = AccessLog(routes)
