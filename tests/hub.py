"""A stand-in for the Hugging Face Hub: real HTTP on a free port, with the headers of a file in large file storage.

As on the hub, `/OWNER/NAME/resolve/REVISION/FILE` leads to a storage server under another host name, and
`/api/models/OWNER/NAME` lists the files of a repository. Switches:

    repo, file      the only repository, and its only file
    listed          files that the list has in addition, with their sizes
    announced_sha256, announced_size    announced instead of the real ones
    failures        statuses that the next requests get
    cut_at          the connection ends once, after this many bytes of the file; `reset`: with a TCP reset
    ignores_ranges  every transfer is the whole file
    pause_at        the transfer pauses after this many bytes until `go_on` is set
"""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

REPO, FILE, COMMIT = "tests/small-model", "small-model.gguf", "0123456789abcdef0123456789abcdef01234567"
PART = 32_768  # bytes


class Hub(ThreadingHTTPServer):
    """A context manager. `ranges`: start and end of each transfer.

    `tokens`: authorization headers that the storage server received; `versions`: the revisions that were downloaded.
    """

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.repo, self.file = REPO, FILE
        self.listed: dict[str, int] = {"README.md": 100}
        self.content = content
        self.sha256 = self.announced_sha256 = hashlib.sha256(content).hexdigest()
        self.announced_size = len(content)
        self.failures: list[int] = []
        self.cut_at: int | None = None
        self.reset = False
        self.pause_at: int | None = None
        self.go_on = threading.Event()
        self.ignores_ranges = False
        self._ranges: list[list[int]] = []
        self.tokens: list[str | None] = []
        self.versions: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    @property
    def ranges(self) -> list[tuple[int, int]]:
        return [(start, end) for start, end in self._ranges]

    def transfer_from(self, start: int) -> list[int]:
        """Add an entry to `ranges`, whose end is updated before the bytes are sent."""
        self._ranges.append([start, start])
        return self._ranges[-1]

    @property
    def bytes_sent(self) -> int:
        return sum(end - start for start, end in self.ranges)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.go_on.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors of killed clients."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        hub = self.server
        if hub.failures:
            self.head(hub.failures.pop(0))
        elif self.path == f"/storage/{hub.sha256}":
            self.transfer()
        elif self.path.partition("?")[0] == f"/api/models/{hub.repo}":
            self.list_files()
        elif not self.path.startswith(f"/{hub.repo}/resolve/"):
            self.head(401, {"X-Error-Code": "RepoNotFound"})  # as the hub answers without a token
        elif self.path not in [f"/{hub.repo}/resolve/{revision}/{hub.file}" for revision in ("main", COMMIT)]:
            self.head(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        else:
            if self.command == "GET":
                hub.versions.append(self.path.split("/")[4])
            linked = {"X-Linked-Etag": f'"{hub.announced_sha256}"', "X-Linked-Size": str(hub.announced_size)}
            storage = f"http://localhost:{hub.server_port}/storage/{hub.sha256}"
            self.head(302, {"Location": storage, "X-Repo-Commit": COMMIT, **linked})

    def list_files(self) -> None:
        files = {self.server.file: self.server.announced_size} | self.server.listed
        siblings = [{"rfilename": name, "size": size} for name, size in files.items()]
        body = json.dumps({"id": self.server.repo, "siblings": siblings}).encode()
        self.head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        self.wfile.write(body)

    def transfer(self) -> None:
        hub = self.server
        hub.tokens.append(self.headers["Authorization"])
        asked = None if hub.ignores_ranges else self.headers["Range"]
        start = int((asked or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        total = len(hub.content)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(total - start))
        self.end_headers()
        sent = hub.transfer_from(start)
        while sent[1] < total:
            position = sent[1]
            stops = [stop for stop in (hub.cut_at, hub.pause_at) if stop is not None and stop > position]
            sent[1] = min([position + PART, total, *stops])
            self.wfile.write(hub.content[position : sent[1]])
            if sent[1] == hub.pause_at:
                hub.go_on.wait()
            if sent[1] == hub.cut_at:
                hub.cut_at = None
                self.cut()
                return

    def cut(self) -> None:
        self.close_connection = True
        if self.server.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def head(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass
