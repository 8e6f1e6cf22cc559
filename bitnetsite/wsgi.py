"""For tools that ask for a WSGI application. The server itself is ASGI: see `asgi.py`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
application = get_wsgi_application()
