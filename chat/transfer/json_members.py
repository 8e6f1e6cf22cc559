"""Parse a large JSON object member by member, so that only one value at a time becomes Python objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_DEPTH = 20  # nested lists and objects
MAX_VALUE_BYTES = 16 * 2**20
MAX_PARTS = 1_000_000  # strings, lists and objects in one value: each of them takes memory, even "[]"

SPACE = re.compile(rb"[ \t\n\r]*+")
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
SCALAR = re.compile(rb"[^ \t\n\r,:\[\]{}\"]++")
MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


class JsonMembersError(ValueError):
    """The text is not a valid object. The message says what was expected at which byte."""


def json_members(text: bytes, listed: str) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each member. The member `listed` must be a list; yield each of its items instead.

    Raise JsonMembersError where parsing fails. A byte order mark is skipped.
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
    reader.end()


def json_items(text: bytes, max_depth: int) -> Iterator[Any]:
    """Yield the items of a list. Raise JsonMembersError where parsing fails."""
    reader = _Reader(text, max_depth)
    yield from reader.items()
    reader.end()


def json_value(text: bytes, max_depth: int) -> Any:
    """Return the one value of the text. Raise JsonMembersError where parsing fails."""
    reader = _Reader(text, max_depth)
    value = reader.value()
    reader.end()
    return value


def member_names(text: bytes, max_depth: int, limit: int) -> Iterator[Any]:
    """Yield the names of the first members of an object, without parsing their values. Raise JsonMembersError."""
    reader = _Reader(text, max_depth)
    reader.expect(b"{")
    for _ in range(limit):
        if reader.found(b"}"):
            return
        reader.found(b",")
        yield reader.value()
        reader.expect(b":")
        reader.skip()


class _Reader:
    """Reads forward in the text from the position `at`. `max_depth`: nested lists and objects."""

    def __init__(self, text: bytes, max_depth: int = MAX_DEPTH) -> None:
        self.text, self.at, self.max_depth = text, 0, max_depth

    def end(self) -> None:
        self.space()
        if self.at < len(self.text):
            self.fail("the end of the file")

    def skip(self) -> None:
        """Skip a value."""
        self.space()
        self.at = self._value_end()

    def fail(self, expected: str) -> NoReturn:
        raise JsonMembersError(f"This is not a valid export file: expected {expected} at byte {self.at}.")

    def space(self) -> None:
        self.at = self._end(SPACE)

    def found(self, mark: bytes) -> bool:
        """Skip this mark if it comes next; return whether it did."""
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
        if end - start > MAX_VALUE_BYTES:
            self.fail(f"at most {MAX_VALUE_BYTES:,} bytes of one conversation, which begins")
        try:
            value = json.loads(self.text[start:end].decode(), parse_constant=self._constant)
        except (ValueError, RecursionError) as error:
            self.fail(f"JSON ({error})")
        self.at = end
        return value

    def _constant(self, name: str) -> NoReturn:
        raise ValueError(f"{name} is not a JSON number")

    def _value_end(self) -> int:
        if not self.text.startswith((b"{", b"["), self.at):
            end = self._end(STRING if self.text.startswith(b'"', self.at) else SCALAR)
            return end if end > self.at else self.fail("a value")
        depth = 0
        for count, mark in enumerate(MARK.finditer(self.text, self.at)):
            if count == MAX_PARTS:
                self.fail(f"at most {MAX_PARTS:,} strings, lists and objects in one conversation, which begins")
            match self.text[mark.start()]:
                case 0x7B | 0x5B:  # { [
                    depth += 1
                    if depth > self.max_depth:
                        self.fail(f"at most {self.max_depth} levels of nesting")
                case 0x7D | 0x5D:  # } ]
                    depth -= 1
                    if depth == 0:
                        return mark.end()
        return self.fail("the end of a value that begins")

    def _end(self, pattern: re.Pattern[bytes]) -> int:
        found = pattern.match(self.text, self.at)
        return found.end() if found else self.at
