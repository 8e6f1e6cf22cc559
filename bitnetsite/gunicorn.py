"""Gunicorn's configuration: `gunicorn -c python:bitnetsite.gunicorn --bind HOST:PORT`.

The names are gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html
"""

import signal
import sys
from types import FrameType

from django.core.exceptions import ImproperlyConfigured
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from .env import env
from .http import listening
from .log_format import FORMATTERS, choose_format
from .parent import die_with_parent

# Read all settings before a worker starts: gunicorn would report an error in the worker as a long traceback.
try:
    from . import settings  # noqa: F401 – read for its errors
except ImproperlyConfigured as error:
    sys.exit(str(error))

wsgi_app = "inference.node.asgi:application" if env("ROLE") == "engine" else "bitnetsite.asgi:application"
worker_class = "bitnetsite.worker.Worker"

# The llama-cli processes belong to the worker: a second worker would start a second pool on the same cores.
workers = 1

# Seconds until a stopping worker is killed: after DRAIN_TIMEOUT it still saves partial answers and closes sockets.
graceful_timeout = int(env("DRAIN_TIMEOUT")) + 10

# The same format as the application's log. `http/access_log.py` logs requests, with more detail than gunicorn.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": FORMATTERS[choose_format(env("LOG_FORMAT"))]}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}

# Seconds that a connection may wait for a further request. Longer than proxies and clients reuse theirs: one that is
# closed just then fails a request.
keepalive = 75

# Gunicorn would put a socket into the home directory, for a control program that is not used here.
control_socket_disable = True

# Uvicorn trusts the forwarded headers of these proxies, so that the client's address and scheme are set correctly.
forwarded_allow_ips = ",".join(env("TRUSTED_PROXIES"))


def on_starting(arbiter: Arbiter) -> None:
    """Listen on both loopback addresses if `localhost` is to be bound: a client may try only one of them."""
    arbiter.cfg.set("bind", [address for bind in arbiter.cfg.bind for address in listening.resolved(bind)])


def when_ready(arbiter: Arbiter) -> None:
    """Record the addresses to listen on, for the worker, and make a second SIGTERM stop the server at once.

    Gunicorn itself ignores further SIGTERMs while running answers finish.
    """
    listening.ADDRESSES[:] = [str(listener) for listener in arbiter.LISTENERS]
    if env("ROLE") == "engine" and not env("ENGINE_TOKEN") and (addresses := listening.beyond_this_machine()):
        sys.exit(
            f"Everyone who reaches {' or '.join(addresses)} could use this engine node. Set ENGINE_TOKEN to the same "
            "secret here and on the server, or listen on this machine only (HOST=127.0.0.1)."
        )
    stopping = False

    def terminate(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        arbiter.signal(signal.SIGINT if stopping else signum, frame)
        stopping = True

    signal.signal(signal.SIGTERM, terminate)


def post_fork(arbiter: Arbiter, worker: Worker) -> None:
    """End the worker with gunicorn's master. Without the master, no signal would stop it, and it keeps the engine."""
    die_with_parent(worker.ppid)
