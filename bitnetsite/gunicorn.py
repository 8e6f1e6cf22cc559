"""How gunicorn serves the site: `gunicorn -c python:bitnetsite.gunicorn --bind HOST:PORT`.

The names are gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html
"""

wsgi_app = "bitnetsite.asgi:application"
worker_class = "uvicorn_worker.UvicornWorker"

# The llama-cli processes belong to the worker: a second worker would be a second pool on the same cores.
workers = 1

# Seconds that running answers have to end after SIGTERM or SIGINT, before the worker is killed.
graceful_timeout = 35

# Else gunicorn puts a socket into the home directory, for a control program that nothing here uses.
control_socket_disable = True
