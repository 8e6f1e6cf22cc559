"""A PostgreSQL of the tests' own: a cluster in a folder, on a free port, that can be stopped and started."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import pytest


def find_programs() -> Path | None:
    """Return the folder with PostgreSQL's programs, of the newest version if there are several."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0)
    )
    if folders:
        return folders[-1]
    program = shutil.which("initdb")
    return Path(program).parent if program else None


class PostgreSQL:
    """A running database server; a context manager. `url`: for `DATABASE_URL`."""

    def __init__(self) -> None:
        programs = find_programs()
        if programs is None:
            pytest.skip("needs PostgreSQL (Debian, Ubuntu: sudo apt-get install postgresql)")
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        # PostgreSQL refuses to run as root.
        self._user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._user:
            shutil.chown(self.folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync")
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--log={self.folder / 'log'}", f"--options={options}")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._user, str(self._programs / program), f"--pgdata={self.folder / 'data'}", *arguments]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder, text=True)
        assert done.returncode == 0, done.stderr
