"""A server whose clock jumps: by a day, by years, forward and back.

A library that is loaded before the server adds to the time of day the seconds in a file. Clocks that measure durations
are those of the machine, as they are when an administrator or NTP sets the clock.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from tests.chat.page import Page, question
from tests.commands import api_key, user
from tests.server import Server, tracebacks, until

from .report import Proof

DAY, YEARS = timedelta(days=1), timedelta(days=5 * 365)
JUMPS = (DAY, -DAY, timedelta(), YEARS, -YEARS, timedelta())
SOURCE = r"""
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long jump(void) {
    char text[32] = {0};
    FILE *file = fopen(getenv("CLOCK_JUMP"), "r");
    if (!file) return 0;
    if (!fgets(text, sizeof text, file)) text[0] = 0;
    fclose(file);
    return atol(text);
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
    return (int)failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
"""


class ClockedServer(Server):
    """A server in an interpreter of its own, because the library is loaded before it."""

    @property
    def command(self) -> list[str]:
        return ["/usr/bin/env", *super().command]


@pytest.fixture
def clock(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The file with the seconds to add, and the environment in which programs add them."""
    source, library, file = tmp_path / "clock.c", tmp_path / "clock.so", tmp_path / "clock"
    source.write_text(SOURCE)
    compiler = shutil.which("cc") or shutil.which("gcc") or "cc"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    file.write_text("0")
    return file, {"LD_PRELOAD": str(library), "CLOCK_JUMP": str(file)}


def date(client: httpx.Client) -> datetime:
    """Return the time of day as the server has it, which it reads once per second."""
    return parsedate_to_datetime(client.get("/health/live").headers["date"])


@pytest.mark.promise(33)
def test_a_clock_that_jumps_breaks_no_answer_and_no_limit(
    tmp_path: Path, fake_cli: Path, clock: tuple[Path, dict[str, str]], proof: Proof
) -> None:
    file, environment = clock
    user(tmp_path)
    key = {"Authorization": f"Bearer {api_key(tmp_path, '--requests-per-minute', '3')}"}
    with ClockedServer(tmp_path, LLAMA_CLI=str(fake_cli), **environment) as server:
        server.wait_for_health()
        with server.client() as client:
            here = date(client)
            for jump in JUMPS:
                written = file.with_suffix(".new")
                written.write_text(str(int(jump.total_seconds())))
                written.replace(file)
                answer = client.post("/generate", json={"prompt": "a"}, headers=key)
                assert answer.status_code == 200, (jump, answer.text)
                assert until(lambda: abs(date(client) - here - jump) < timedelta(minutes=10))  # noqa: B023
                with Page(server) as page, page.socket() as socket:
                    assert socket.request("send", **question(text="When?"))["type"] == "saved"
                    assert socket.until("finished")["message"]["status"] == "complete"
        assert tracebacks(server.log) == []
    proof("answers with a key and on the page, each after a jump of the clock", times=2 * len(JUMPS))
