"""Special tokens in texts: where a text can be cut at them, and how user text is kept from containing them."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from inference.engine.gguf.header import ModelFile


def make_inert(text: str, control_tokens: Collection[str]) -> str:
    """Return `text` with a zero-width space after the first character of each special-token string in it.

    llama-cli then parses the string as plain text. Overlapping strings are found too. A token of one character cannot
    be made inert.
    """
    if not control_tokens:
        return text
    return _inert_pattern(frozenset(control_tokens)).sub("\\g<0>\u200b", text)


class SpecialTokens:
    """The special tokens of one model, at which a rendered prompt can be cut without changing its tokens."""

    def __init__(self, model: ModelFile) -> None:
        self._cut_points = _cut_point_pattern(frozenset(model.special_tokens))
        self._end_tokens = tuple(end for end in model.end_tokens if end in model.special_tokens)

    def first_in(self, text: str) -> int | None:
        """Return the position of the first special token in `text`."""
        found = self._cut_points.search(text)
        return found.start() if found else None

    def cut_after_last(self, text: str) -> tuple[str, str]:
        """Cut `text` after its last special token."""
        end = 0
        for found in self._cut_points.finditer(text):
            end = found.end()
        return text[:end], text[end:]

    def starts(self, text: str) -> bool:
        """Return whether `text` starts with a special token."""
        return self._cut_points.match(text) is not None

    def ends_in_end_token(self, text: str) -> bool:
        """Return whether the last token of `text` ends the generation."""
        return text.endswith(self._end_tokens)

    def after_end_token(self, text: str) -> str | None:
        """Return what follows the end token with which `text` starts, None if it starts with something else."""
        ends = [end for end in self._end_tokens if text.startswith(end)]
        return text.removeprefix(max(ends, key=len)) if ends else None


@lru_cache(maxsize=8)
def _inert_pattern(tokens: frozenset[str]) -> re.Pattern[str]:
    rests: dict[str, list[str]] = {}
    for token in filter(None, tokens):
        rests.setdefault(token[0], []).append(re.escape(token[1:]))
    return re.compile("|".join(f"{re.escape(first)}(?={'|'.join(rest)})" for first, rest in sorted(rests.items())))


def _cut_point_pattern(tokens: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern without tokens that contain white space: these could merge with the text beside them."""
    usable = sorted((token for token in tokens if token and not re.search(r"\s", token)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, usable)) or r"(?!)")
