"""The lines of llama-cli's debug stream, without the initial prompt that it logs."""

from __future__ import annotations

import re
from typing import Final

LINE_LIMIT: Final = 256  # bytes kept of a line: relevant lines are shorter, others were seen with over 1 MB
PROMPT_LINE: Final = b'prompt: "'

_TIME_AND_LEVEL = rb"(?:\d+\.\d\d\.\d\d\d\.\d\d\d [A-Z] )?"  # of newer builds
_PREFIX = re.compile(_TIME_AND_LEVEL)
_PROMPT = re.compile(_TIME_AND_LEVEL + PROMPT_LINE)
_PROMPT_HEAD = 64  # bytes, more than `_PROMPT` matches


class DebugLines:
    """Splits stderr into lines, at newlines only.

    llama-cli logs its initial prompt once, unescaped and with newlines, as `prompt: "…"`. Exactly `prompt_size` bytes
    are skipped there, so that no text in the prompt can pass for a debug line; the line that comes out is PROMPT_LINE.
    Of each line the first LINE_LIMIT bytes are kept, without the time and level of newer builds.
    """

    def __init__(self, prompt_size: int) -> None:
        self._prompt_size = prompt_size
        self._prompt_seen = False
        self._to_skip = 0  # bytes of the logged prompt
        self._line = b""  # the unfinished line

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes finish. Takes time linear in their number, however they are cut."""
        lines = []
        at = 0
        while at < len(data):
            if self._to_skip:
                skipped = min(self._to_skip, len(data) - at)
                self._to_skip -= skipped
                at += skipped
            elif not self._prompt_seen and (logged := _PROMPT.match(self._line + data[at : at + _PROMPT_HEAD])):
                at += logged.end() - len(self._line)
                self._prompt_seen, self._to_skip, self._line = True, self._prompt_size, b""
                lines.append(PROMPT_LINE)
            else:
                newline = data.find(b"\n", at)
                end = newline if newline >= 0 else len(data)
                self._line += data[at : min(end, at + LINE_LIMIT - len(self._line))]
                at = end + 1
                if newline >= 0:
                    lines.append(_PREFIX.sub(b"", self._line, count=1))
                    self._line = b""
        return lines
