"""Warnings about the server's configuration: in `manage.py check --deploy`, the log at startup, and the admin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from bitnetsite.http import listening

CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))  # Docker and Podman create one of them in a container

OPEN = "neither REQUIRE_LOGIN nor REQUIRE_API_KEY is set"


def exposure_warning() -> str | None:
    """Return a warning if other machines can use the server without authentication; otherwise None."""
    if settings.REQUIRE_LOGIN or settings.REQUIRE_API_KEY or not (addresses := listening.beyond_this_machine()):
        return None
    if any(sign.exists() for sign in CONTAINERS):
        return (
            f"Everyone who reaches the port that this container publishes can use this server: {OPEN}. Set one of "
            "them to true, or publish the port for this machine only (PUBLISH=127.0.0.1:8000 in .env)."
        )
    return (
        f"Everyone who reaches {' or '.join(addresses)} can use this server: {OPEN}. Set one of them to true, or "
        "listen on this machine only (HOST=127.0.0.1). ALLOWED_HOSTS is no access control."
    )


@register(Tags.security, deploy=True)
def requires_authentication(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn about a server that does not authenticate anyone."""
    if settings.REQUIRE_LOGIN or settings.REQUIRE_API_KEY:
        return []
    hint = "Set REQUIRE_LOGIN=true, REQUIRE_API_KEY=true, or both."
    return [Warning(f"Everyone who reaches this server can use it: {OPEN}.", hint=hint, id="inference.W001")]
