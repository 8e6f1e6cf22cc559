"""How gunicorn serves the site: `gunicorn -c python:bitnetsite.gunicorn --bind HOST:PORT`.

The names are gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html
"""

import signal
from types import FrameType

from gunicorn.arbiter import Arbiter

from . import listening
from .env import env
from .log_format import FORMATTERS, chosen

wsgi_app = "bitnetsite.asgi:application"
worker_class = "bitnetsite.worker.Worker"

# The llama-cli processes belong to the worker: a second worker would be a second pool on the same cores.
workers = 1

# Seconds until a worker that was told to stop is killed: running answers get DRAIN_TIMEOUT to finish, then what there
# is of them is saved, and sockets are closed.
graceful_timeout = int(env("DRAIN_TIMEOUT")) + 10

# As the server's own log. Requests are told by `access_log.py`, with more than a web server knows.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": FORMATTERS[chosen(env("LOG_FORMAT"))]}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}

# Else gunicorn puts a socket into the home directory, for a control program that nothing here uses.
control_socket_disable = True

# uvicorn believes these, so that everybody after it finds the client's address and scheme where they belong.
forwarded_allow_ips = ",".join(env("TRUSTED_PROXIES"))


def when_ready(arbiter: Arbiter) -> None:
    """Keep where the server listens, for the worker to be.

    A second SIGTERM ends at once what the first one lets finish; by itself gunicorn has no ear for it.
    """
    listening.ADDRESSES[:] = [str(listener) for listener in arbiter.LISTENERS]
    asked = False

    def terminate(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        arbiter.signal(signal.SIGINT if asked else signum, frame)
        asked = True

    signal.signal(signal.SIGTERM, terminate)
