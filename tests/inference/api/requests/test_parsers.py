"""The parser of request bodies."""

from __future__ import annotations

import gc
import io
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from inference.api.parsers import JSONParser


@pytest.mark.parametrize("end", ["[]]", "x"], ids=["valid", "invalid"])
def test_no_garbage_is_collected_while_a_body_is_parsed(end: str) -> None:
    body = io.BytesIO(b"[" + b"[]," * 40_000 + end.encode())
    collections: list[Any] = []
    gc.collect()
    gc.callbacks.append(lambda phase, info: collections.append(phase))
    try:
        JSONParser().parse(body)
    except ParseError:
        assert end == "x"
    finally:
        during = len(collections)
        gc.callbacks.pop()
    assert gc.isenabled()
    assert during <= 2  # one that is due afterwards
