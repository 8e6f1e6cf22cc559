"""The client address by which limits and sign-in locks identify a caller."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

CALLER_PREFIX = 64  # bits of an IPv6 address that identify a caller: the rest they can choose freely


def network_of(request: HttpRequest) -> str | None:
    """Return the client's IPv4 address or IPv6 network; None if it is unknown, as behind a Unix socket."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0])
    except ValueError:  # a proxy may pass on anything
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, CALLER_PREFIX), strict=False).network_address)
