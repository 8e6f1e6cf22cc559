"""The parser of HTTP requests: h11's, stricter about what is ambiguous, and with every form of a target."""

from __future__ import annotations

from urllib.parse import urlsplit

import h11

MAX_HEAD = 64 * 2**10  # bytes of a request line with its headers


class RequestParser(h11.Connection):
    """h11's connection of a server. Its requests have a path as their target."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD)

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return the next event. Raise RemoteProtocolError, with the status to answer."""
        event = super().next_event()
        return _normalized(event) if isinstance(event, h11.Request) else event


def _normalized(request: h11.Request) -> h11.Request:
    names = {name for name, _ in request.headers}
    if {b"transfer-encoding", b"content-length"} <= names:  # the way to smuggle a request past a proxy: RFC 9112, 6.1
        raise h11.RemoteProtocolError("Transfer-Encoding and Content-Length exclude each other", 400)
    if not request.target.lower().startswith((b"http://", b"https://")):
        return request
    # Absolute form: its host replaces the header's, as RFC 9112, 3.2.2 says.
    parts = urlsplit(request.target)
    headers = [(name, value) for name, value in request.headers if name != b"host"]
    return h11.Request(
        method=request.method,
        target=(parts.path or b"/") + (b"?" + parts.query if parts.query else b""),
        headers=[(b"host", parts.netloc), *headers],
        http_version=request.http_version,
    )
