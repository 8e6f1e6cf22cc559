"""How drf-spectacular describes this project's own fields, serializers and authentication. Importing registers it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)


class StrictFloatSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "inference.api.requests.fields.StrictFloat"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        low = "exclusiveMinimum" if self.target.above else "minimum"
        bounds = {"minimum": self.target.low, "maximum": self.target.high}
        return {"type": "number", "format": "double", **bounds} | ({low: True} if self.target.above else {})


class KeySchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An API key in one of two headers. Without authentication too, unless the server requires it."""

    target_class = "inference.api.authentication.KeyAuthentication"
    name = ["bearer", "header"]  # noqa: RUF012 – drf-spectacular's way

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": f"An API key, created at {reverse('keys')}."},
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "description": "The same API key in another header.",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        closed = settings.REQUIRE_LOGIN or settings.REQUIRE_API_KEY
        return [{"bearer": []}, {"header": []}, *([] if closed else [{}])]


class SessionSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "inference.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        description = "The session of a signed-in browser, with the CSRF token in the header X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": description}


class TolerantSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Optional fields may be null."""

    target_class = "inference.api.requests.fields.TolerantSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        required = schema.get("required", ())
        for name, described in schema["properties"].items():
            if name not in required and described and "nullable" not in described:
                schema["properties"][name] = _nullable(described)
        return schema


def _nullable(described: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field that may be null. A reference takes nothing beside it."""
    return {"allOf": [described], "nullable": True} if "$ref" in described else described | {"nullable": True}
