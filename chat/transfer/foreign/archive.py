"""The conversations in a zip archive, as ChatGPT sends it. What an archive claims is not believed."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from rest_framework.exceptions import ValidationError

from .recognise import NotRecognised

BEGINNINGS: Final = (b"PK\x03\x04", b"PK\x05\x06")
MAX_DIRECTORY: Final = 4 * 2**20  # bytes of the list of files: each of its entries becomes an object
MAX_UNPACKED: Final = 128 * 2**20  # bytes of one file
MAX_FILES: Final = 100
CONVERSATIONS: Final = re.compile(r"(?:.*/)?conversations(?:[-_]\d+)?\.json", re.IGNORECASE)
END: Final = struct.Struct("<4s4H2LH")  # of the list of files, according to PKWARE's APPNOTE, 4.3.16


def is_archive(data: bytes) -> bool:
    return data.startswith(BEGINNINGS)


def files_of(data: bytes) -> Iterator[bytes]:
    """Yield each `conversations.json` of the archive. Raise NotRecognised and ValidationError."""
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) < at + END.size or END.unpack_from(data, at)[5] > MAX_DIRECTORY:
        raise ValidationError(
            {"file": "This zip is damaged, or has too many files. Import the conversations.json in it."}
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            found = [each for each in archive.infolist() if CONVERSATIONS.fullmatch(each.filename)]
            if not found or len(found) > MAX_FILES:
                raise NotRecognised("a zip without a conversations.json" if not found else "a zip of many exports")
            for entry in sorted(found, key=lambda each: each.filename):
                yield _unpacked(archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
        raise ValidationError(
            {"file": f"This zip is damaged: {error}. Unpack it, and import what is in it."}
        ) from error


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValidationError({"file": "This zip is encrypted, or packed in an unusual way. Import the file in it."})
    with archive.open(entry) as file:
        content = file.read(MAX_UNPACKED + 1)
    if len(content) > MAX_UNPACKED:
        limit = f"{MAX_UNPACKED // 2**20} MB"
        raise ValidationError(
            {"file": f"{entry.filename[:100]} has more than {limit} when unpacked. Import a part of it."}
        )
    return content
