"""The wire log shows what passes between the server and a process, and is off by default."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from inference.engine.llama_cli.process import wire
from inference.engine.llama_cli.process.state import State
from tests.engine_processes import command, switches
from tests.inference.engine.llama_cli.process.processes import ask, plan_for, started

NAME = "inference.engine.wire"


async def test_the_wire_log_shows_packets_lines_and_signals_with_pid_and_state(
    fake_cli: Path, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = plan_for(model, "Hello")
    slow = switches("tokens=100", "seconds-per-token=0.01")
    with caplog.at_level(logging.DEBUG, logger=NAME):
        async with started(command(fake_cli, model, *slow), plan) as process:
            await ask(process, plan, keep=True, max_tokens=3)
            assert await process.settled()
            pid = process.pid
    lines = [record.getMessage() for record in caplog.records if record.name == NAME]
    expected = [
        rf"pid={pid} launching >> stderr b'build: 0 \(fake\)\\n'",
        rf"pid={pid} launching >> stderr b'waiting for user input\\n'",
        rf"pid={pid} answering << stdin b'User: Hello/\\n'",
        rf"pid={pid} answering >> stdout b'<\|eot_id\|>Assistant:'",
        rf"pid={pid} answering >> stdout b' w0'",
        rf"pid={pid} answering << SIGINT",
        rf"pid={pid} interrupted >> stderr b'waiting for user input\\n'",
        rf"pid={pid} ready << SIGKILL",
    ]
    places = [next(at for at, line in enumerate(lines) if re.fullmatch(pattern, line)) for pattern in expected]
    assert places == sorted(places)


async def test_the_wire_log_is_off_even_where_its_parents_log_everything(
    fake_cli: Path, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = plan_for(model, "Hello")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="inference"):
        async with started(command(fake_cli, model), plan) as process:
            await ask(process, plan)
    assert not [record for record in caplog.records if record.name == NAME]


def test_long_packets_and_lines_are_shortened(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=NAME):
        wire.received(1, State.ANSWERING, [b"x" * 1000], b"y" * 1000 + b"\n")
        wire.sent(1, State.ANSWERING, b"z" * 1000)
    assert [len(message) < 350 for message in caplog.messages] == [True, True, True]
    assert "(1000 bytes)" in caplog.messages[0]


def test_lines_are_shown_as_they_were_cut(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=NAME):
        wire.received(1, State.READY, [], b"one\ntw")
        wire.received(1, State.READY, [], b"o\n")
    assert [message.partition("stderr ")[2] for message in caplog.messages] == ["b'one\\n'", "b'tw'", "b'o\\n'"]
