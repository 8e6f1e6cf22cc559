"""The addresses behind the names of nodes."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """`url`: of one node. `host`: the name that its certificate must have, empty for the one in `url`."""

    url: str
    host: str = ""


async def resolve(urls: tuple[str, ...], before: dict[str, list[NodeAddress]]) -> dict[str, list[NodeAddress]]:
    """Return the nodes behind each URL: one for each address that its name resolves to.

    `before`: what they were. It stays for a name that cannot be resolved now; the first time, the name itself is tried.
    """
    found = await asyncio.gather(*map(_resolve, urls))
    return {url: nodes or before.get(url) or [NodeAddress(url)] for url, nodes in zip(urls, found, strict=True)}


async def _resolve(url: str) -> list[NodeAddress]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return [NodeAddress(url)]
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        log.debug("The name %s cannot be resolved: %s", host, error)
        return []
    addresses = sorted({str(answer[4][0]) for answer in answers})
    if len(addresses) < 2 or _same_machine(addresses):
        return [NodeAddress(url)]
    return [NodeAddress(_with_host(url, address), host) for address in addresses]


def _same_machine(addresses: list[str]) -> bool:
    """Return whether these are IPv4 and IPv6 of one machine, as those of `localhost` are."""
    families = [ipaddress.ip_address(address.partition("%")[0]).version for address in addresses]
    return len(addresses) == len(set(families))


def _with_host(url: str, address: str) -> str:
    parts = urlsplit(url)
    shown = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{shown}:{parts.port}" if parts.port else shown).geturl()
