"""The part of the configuration that only this engine has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """`url`: where requests go, one node or a balancer before several. `nodes`: URLs of the nodes themselves, for their
    status and for operators; empty if `url` is the only one. A name in them stands for all addresses that it resolves
    to. `token`: see ENGINE_TOKEN. `ca`: file with the certificate of the authority that nodes with https are trusted
    by; None for the well-known ones.

    `connect_timeout`, `silence`: seconds until a node that does not accept a connection, or sends nothing, counts as
    lost; nodes send something every two seconds. `poll_interval`: seconds between two questions for the status.
    `resolve_interval`: between two resolutions of the names. `probe_interval`: between two questions whether the
    balancer has a node that takes requests.
    """

    url: str
    nodes: tuple[str, ...] = ()
    token: str = ""
    ca: Path | None = None
    connect_timeout: float = 3.0
    silence: float = 4.5
    poll_interval: float = 1.0
    resolve_interval: float = 5.0
    probe_interval: float = 1.0

    @property
    def node_urls(self) -> tuple[str, ...]:
        """Return the URLs of the nodes."""
        return self.nodes or (self.url,)
