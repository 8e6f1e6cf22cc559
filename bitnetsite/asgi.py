"""The server's entry: HTTP to Django, and the engine's start and stop with the server's."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
django_application = get_asgi_application()

from inference.lifespan import lifespan  # noqa: E402 – needs Django to be set up

application = ProtocolTypeRouter({"http": django_application, "lifespan": lifespan})
