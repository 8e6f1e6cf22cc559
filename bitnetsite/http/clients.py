"""The client address by which limits and sign-in locks identify a caller."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

from bitnetsite.env import env

CALLER_PREFIX = 64  # bits of an IPv6 address that identify a caller: the rest they can choose freely


def network_of(request: HttpRequest) -> str | None:
    """Return the client's IPv4 address or IPv6 network; None if it is unknown, as behind a Unix socket."""
    try:
        return network_of_address(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:  # a proxy may pass on anything
        return None


def limited_network(address: str | None) -> str | None:
    """Return the network by which the connections of a client are limited.

    None for trusted proxies, which connect for many clients, and for socket files.
    """
    with suppress(ValueError):
        parsed = ip_address((address or "").partition("%")[0])
        if not any(parsed in network for network in _trusted_proxies()):
            return network_of_address(parsed)
    return None


@cache
def _trusted_proxies() -> list[IPv4Network | IPv6Network]:
    return [ip_network(each) for each in env("TRUSTED_PROXIES")]


def network_of_address(address: IPv4Address | IPv6Address) -> str:
    """Return the address, or for IPv6 the network."""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, CALLER_PREFIX), strict=False).network_address)
