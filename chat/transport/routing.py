"""The page's socket."""

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from .consumer import ChatConsumer

websocket_urlpatterns = [
    path("chat/socket", ChatConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),  # without it, a wrong path logs a traceback
]
