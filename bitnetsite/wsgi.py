"""A WSGI application, for tools that ask for one. The server itself uses ASGI: see `asgi.py`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
application = get_wsgi_application()
