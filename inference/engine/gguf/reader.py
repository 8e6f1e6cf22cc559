"""Bounds-checked reads from the header of a GGUF file."""

from __future__ import annotations

import mmap
import struct
from typing import Any, Final, NoReturn

from inference.engine.errors import ModelFileError

# The limits are well above every published model (262,144 tokens, some 1,000 tensors), and low enough that a malformed
# header is rejected within about a second, whatever the size of its file.
MAX_STRINGS: Final = 4_194_304  # in all arrays together
MAX_TEXT_BYTES: Final = 1024 * 1024

U32: Final = struct.Struct("<I")
U64: Final = struct.Struct("<Q")
SCALARS: Final = {number: struct.Struct("<" + code) for number, code in enumerate("BbHhIif?")} | {
    number: struct.Struct("<" + code) for number, code in ((10, "Q"), (11, "q"), (12, "d"))
}
STRING, ARRAY = 8, 9


class Reader:
    """A position in a GGUF file. Every read raises ModelFileError instead of going past the end."""

    def __init__(self, file_name: str, data: mmap.mmap) -> None:
        self.data: Final = data
        self.size: Final = len(data)
        self.position = 0
        self._file_name = file_name
        self._strings_left = MAX_STRINGS

    def refuse(self, problem: str) -> NoReturn:
        """Raise ModelFileError."""
        raise ModelFileError(
            f"{self._file_name} is not a usable GGUF file: {problem}. Expected a complete GGUF file of version 2 or 3; "
            "download it again, or choose another."
        )

    def number(self, layout: struct.Struct) -> Any:
        """Read one number."""
        end = self.position + layout.size
        if end > self.size:
            self.refuse(f"it ends at byte {self.size}, in the middle of its header")
        (value,) = layout.unpack_from(self.data, self.position)
        self.position = end
        return value

    def text(self) -> str:
        """Read one string."""
        length = self.number(U64)
        if length > MAX_TEXT_BYTES:
            self.refuse(f"at byte {self.position} it claims a text of {length} bytes")
        start = self.skip(length)
        return self.data[start : self.position].decode("utf-8", "replace")

    def skip(self, length: int) -> int:
        """Skip `length` bytes, and return the position of the first one."""
        start = self.position
        if length > self.size - start:
            self.refuse(f"at byte {start} it claims {length} more bytes, but it has {self.size} in all")
        self.position += length
        return start

    def skip_strings(self, key: str, count: int) -> list[int]:
        """Skip the `count` strings of the field `key`.

        Return the position of each string (of the length before its bytes), and the end of the last one.
        """
        if count > self._strings_left:
            self.refuse(f"the field {key[:64]!r} claims {count} texts")
        self._strings_left -= count
        data, position = self.data, self.position
        starts = [position]
        length_at = U64.unpack_from
        try:
            for _ in range(count):  # a hot loop: a model has 400,000 strings
                position += 8 + length_at(data, position)[0]
                starts.append(position)
        except (struct.error, OverflowError):
            position = self.size + 1
        if position > self.size:
            self.refuse(f"the {count} texts of the field {key[:64]!r} do not fit into its {self.size} bytes")
        self.position = position
        return starts
