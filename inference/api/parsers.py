"""Parsers of request bodies."""

from __future__ import annotations

import gc
import json
import re
from itertools import islice
from typing import IO, Any, Final

from rest_framework import parsers, status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.utils.json import strict_constant


class NestedTooDeeply(ParseError):
    default_detail = "The JSON is nested too deeply. Expected one flat object."


MAX_PARTS: Final = 100_000  # of a body: a million take seconds to parse and to check, in which nobody else is answered
PART: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{,]', re.DOTALL)


class TooManyParts(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_many_parts"
    default_detail = (
        f"The JSON has too many parts: at most {MAX_PARTS} strings, brackets and commas are accepted. Send less."
    )


class JSONParser(parsers.BaseParser):
    """JSON in UTF-8, with or without a byte order mark, whatever `charset` says. NaN and Infinity are no JSON."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], *args: Any, **kwargs: Any) -> Any:
        """Return the parsed body. Raise TooManyParts, or ParseError with what is wrong where."""
        body = stream.read()
        if _has_too_many_parts(body):
            raise TooManyParts
        try:
            return _parsed(body.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: {error.reason} at byte {error.start}. Send UTF-8.") from None
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from None
        except RecursionError:
            raise NestedTooDeeply from None


def _has_too_many_parts(body: bytes) -> bool:
    """Return whether a body has more than MAX_PARTS. Looks at no more of it than is needed to know."""
    if sum(map(body.count, (b'"', b",", b"[", b"{"))) <= MAX_PARTS:  # those inside of strings included
        return False
    return sum(1 for _ in islice(PART.finditer(body), MAX_PARTS + 1)) > MAX_PARTS


def _parsed(text: str) -> Any:
    """Parse without garbage collections: among a million lists they take seconds, in which the server stands still."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text, parse_constant=strict_constant)
    finally:
        if collects:
            gc.enable()


class AnyTypeJSONParser(JSONParser):
    """JSON, whatever the header Content-Type says: `curl -d` and some clients send another or none.

    Browsers have to name it, as everywhere else, because they ask before they send JSON to another site.
    """

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        named = (media_type or "").partition(";")[0].strip().lower()
        if named != JSONParser.media_type and "Origin" in parser_context["request"].headers:
            raise UnsupportedMediaType(named)
        return super().parse(stream, media_type, parser_context)
