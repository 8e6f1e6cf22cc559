"""A child process on three pipes: bytes in and out, its death noticed and reaped. What they mean is not known here."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

READ_SIZE: Final = 65536
# Packet mode keeps one page per packet, and a default pipe holds 16: a fast model would wait for us at each token.
PIPE_SIZE: Final = 1 << 20
LAST_READS: Final = 1024  # of what a dead child left in its pipes, which hold far less
PACKETS_PER_READ: Final = 4096  # more than the pipe holds: only bounds one call against a child gone wild
# Of the server's variables the child gets these alone: LLAMA_ARG_… would change it, secrets are none of its business.
# What they say wins over these. OpenMP's threads spin at a barrier before they sleep, by default so long that a team
# which shares its cores with anything is 2 to 4 times slower than with this count, which costs an idle machine 1 %.
DEFAULT_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "GOMP_SPINCOUNT": "1000"}
PASSED_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


class Receiver(Protocol):
    """Who is told what the child says. Called on the event loop, never after `exited`."""

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        """Packets of stdout, then a chunk of stderr that was read before them."""

    def exited(self, returncode: int) -> None:
        """The child is dead and reaped; all that it had written has been received. Negative: killed by that signal."""


class Child:
    """One child process in a process group of its own, killed with the thread that started it (Linux only)."""

    def __init__(self, arguments: Sequence[str], receiver: Receiver, *, pass_fds: Sequence[int] = ()) -> None:
        """Start `arguments`. Raises OSError where the program cannot be started. Needs a running event loop."""
        if not os.access(arguments[0], os.X_OK):  # else only what starts it would say so
            raise OSError(errno.ENOENT, "there is no program that may be run", arguments[0])
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        self._to_write = bytearray()
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            stdin, self._stdin = _pipe(theirs, ours)
            self._stdout, stdout = _pipe(ours, theirs, os.O_DIRECT)
            self._stderr, stderr = _pipe(ours, theirs)
            with contextlib.suppress(PermissionError):  # beyond the user's share: a smaller pipe works, slower
                fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
            self._process = subprocess.Popen(
                [*_killed_with_parent(), *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=pass_fds,
                start_new_session=True,
                env=DEFAULT_ENVIRONMENT | {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ},
            )
            try:
                self._pidfd = os.pidfd_open(self._process.pid)
            except OSError:
                self._process.kill()
                self._process.wait()
                raise
            ours.pop_all()
        self.pid: Final = self._process.pid
        self._exit: asyncio.Future[int] = self._loop.create_future()
        for fd in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(fd, False)
        self._loop.add_reader(self._stdout, self._read)
        self._loop.add_reader(self._stderr, self._read)
        self._loop.add_reader(self._pidfd, self._reap)

    @property
    def dead(self) -> bool:
        return self._exit.done()

    def write(self, data: bytes) -> None:
        """Queue bytes for stdin; whoever waits for an answer to them has a timeout."""
        if not self.dead:
            self._to_write += data
            self._flush()

    def interrupt(self) -> None:
        """SIGINT: llama-cli stops generating and waits for input."""
        if not self.dead:
            os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL to the whole group. There is nothing to save in a child, so nothing gentler comes first."""
        if not self.dead:
            with contextlib.suppress(ProcessLookupError):  # dead already, its notice on the way
                os.killpg(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Its return code, once it is reaped."""
        return await asyncio.shield(self._exit)

    def _flush(self) -> None:
        try:
            while self._to_write:
                del self._to_write[: os.write(self._stdin, self._to_write)]
        except BlockingIOError:
            self._loop.add_writer(self._stdin, self._flush)
            return
        except BrokenPipeError:
            self._to_write.clear()  # it is dying, which is told by its exit
        self._loop.remove_writer(self._stdin)

    def _read(self) -> bool:
        """Take what stderr has, then drain stdout: the order on which the protocol rests. False: there was nothing."""
        debug = _read_available(self._stderr)
        if debug == b"":
            self._loop.remove_reader(self._stderr)
        packets: list[bytes] = []
        packet: bytes | None = None
        while len(packets) < PACKETS_PER_READ and (packet := _read_available(self._stdout)):
            packets.append(packet)
        if packet == b"":
            self._loop.remove_reader(self._stdout)
        if packets or debug:
            self._receiver.received(packets, debug or b"")
        return bool(packets or debug)

    def _reap(self) -> None:
        returncode = self._process.poll()
        if returncode is None:
            return
        for _ in range(LAST_READS):  # what it wrote before it died; a grandchild could go on for ever
            if not self._read():
                break
        for fd in (self._stdout, self._stderr, self._pidfd):
            self._loop.remove_reader(fd)
        self._loop.remove_writer(self._stdin)
        for fd in (self._stdin, self._stdout, self._stderr, self._pidfd):
            os.close(fd)
        self._exit.set_result(returncode)
        self._receiver.exited(returncode)


def _pipe(reading: contextlib.ExitStack, writing: contextlib.ExitStack, flags: int = 0) -> tuple[int, int]:
    """A pipe whose ends are closed with the stacks of those who read and write it."""
    read, write = os.pipe2(os.O_CLOEXEC | flags)
    reading.callback(os.close, read)
    writing.callback(os.close, write)
    return read, write


class PromptFile(NamedTuple):
    """A file without a name, as the child finds it. Pass `fd` on to it."""

    fd: int
    name: str


@contextlib.contextmanager
def prompt_file(text: str) -> Iterator[PromptFile]:
    """Text that only a child which is started inside the block can read; `ps` and the file system do not show it."""
    fd = os.memfd_create("prompt")
    try:
        with os.fdopen(fd, "wb", closefd=False) as stream:
            stream.write(text.encode())
        yield PromptFile(fd, f"/dev/fd/{fd}")
    finally:
        os.close(fd)


def _read_available(fd: int) -> bytes | None:
    """One read; None where nothing has come yet, empty at the end of the stream."""
    try:
        return os.read(fd, READ_SIZE)
    except BlockingIOError:
        return None


def _killed_with_parent() -> list[str]:
    """The prefix that has the kernel kill the child when this thread dies, even by SIGKILL."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
