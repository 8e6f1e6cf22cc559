r"""A log of everything that is sent to llama-cli and received from it. Off by default, because it shows user texts.

The logger `inference.engine.wire` writes one DEBUG record per packet, line or signal, with pid and process state:

    pid=4711 answering << stdin b'User: Hello/\n'
    pid=4711 answering >> stderr b'n_remain: -2\n'
    pid=4711 answering >> stdout b' Hi'
    pid=4711 answering << SIGINT

`<<` is sent to the child, `>>` is received from it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from .state import State

MAX_BYTES: Final = 256  # shown of each packet or line

log = logging.getLogger("inference.engine.wire")
if log.level == logging.NOTSET:  # else the level of a parent logger would turn it on
    log.setLevel(logging.CRITICAL + 1)


def received(pid: int | None, state: State, packets: Sequence[bytes], debug: bytes) -> None:
    """Log packets of stdout and a chunk of stderr."""
    if not log.isEnabledFor(logging.DEBUG):
        return
    for packet in packets:
        log.debug("pid=%s %s >> stdout %s", pid, state.value, _shown(packet))
    *lines, rest = debug.split(b"\n")
    for line in lines:
        log.debug("pid=%s %s >> stderr %s", pid, state.value, _shown(line + b"\n"))
    if rest:  # the end of the line comes with the next chunk
        log.debug("pid=%s %s >> stderr %s", pid, state.value, _shown(rest))


def sent(pid: int | None, state: State, data: bytes) -> None:
    """Log a line written to stdin."""
    if log.isEnabledFor(logging.DEBUG):
        log.debug("pid=%s %s << stdin %s", pid, state.value, _shown(data))


def signalled(pid: int | None, state: State, signal: str) -> None:
    """Log a signal, by its name."""
    log.debug("pid=%s %s << %s", pid, state.value, signal)


def _shown(data: bytes) -> str:
    return repr(data) if len(data) <= MAX_BYTES else f"{data[:MAX_BYTES]!r}… ({len(data)} bytes)"
