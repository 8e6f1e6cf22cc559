"""A child process on three pipes, reaped when it exits. Knows nothing about the meaning of the bytes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

READ_SIZE: Final = 65536
# Packet mode takes one page per packet, and a default pipe holds 16: a fast model would block at every token.
PIPE_SIZE: Final = 1 << 20
LAST_READS: Final = 1024  # from the pipes of a dead child, which hold far less
PACKETS_PER_READ: Final = 4096  # more than the pipe holds; bounds one call if a child writes without end
# Of the server's environment, only PASSED_ENVIRONMENT is passed on, which overrides all others: LLAMA_ARG_… would
# change llama-cli, and secrets are never passed on. Spins: see models/openmp.py.
DEFAULT_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "GOMP_SPINCOUNT": "300"}
NO_VARIABLES: Final[Mapping[str, str]] = MappingProxyType({})
PASSED_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


class Receiver(Protocol):
    """Receives the output of a child. Called on the event loop; `exited` is the last call."""

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        """Receive packets of stdout, and a chunk of stderr that was read before them."""

    def exited(self, returncode: int) -> None:
        """The child is reaped, and all its output received. `returncode`: negative if killed by that signal."""


class Child:
    """One child process in its own process group, killed together with the thread that started it (Linux only)."""

    def __init__(
        self,
        arguments: Sequence[str],
        receiver: Receiver,
        *,
        pass_fds: Sequence[int] = (),
        environment: Mapping[str, str] = NO_VARIABLES,
    ) -> None:
        """Start `arguments`. Raises OSError if the program cannot be started. Needs a running event loop.

        `environment`: variables that it gets besides the default ones, unless the server's own environment sets them.
        """
        if not os.access(arguments[0], os.X_OK):  # otherwise only the output of setpriv would say so
            raise OSError(errno.ENOENT, "it is not an executable file", arguments[0])
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        self._to_write = bytearray()
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            stdin, self._stdin = _pipe(theirs, ours)
            self._stdout, stdout = _pipe(ours, theirs, os.O_DIRECT)
            self._stderr, stderr = _pipe(ours, theirs)
            with contextlib.suppress(PermissionError):  # over the user's limit: a smaller pipe works, but slower
                fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
            self._process = subprocess.Popen(
                [*killed_with_parent(), *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=pass_fds,
                start_new_session=True,
                env=child_environment(environment),
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
        """Queue bytes for stdin. Whether the child reads them is not checked: callers need a timeout for its answer."""
        if not self.dead:
            self._to_write += data
            self._flush()

    def interrupt(self) -> None:
        """Send SIGINT: llama-cli stops generating and waits for input."""
        if not self.dead:
            os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """Send SIGKILL to the process group. A child has no state to save, so that no gentler signal comes first."""
        if not self.dead:
            with contextlib.suppress(ProcessLookupError):  # dead, but not reaped yet
                os.killpg(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until the child is reaped, and return its return code."""
        return await asyncio.shield(self._exit)

    def _flush(self) -> None:
        try:
            while self._to_write:
                del self._to_write[: os.write(self._stdin, self._to_write)]
        except BlockingIOError:
            self._loop.add_writer(self._stdin, self._flush)
            return
        except BrokenPipeError:
            self._to_write.clear()  # the child closed stdin or exited; an exit is reported by `_reap`
        self._loop.remove_writer(self._stdin)

    def _read(self) -> bool:
        """Read what stderr has, then drain stdout; the protocol depends on this order. Return whether there was any."""
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
        for _ in range(LAST_READS):  # the last output; bounded, because a grandchild could write without end
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
    """Open a pipe whose ends are closed by the stacks of the reading and the writing side."""
    read, write = os.pipe2(os.O_CLOEXEC | flags)
    reading.callback(os.close, read)
    writing.callback(os.close, write)
    return read, write


class TextFile(NamedTuple):
    """A file without a name, and the path under which a child that inherits `fd` can open it."""

    fd: int
    name: str


@contextlib.contextmanager
def text_file(text: str) -> Iterator[TextFile]:
    """Provide text to a child that is started inside the block. `ps` and the file system do not show it."""
    fd = os.memfd_create("text")
    try:
        with os.fdopen(fd, "wb", closefd=False) as stream:
            stream.write(text.encode())
        yield TextFile(fd, f"/dev/fd/{fd}")
    finally:
        os.close(fd)


def _read_available(fd: int) -> bytes | None:
    """Read once. Return None if there is nothing yet, and no bytes at the end of the stream."""
    try:
        return os.read(fd, READ_SIZE)
    except BlockingIOError:
        return None


def child_environment(environment: Mapping[str, str] = NO_VARIABLES) -> dict[str, str]:
    """Return the environment of a child. `environment`: as in `Child`."""
    passed = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
    return {**DEFAULT_ENVIRONMENT, **environment, **passed}


@cache
def killed_with_parent() -> tuple[str, ...]:
    """Return a prefix that lets the kernel kill the child when this thread dies, even by SIGKILL."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
