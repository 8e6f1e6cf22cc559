"""Parsers of request bodies."""

from typing import Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError, UnsupportedMediaType


class JSONParser(parsers.JSONParser):
    """DRF's JSON parser, with a proper error for JSON that is nested too deeply for Python."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply. Expected one flat object.") from None


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
