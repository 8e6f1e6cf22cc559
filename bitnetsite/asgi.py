"""The server's entry: HTTP to Django, and the engine's start and stop with the server's."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
django_application = get_asgi_application()

from bitnetsite.body_limit import BodyLimit  # noqa: E402 – these need Django to be set up
from inference.lifespan import lifespan  # noqa: E402
from inference.parameters import MOST_BODY  # noqa: E402

application = ProtocolTypeRouter({"http": BodyLimit(django_application, MOST_BODY), "lifespan": lifespan})
