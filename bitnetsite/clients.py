"""From where somebody asks, as limits count it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

ONE_CALLER = 64  # bits of an IPv6 address that name a caller's network; within it he takes any address he likes


def network_of(request: HttpRequest) -> str | None:
    """The client's address, of IPv6 that of its network; None where none is known, as behind a socket file."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0])
    except ValueError:  # what a proxy passes on may be anything
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, ONE_CALLER), strict=False).network_address)
