"""How gunicorn serves the site: `gunicorn -c python:bitnetsite.gunicorn --bind HOST:PORT`.

The names are gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html
"""

import asyncio
import signal

from uvicorn_worker import UvicornWorker

from bitnetsite.env import env


class Worker(UvicornWorker):
    """Uvicorn's worker, that also heeds gunicorn's quick shutdown.

    SIGINT to gunicorn, or a second SIGTERM, reaches the worker as SIGQUIT, on which uvicorn's own goes on serving until
    it is killed. As SIGINT it ends the server: after the drain the first time, at once the second.
    """

    def _install_sigquit_handler(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, signal.raise_signal, signal.SIGINT)


wsgi_app = "bitnetsite.asgi:application"
worker_class = Worker

# The llama-cli processes belong to the worker: a second worker would be a second pool on the same cores.
workers = 1

# Seconds until a worker that was told to stop is killed: running answers get DRAIN_TIMEOUT to finish.
graceful_timeout = int(env("DRAIN_TIMEOUT")) + 5

# Else gunicorn puts a socket into the home directory, for a control program that nothing here uses.
control_socket_disable = True
