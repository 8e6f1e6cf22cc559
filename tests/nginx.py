"""nginx in front of a server, with the lines that docs/deployment.md gives, and otherwise nginx's defaults."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Self

import pytest

from tests.server import PATIENCE, ROOT, Server, until

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
DOCUMENTED = re.compile(r"^```\n(map .*?)^```", re.MULTILINE | re.DOTALL)

needs_nginx = pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed (Debian: apt-get install nginx-light)")


class Nginx:
    """A running nginx, stopped at the end of the context. `origin`: where the server is."""

    def __init__(self, server: Server, folder: Path, prefix: str = "") -> None:
        assert PROGRAM
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}{prefix}"
        self._log = folder / "nginx.log"
        configuration = folder / "nginx.conf"
        configuration.write_text(_configuration(server, folder, port, prefix))
        command = [PROGRAM, "-c", str(configuration), "-e", str(self._log)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            assert until(lambda: _accepts(port) or self._process.poll() is not None), "nginx did not start"
            assert self._process.poll() is None, self._log.read_text()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


def _configuration(server: Server, folder: Path, port: int, prefix: str) -> str:
    """Return the documented lines for plain http, in what nginx needs to run beside a system's own."""
    found = DOCUMENTED.search((ROOT / "docs" / "deployment.md").read_text())
    assert found, "docs/deployment.md has no configuration of nginx that begins with `map`"
    lines = re.sub(r"^ +ssl_.*\n", "", found[1], flags=re.MULTILINE)
    for documented, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("location / {", f"location {prefix}/ {{"),
        ("http://127.0.0.1:8000", server.url),
    ):
        assert lines.count(documented) == 1, documented
        lines = lines.replace(documented, here)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # pytest's folders are for their owner only
    return f"daemon off; {user} pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{lines}}}\n"


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
