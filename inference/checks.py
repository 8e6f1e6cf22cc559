"""Warnings about how the server is set up: on `manage.py check --deploy`, in the log at the start, and on pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from bitnetsite.http import listening

CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))  # Docker and Podman put one of them into theirs

OPEN = "neither REQUIRE_LOGIN nor REQUIRE_API_KEY is set, so nobody is asked who they are"


def exposure_warning() -> str | None:
    """What to tell whoever runs a server that strangers may use; None where it is closed, or for this machine alone."""
    if settings.REQUIRE_LOGIN or settings.REQUIRE_API_KEY or not (addresses := listening.beyond_this_machine()):
        return None
    if any(sign.exists() for sign in CONTAINERS):
        return (
            f"Whoever reaches the port that this container publishes can use this server: {OPEN}. Set one of them to "
            "true, or publish the port for this machine only (PUBLISH=127.0.0.1:8000 in .env)."
        )
    return (
        f"Whoever reaches {' or '.join(addresses)} can use this server: {OPEN}. Set one of them to true, or listen for "
        "this machine only (HOST=127.0.0.1). ALLOWED_HOSTS keeps nobody out."
    )


@register(Tags.security, deploy=True)
def closed_to_strangers(app_configs: list[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """For a server that others reach, somebody must be asked who they are."""
    if settings.REQUIRE_LOGIN or settings.REQUIRE_API_KEY:
        return []
    hint = "Set REQUIRE_LOGIN=true, REQUIRE_API_KEY=true, or both."
    return [Warning(f"Whoever reaches this server can use it: {OPEN}.", hint=hint, id="inference.W001")]
