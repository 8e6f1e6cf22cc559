"""Fields of requests. Nothing is coerced.

The native API's serializers are strict: they refuse unknown fields by name. Those of other servers' protocols are
tolerant: their clients send null for absent fields, and fields that only other servers know.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.api.models import MAX_NAME_CHARS, is_name
from inference.serving.parameters import MAX_STOP_CHARS

from .reused_fields import ReusedFields

MAX_TOLERATED_STOPS: Final = 16  # some clients send one for each name in a story
MAX_EXACT: Final = 2**53
MAX_UNKNOWN_FIELDS: Final = 10  # reported; a body has room for hundreds of thousands


class StrictString(serializers.CharField):
    """A JSON string, unchanged. DRF's own validators refuse NUL and lone surrogates."""

    default_error_messages = {  # noqa: RUF012 – DRF's way
        "invalid": "Enter a string.",
        "min_length": "Enter at least {min_length} characters.",
        "max_length": "Enter at most {max_length} characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not self.allow_blank and not data.strip():
            self.fail("blank")
        return data


class ModelField(StrictString):
    """The name of a model. The view finds the model, because the limits of other fields depend on it."""

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(required=required, max_length=MAX_NAME_CHARS, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if len(name) <= MAX_NAME_CHARS and not is_name(name):
            raise serializers.ValidationError("Enter a name without line breaks and control characters.")
        return name


class StrictInteger(serializers.IntegerField):
    """A JSON number without a fraction."""

    default_error_messages = {  # noqa: RUF012
        "invalid": "Enter a whole number.",
        "min_value": "Enter a whole number of at least {min_value}.",
        "max_value": "Enter a whole number of at most {max_value}.",
    }

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictFloat(serializers.Field[float, Any, float, Any]):
    """A JSON number within a range. With `above`, the lower bound is excluded."""

    def __init__(self, *, low: float, high: float, above: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.above = low, high, above

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float):
            raise serializers.ValidationError("Enter a number.", code="invalid")
        if not (self.low < data if self.above else self.low <= data) or not data <= self.high:
            bounds = f"above {self.low:g} and up to" if self.above else f"from {self.low:g} to"
            raise serializers.ValidationError(f"Enter a number {bounds} {self.high:g}.", code="range")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


class StrictBoolean(serializers.BooleanField):
    """true or false."""

    default_error_messages = {"invalid": "Enter true or false."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ShortList(serializers.ListField):
    """A list whose length is checked before any of its elements is."""

    default_error_messages = {"max_length": "Enter a list of at most {max_length}."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class StrictSerializer(ReusedFields):
    """Refuses fields that it does not have."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := nsmallest(MAX_UNKNOWN_FIELDS, data.keys() - self.fields.keys())):
            message = f"Unknown field. Known fields: {', '.join(self.fields)}."
            raise serializers.ValidationError(dict.fromkeys(unknown, message))
        return super().to_internal_value(data)


class TolerantSerializer(ReusedFields):
    """Takes what clients of other servers send: null means absent, and unknown fields are ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class WholeNumber(StrictInteger):
    """A JSON number without a fraction, or with the fraction zero. Beyond MAX_EXACT, floats are no exact numbers."""

    def to_internal_value(self, data: Any) -> int:
        exact = isinstance(data, float) and data.is_integer() and abs(data) <= MAX_EXACT
        return super().to_internal_value(int(data) if exact else data)


class AnyValue(serializers.JSONField):
    """Any JSON value, to be checked by the serializer."""

    def to_internal_value(self, data: Any) -> Any:
        return data  # parsed from JSON, so that it is JSON


class Unsupported(AnyValue):
    """What only other servers can do. A value that asks for it is refused with `reason`; false, 0 and empty are not."""

    def __init__(self, reason: str) -> None:
        super().__init__(required=False, help_text="Not supported: only false, 0, empty or null.")
        self.reason = reason

    def to_internal_value(self, data: Any) -> Any:
        if data:
            raise serializers.ValidationError(self.reason)
        return data


_STOP: Final = {"type": "string", "maxLength": MAX_STOP_CHARS}


@extend_schema_field({"oneOf": [_STOP, {"type": "array", "items": _STOP, "maxItems": MAX_TOLERATED_STOPS}]})
class StopStrings(ShortList):
    """One stop string or a list of them. Empty ones have no effect: they would end every answer immediately."""

    child = StrictString(max_length=MAX_STOP_CHARS, allow_blank=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TOLERATED_STOPS, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        strings: list[str] = super().to_internal_value([data] if isinstance(data, str) else data)
        return strings

    def run_validation(self, data: Any = serializers.empty) -> Any:
        strings = super().run_validation(data)
        return [string for string in strings if string]
