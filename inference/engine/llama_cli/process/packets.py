"""llama-cli's stdout packets until debug lines tell what they are: echoes, tokens, or the end of a turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable


class Packets:
    """Unmatched packets in the order of their arrival. `control_tokens`: see `StreamParser`."""

    def __init__(self, control_tokens: Collection[bytes]) -> None:
        self._control_tokens = control_tokens
        self._unmatched: deque[bytes] = deque()
        self._expected_echo: deque[bytes] = deque()
        self._prefix = b""  # the part of the echo that is printed as soon as the previous turn has ended
        self._after_control_token = False

    def add(self, packet: bytes) -> None:
        self._unmatched.append(packet)

    def expect_echo(self, echo: Iterable[bytes]) -> None:
        """Expect the prefix, and the other parts that are printed before the first token of the turn."""
        self._prefix, *rest = echo
        self._expected_echo.extend(part for part in (self._prefix, *rest) if part)

    def match_echo(self) -> list[str]:
        """Match packets with the expected echo. Return an explanation for each one that differs."""
        differences = []
        while self._unmatched and self._expected_echo:
            packet, expected = self._unmatched.popleft(), self._expected_echo.popleft()
            if packet != expected:
                differences.append(f"{len(packet)} bytes came instead of the echo of {expected!r}")
        return differences

    def match_token(self, *, turn_continues: bool) -> bytes | None:
        """Match the next packet with a sampled token, and return the token's text, which is empty for a control token.

        None if there is no packet, or one that could as well be printed by the end of the turn. `turn_continues`: that
        is excluded.
        """
        if self._expected_echo or not self._unmatched:
            return None
        packet = self._unmatched[0]
        if not turn_continues and (packet == self._prefix or (packet == b"\n" and self._after_control_token)):
            return None
        self._unmatched.popleft()
        self._after_control_token = packet in self._control_tokens
        return b"" if self._after_control_token else packet

    def match_newline(self) -> bool:
        """Match the next packet with the newline after an answer. Return False if it is something else, or missing."""
        return bool(self._unmatched) and self._unmatched.popleft() == b"\n"
