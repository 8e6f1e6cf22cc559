"""Many conversations at once, through every protocol, each with secrets of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import api_key, user
from tests.engine_processes import SOAK
from tests.server import Server, tracebacks

from .load import PROTOCOLS, Load
from .report import Proof

CONVERSATIONS, TURNS = (1000, 5) if SOAK else (16, 2)


@pytest.mark.promise(10)
def test_no_secret_reaches_another_conversation_through_any_protocol(
    tmp_path: Path, fake_cli: Path, proof: Proof
) -> None:
    user(tmp_path)
    keys = [api_key(tmp_path) for _ in range(4)]
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), MAX_THREADS="4", MODEL_INSTANCES="4") as server:
        server.wait_for_health()
        load = Load(lambda: server, keys, TURNS)
        load.start(CONVERSATIONS)
        tally = load.join()
        assert tally.leaks == []
        assert tally.forgotten == []
        assert not tally.refusals
        assert tally.turns == {"answered": CONVERSATIONS * TURNS}
        assert tracebacks(server.log) == []
    protocols = f"turns of interleaved conversations through {len(PROTOCOLS)} kinds of request and the chat page"
    proof(protocols, times=CONVERSATIONS * TURNS, lost=len(tally.leaks))
