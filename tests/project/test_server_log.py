"""What the tests take for a traceback of the server in its log."""

from __future__ import annotations

import json

import pytest

from tests.server import tracebacks

TRACEBACK = 'Traceback (most recent call last):\n  File "<frozen io>", line 104, in <module>\nKeyboardInterrupt'
QUOTED = "A request is retried after its process failed: exit status 1. Its last output:\n"


def line(**fields: str) -> str:
    return json.dumps({"level": "ERROR", "message": "Internal Server Error: /generate", **fields}, ensure_ascii=False)


@pytest.mark.parametrize(
    "own",
    [
        line(exception=TRACEBACK),
        line(message=f"It failed.\n{TRACEBACK}"),
        line(message=f'{QUOTED}It says "no".', detail=TRACEBACK),
        line(exception=TRACEBACK)[:-9],  # the server was killed as it wrote
        TRACEBACK,
    ],
)
def test_a_traceback_of_the_server_is_found(own: str) -> None:
    assert tracebacks(f"{line()}\n{own}\n{line()}\n") == [own.splitlines()[0]]


@pytest.mark.parametrize(
    "printed", [TRACEBACK, f"Fatal Python error: init_sys_streams\n{TRACEBACK}", f'"\u2028"\n{TRACEBACK}']
)
def test_a_traceback_that_a_child_printed_is_none_of_the_server(printed: str) -> None:
    assert tracebacks(line(message=QUOTED + printed)) == []
