"""Types of command-line arguments."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable

from bitnetsite.env.parsers import integer


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return an argparse type for whole numbers in a range, with an error that says what to enter."""
    parse = integer(minimum, maximum)

    def argument(text: str) -> int:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(f"{error}, not {text!r}") from error

    return argument
