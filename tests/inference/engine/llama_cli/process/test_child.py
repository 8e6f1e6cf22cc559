"""A child on three pipes: its output arrives, its exit is noticed, and it leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.engine.llama_cli.process.child import Child, text_file
from tests.engine_processes import PATIENCE, SOAK, Footprint, alive, child_pids, until
from tests.inference.engine.llama_cli.process.processes import Output


def python(script: str) -> list[str]:
    return [sys.executable, "-ISEc", script]


@pytest.fixture(autouse=True)
def leaves_no_file_open() -> Iterator[None]:
    before = Footprint.now()
    yield
    assert Footprint.now() == before


async def test_each_write_is_a_packet_even_if_it_is_read_late() -> None:
    script = "import os\nfor n in range(200): os.write(1, b'%d' % n)\nos.write(2, b'done')\nos.read(0, 1)"
    output = Output()
    child = Child(python(script), output)
    time.sleep(0.2)  # noqa: ASYNC251 – the reader is held up
    await until(lambda: output.debug)
    assert output.packets == [b"%d" % number for number in range(200)]
    child.write(b"x")
    assert await child.wait() == 0


async def test_output_arrives_before_the_exit() -> None:
    output = Output()
    size = 10_000_000 if SOAK else 500_000
    child = Child(python(f"import os, sys\nsys.stderr.write('x' * {size})\nsys.stderr.flush()\nos._exit(7)"), output)
    assert await child.wait() == 7
    assert output.returncode == 7
    assert output.debug == b"x" * size


async def test_a_write_larger_than_the_pipe_arrives_complete() -> None:
    output = Output()
    data = os.urandom(1_000_000).replace(b"\n", b"n")
    script = (
        "import hashlib, sys, time\ntime.sleep(0.1)\n"
        "print(hashlib.sha256(sys.stdin.buffer.readline()).hexdigest(), end='', flush=True)"
    )
    child = Child(python(script), output)
    child.write(data[:10])
    child.write(data[10:] + b"\n")
    assert await child.wait() == 0
    assert b"".join(output.packets).decode() == hashlib.sha256(data + b"\n").hexdigest()


async def test_a_write_to_a_child_that_has_closed_stdin_is_not_an_error() -> None:
    output = Output()
    child = Child(python("import os\nos.close(0)\nos.write(2, b'closed')\nimport signal\nsignal.pause()"), output)
    await until(lambda: output.debug)
    child.write(b"x" * 1_000_000)
    child.kill()
    assert await child.wait() == -signal.SIGKILL
    child.write(b"x")
    child.interrupt()
    child.kill()


@pytest.mark.serial
async def test_an_exit_is_noticed_without_polling() -> None:
    output = Output()
    child = Child(python("import signal; signal.pause()"), output)
    killed = time.monotonic()
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: output.returncode is not None)
    assert time.monotonic() - killed < 5.0
    assert output.returncode == -signal.SIGKILL
    assert child.pid not in child_pids()


async def test_a_child_that_closes_its_outputs_is_still_alive() -> None:
    output = Output()
    child = Child(python("import os, signal\nos.write(2, b'x')\nos.close(1)\nos.close(2)\nsignal.pause()"), output)
    await until(lambda: output.debug)
    worked = time.process_time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await child.wait()
    assert time.process_time() - worked < 0.25  # closed pipes do not wake the loop forever
    child.kill()
    await child.wait()


@pytest.mark.promise(6)
async def test_a_stopped_child_that_ignores_signals_is_killed_with_its_whole_group() -> None:
    output = Output()
    script = (
        "import os, signal\nfor polite in (signal.SIGTERM, signal.SIGINT): signal.signal(polite, signal.SIG_IGN)\n"
        "child = os.fork()\nif child: os.write(1, b'%d' % child)\nos.kill(os.getpid(), signal.SIGSTOP)"
    )
    child = Child(python(script), output)
    await until(lambda: output.packets)
    grandchild = int(output.packets[0])
    assert alive(grandchild)
    child.kill()
    await child.wait()
    await until(lambda: not alive(grandchild))


@pytest.mark.promise(30)
async def test_a_child_inherits_no_variables_and_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setenv("LLAMA_ARG_CTX_SIZE", "1")
    read, write = os.pipe()
    os.set_inheritable(write, True)
    output = Output()
    script = (
        "import os\nos.write(1, repr((sorted(os.environ), sorted(map(int, os.listdir('/proc/self/fd'))))).encode())"
    )
    child = Child(python(script), output)
    await child.wait()
    os.close(read)
    os.close(write)
    names, files = eval(output.packets[0])  # noqa: S307 – our own script's
    assert set(names) <= {"PATH", "LD_LIBRARY_PATH", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "LANG", "LC_CTYPE"}
    assert files == [0, 1, 2, 3]  # 3 is the listing's own


async def test_a_missing_program_is_an_error_or_an_exit() -> None:
    output = Output()
    try:
        child = Child(["/no/such/program"], output)
    except OSError:
        return
    assert await child.wait() != 0
    assert b"no/such/program" in output.debug


async def test_a_text_file_has_its_text_and_no_name_in_the_file_system() -> None:
    output = Output()
    with text_file("Grüße\n") as file:
        child = Child(["/bin/cat", file.name], output, pass_fds=[file.fd])
    assert await child.wait() == 0
    assert b"".join(output.packets).decode() == "Grüße\n"


PARENT = """
import asyncio, sys
from inference.engine.llama_cli.process.child import Child
class Receiver:
    def received(self, packets, debug):
        for packet in packets: print(packet.decode(), flush=True)
    def exited(self, returncode): pass
async def main():
    child = Child([sys.executable, "-ISEc", sys.argv[1]], Receiver())
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""


@pytest.mark.serial
@pytest.mark.promise(7)
def test_no_child_outlives_a_server_that_is_killed() -> None:
    script = (
        "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.write(1, b'up')\nwhile 1: signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, script], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[5]
    ) as server:
        assert server.stdout
        pid = int(server.stdout.readline())
        assert server.stdout.readline() == "up\n"
        assert alive(pid)
        server.kill()
        killed = time.monotonic()
        while alive(pid):
            assert time.monotonic() - killed < PATIENCE
            time.sleep(0.01)
        assert time.monotonic() - killed < 2.0 * 5  # the promise, with a factor for a busy machine
