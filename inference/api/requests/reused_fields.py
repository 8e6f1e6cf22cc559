"""Serializers whose fields are made once, and not for each request: making them takes longer than validating it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from rest_framework import serializers
from rest_framework.utils.serializer_helpers import BindingDict

# Fields that no serializer uses at the moment, by class. Threads may validate at the same time: each takes others.
_free: Final[defaultdict[type, list[BindingDict]]] = defaultdict(list)


class ReusedFields(serializers.Serializer[Any]):
    """Takes fields for the time of `is_valid`. Only `context` and `prepare` may tell requests apart."""

    def prepare(self, fields: Any) -> None:
        """Set what depends on the moment, such as defaults."""

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        free = _free[type(self)]
        fields = free.pop() if free else self.fields
        for field in fields.values():
            field.parent = self
        self.prepare(fields)
        self.__dict__["fields"] = fields
        try:
            return super().is_valid(raise_exception=raise_exception)
        finally:
            del self.__dict__["fields"]
            for field in fields.values():
                field.parent = None  # type: ignore[assignment]  # else it would keep the request in memory
            free.append(fields)
