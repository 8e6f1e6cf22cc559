"""A cache of evaluated initial prompts in files, which a launch only has to load.

A separate run evaluates the prompt without its last token and writes the file: with a longer prompt, the context would
contain that token twice. So only prompts that end in a special token, whose text is known, can be cached. Prompts that
end in a system prompt do.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .child import Child, text_file
from .profile import Profile, escape

ABANDONED_AFTER: Final = 3600.0  # seconds until an unfinished file is regarded as left behind by a killed server
MAX_FILES: Final = 16
MAX_BYTES: Final = 512 * 2**20  # a short system prompt takes 10 MB with the 2B model


class PromptCache:
    """Cache files in `folder` for one binary, model and list of extra arguments. `ends`: texts of special tokens."""

    def __init__(
        self,
        folder: Path,
        binary: Path,
        model: Path,
        extra: Sequence[str],
        ends: Sequence[str],
        *,
        max_files: int = MAX_FILES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._folder = folder
        self._binary, self._model, self._extra = binary, model, extra
        self._ends = sorted(ends, key=len, reverse=True)
        self._max_files, self._max_bytes = max_files, max_bytes
        self._identity = [file_identity(binary), file_identity(model), *extra]

    def arguments(self, profile: Profile) -> list[str]:
        """Return the additional arguments for a launch of `profile`; none if its prompt is not cached."""
        path = self._path(profile)
        try:
            os.utime(path)  # the time of last use
        except OSError:  # not cached
            return []
        return ["--prompt-cache", str(path), "--prompt-cache-ro"]

    async def fill(self, profile: Profile, seconds: float) -> None:
        """Cache the initial prompt of `profile`. The run takes a load and an evaluation, and at most `seconds`."""
        end = next((end for end in self._ends if profile.initial.endswith(end)), None)
        path = self._path(profile)
        if path.exists() or not end or not (prompt := profile.initial.removesuffix(end)):
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # contains system prompts
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        run = _Run([*profile.evaluation_arguments(self._binary, self._model), *self._extra], prompt, unfinished)
        try:
            async with asyncio.timeout(seconds):
                if await run.child.wait() == 0 and unfinished.exists():
                    unfinished.replace(path)
        except TimeoutError:
            pass  # launches work without the file
        finally:
            run.child.kill()
            await run.child.wait()
            unfinished.unlink(missing_ok=True)
        self._prune()

    def discard(self, profile: Profile) -> None:
        """Delete the file of `profile`, which may be damaged, after a failed launch."""
        self._path(profile).unlink(missing_ok=True)

    def _path(self, profile: Profile) -> Path:
        key = "\0".join([*self._identity, str(profile.context_size), profile.initial])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.cache"

    def _prune(self) -> None:
        for path in self._folder.glob("*.part"):
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink(missing_ok=True)
        size = 0
        newest = sorted(self._folder.glob("*.cache"), key=lambda path: path.stat().st_mtime, reverse=True)
        for at, path in enumerate(newest):
            size += path.stat().st_size
            if at >= self._max_files or size > self._max_bytes:
                path.unlink()


class _Run:
    """A llama-cli process that evaluates a prompt, saves the result and exits. Its output is ignored."""

    def __init__(self, command: list[str], prompt: str, path: Path) -> None:
        with text_file(escape(prompt)) as file:
            self.child = Child([*command, "-f", file.name, "--prompt-cache", str(path)], self, pass_fds=[file.fd])

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        """See `Receiver`."""

    def exited(self, returncode: int) -> None:
        """See `Receiver`."""


def file_identity(path: Path) -> str:
    """Return path, size and time of a file, which change when it is replaced; only the path if it does not exist."""
    try:
        status = path.stat()
    except OSError:
        return str(path)
    return f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}"
