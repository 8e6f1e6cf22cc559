"""A large JSON object, read member by member: only one value at a time becomes Python objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

DEEPEST = 20  # lists and objects within each other
LARGEST = 16 * 2**20  # bytes of one value
MOST_PARTS = 1_000_000  # texts, lists and objects in one value: each of them, even "[]", takes memory of its own

SPACE = re.compile(rb"[ \t\n\r]*+")
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
SCALAR = re.compile(rb"[^ \t\n\r,:\[\]{}\"]++")
MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


class MembersError(ValueError):
    """The text is not such an object; says what was expected at which byte."""


def members(text: bytes, listed: str) -> Iterator[tuple[str, Any]]:
    """Name and value of each member; the member `listed` must be a list, and comes once for each of its items.

    Raises MembersError, when it gets there. A byte order mark is passed over.
    """
    reader = _Reader(text.removeprefix(b"\xef\xbb\xbf"))
    reader.expect(b"{")
    if not reader.found(b"}"):
        while True:
            name = reader.value()
            if not isinstance(name, str):
                reader.fail("the name of a member")
            reader.expect(b":")
            if name == listed:
                yield from ((name, item) for item in reader.items())
            else:
                yield name, reader.value()
            if reader.found(b"}"):
                break
            reader.expect(b",")
    reader.space()
    if reader.at < len(reader.text):
        reader.fail("the end of the file")


class _Reader:
    """A place in the text."""

    def __init__(self, text: bytes) -> None:
        self.text, self.at = text, 0

    def fail(self, expected: str) -> NoReturn:
        raise MembersError(f"This is not the JSON of an export: expected {expected} at byte {self.at}.")

    def space(self) -> None:
        self.at = self._end(SPACE)

    def found(self, mark: bytes) -> bool:
        """Whether this mark comes next; it is passed over then."""
        self.space()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def expect(self, mark: bytes) -> None:
        if not self.found(mark):
            self.fail(mark.decode())

    def items(self) -> Iterator[Any]:
        self.expect(b"[")
        if self.found(b"]"):
            return
        while True:
            yield self.value()
            if self.found(b"]"):
                return
            self.expect(b",")

    def value(self) -> Any:
        self.space()
        start = self.at
        end = self._value_end()
        if end - start > LARGEST:
            self.fail(f"at most {LARGEST:,} bytes of one conversation, which begins")
        try:
            value = json.loads(self.text[start:end].decode(), parse_constant=self._constant)
        except ValueError as error:
            self.fail(f"JSON ({error})")
        self.at = end
        return value

    def _constant(self, name: str) -> NoReturn:
        raise ValueError(f"{name} is not a number of JSON")

    def _value_end(self) -> int:
        if not self.text.startswith((b"{", b"["), self.at):
            end = self._end(STRING if self.text.startswith(b'"', self.at) else SCALAR)
            return end if end > self.at else self.fail("a value")
        depth = 0
        for count, mark in enumerate(MARK.finditer(self.text, self.at)):
            if count == MOST_PARTS:
                self.fail(f"at most {MOST_PARTS:,} texts, lists and objects in one conversation, which begins")
            match self.text[mark.start()]:
                case 0x7B | 0x5B:  # { [
                    depth += 1
                    if depth > DEEPEST:
                        self.fail(f"at most {DEEPEST} levels of nesting")
                case 0x7D | 0x5D:  # } ]
                    depth -= 1
                    if depth == 0:
                        return mark.end()
        return self.fail("the end of a value that begins")

    def _end(self, pattern: re.Pattern[bytes]) -> int:
        found = pattern.match(self.text, self.at)
        return found.end() if found else self.at
