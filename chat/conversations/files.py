"""Files that a question brings: their names and texts. The page reads them; for the model they precede the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chat.models import MAX_FILE_NAME, MAX_FILES, Message
from inference.api.requests.fields import StrictSerializer, StrictString
from inference.serving.parameters import MAX_PROMPT_CHARS

from .serializers import Line

File = Mapping[str, str]

FENCE: Final = re.compile(r"`{3,}")


class FileFields(StrictSerializer):
    """One file: `name` and `text`."""

    name = Line(max_length=MAX_FILE_NAME)
    text = StrictString(max_length=MAX_PROMPT_CHARS)


def files_field(**options: Any) -> FileFields:
    """Return the field for the files of a question: at most MAX_FILES."""
    return FileFields(many=True, max_length=MAX_FILES, **options)  # type: ignore[call-arg]  # the list's, with `many`


def characters(text: str, files: Iterable[File]) -> int:
    """Return the characters of a question with its files, as limits count them."""
    return len(text) + sum(len(each["text"]) for each in files)


def whole_text(message: Message) -> str:
    """Return what the model reads of a message: each file as a named code block, and then the user's own words."""
    return "\n\n".join([*map(block, message.files), message.text])


def block(file: File) -> str:
    """Return a file as a code block below its name. Its fence is longer than any in the text, which cannot end it."""
    text = file["text"].rstrip("\n")
    longest = max(map(len, FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"File {file['name']}:\n{fence}\n{text}\n{fence}"
