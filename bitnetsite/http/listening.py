"""The addresses that the server listens on, set by gunicorn before its worker starts. Empty under other servers."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

ADDRESSES: list[str] = []  # as `http://127.0.0.1:8000` or `unix:/run/bitnet.sock`


def beyond_this_machine() -> list[str]:
    """Return the addresses that other machines may be able to reach."""
    return [address for address in ADDRESSES if not _local(address)]


def _local(address: str) -> bool:
    url = urlsplit(address)
    return url.scheme == "unix" or ipaddress.ip_address(url.hostname or "0.0.0.0").is_loopback  # noqa: S104
