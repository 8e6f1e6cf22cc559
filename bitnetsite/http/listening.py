"""The addresses that the server listens on, set by gunicorn before its worker starts. Empty under other servers."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

ADDRESSES: list[str] = []  # as `http://127.0.0.1:8000` or `unix:/run/bitnet.sock`


def resolved(bind: str) -> list[str]:
    """Return the addresses to bind for an address as given to gunicorn: for `localhost`, one of each protocol."""
    host, _, port = bind.rpartition(":")
    if host != "localhost":
        return [bind]
    return [f"127.0.0.1:{port}", *([f"[::1]:{port}"] if _has_ipv6() else [])]


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def beyond_this_machine() -> list[str]:
    """Return the addresses that other machines may be able to reach."""
    return [address for address in ADDRESSES if not _local(address)]


def _local(address: str) -> bool:
    url = urlsplit(address)
    return url.scheme == "unix" or ipaddress.ip_address(url.hostname or "0.0.0.0").is_loopback  # noqa: S104
