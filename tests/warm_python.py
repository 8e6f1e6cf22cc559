"""Start `manage.py` and gunicorn quickly: fork them from a Python process that has imported the libraries already.

Importing Django and other packages takes about a second, and a test run starts about a hundred programs. The parent
imports packages that need no settings, and of the project the engine only, which needs none either: settings,
environment and arguments are those of each program. With SOAK=1 every program is an interpreter of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LIBRARIES = [
    "axes",
    "csp.middleware",
    "django.contrib.admin",
    "django.contrib.admindocs.views",
    "django.contrib.auth.hashers",
    "django.contrib.postgres.fields",
    "django.contrib.staticfiles.storage",
    "django.core.management",
    "django.core.handlers.asgi",
    "django.core.serializers.json",
    "django.db.backends.postgresql.psycopg_any",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.autodetector",
    "django.db.models",
    "django.forms",
    "django.http",
    "django.template.defaulttags",
    "django.test.signals",
    "django.views.generic",
    "drf_spectacular.utils",
    "environ",
    "gunicorn.app.wsgiapp",
    "jinja2",
    "channels.layers",
    "jsonschema",
    "prometheus_client",
    "psutil",
    "requests",
    "uritemplate",
    "uvicorn_worker",
    "uvicorn.protocols.http.h11_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "websockets",
    "whitenoise.base",
    "yaml",
    "argon2",
    "inflection",
    "inference.engine.grammars.gbnf",
    "inference.engine.llama_cli.engine",
    "inference.engine.remote.engine",
    "pygments.formatters.html",
    "rest_framework.serializers",
    "tomllib",
]
LARGEST_REQUEST = 1_000_000  # bytes


class Process:
    """A started program, with the methods of `subprocess.Popen` that the tests use."""

    def __init__(self, status: int) -> None:
        self._status = os.fdopen(status, "rb", buffering=0)
        self.pid = int(self._status.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(self._status.readline() or -signal.SIGKILL)
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(command: Sequence[str], environment: Mapping[str, str], *files: int) -> Process | subprocess.Popen[bytes]:
    """Start a Python program in the project's folder. `files`: its standard input, output and error."""
    if os.environ.get("SOAK") == "1" or command[0] != sys.executable:
        stdin, stdout, stderr = files
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=stdin, stdout=stdout, stderr=stderr)
    status, writer = os.pipe()
    request = json.dumps({"command": list(command[1:]), "environment": dict(environment)}).encode()
    assert len(request) < LARGEST_REQUEST
    socket.send_fds(_parent(), [request], [*files, writer])
    os.close(writer)
    return Process(status)


def run(
    command: Sequence[str], environment: Mapping[str, str], *, text: str = "", timeout: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a Python program to its end, with `text` as its standard input."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(text.encode())
        files[0].seek(0)
        process = start(command, environment, *(file.fileno() for file in files))
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
        for file in files:
            file.seek(0)
        return subprocess.CompletedProcess(command, status, *(file.read().decode() for file in files[1:]))


@cache
def _parent() -> socket.socket:
    """Return the connection to the process that forks. It ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST_REQUEST)
    command = [sys.executable, __file__, str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# In the parent of the programs.


def serve(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Fork for each request. Return the request in the child, and None in the parent when the connection is closed."""
    writers: dict[int, int] = {}  # by process id
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waker, woken = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        if woken in select.select([connection, woken], [], [])[0]:
            woken.recv(1024)
            _report_ends(writers)
            continue
        data, files, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 4)
        if not data:
            return None
        if (pid := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return json.loads(data), files
        for file in files[:3]:
            os.close(file)
        writers[pid] = files[3]
        os.write(files[3], b"%d\n" % pid)


def _report_ends(writers: dict[int, int]) -> None:
    while writers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        writer = writers.pop(pid)
        with contextlib.suppress(BrokenPipeError):
            os.write(writer, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(writer)


def become(command: list[str], environment: dict[str, str], files: list[int]) -> None:
    """Run the program in this process, as a new interpreter would."""
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


def main() -> None:
    sys.path[0] = str(ROOT)
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # a collection in a child would copy all of this memory
    if request := serve(socket.socket(fileno=int(sys.argv[1]))):
        become(request[0]["command"], request[0]["environment"], request[1])


if __name__ == "__main__":
    main()
