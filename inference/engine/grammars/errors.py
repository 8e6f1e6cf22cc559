"""The error of schemas that cannot be enforced."""

from __future__ import annotations


class UnsupportedSchema(Exception):
    """A part of a JSON Schema cannot be enforced by a grammar. `path`: of that part, as `properties.age.multipleOf`."""

    def __init__(self, path: tuple[str, ...], problem: str) -> None:
        self.path = ".".join(path)
        super().__init__(f"{self.path}: {problem}" if path else problem)
