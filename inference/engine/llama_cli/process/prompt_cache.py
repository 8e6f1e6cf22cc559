"""Initial prompts evaluated once and kept in files, so that a launch only has to load them.

The file is written by a run of its own over the prompt minus its last token: with a longer one, that token would stand
in the context twice. So only prompts that end in a special token, whose text is known, are kept; system prompts do.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from .child import Child, prompt_file
from .profile import Profile, escape

ABANDONED = 3600.0  # seconds after which a file without its name is one that a killed server has left
MOST_FILES = 16
MOST_BYTES = 512 * 2**20  # 10 MB each were seen with the 2B model and a short system prompt


class PromptCache:
    """The cache files in `folder`, for one binary, model and set of extra arguments."""

    def __init__(self, folder: Path, binary: Path, model: Path, extra: Sequence[str], ends: Sequence[str]) -> None:
        self._folder = folder
        self._binary, self._model, self._extra = binary, model, extra
        self._ends = sorted(ends, key=len, reverse=True)
        self._identity = [file_identity(binary), file_identity(model), *extra]

    def arguments(self, profile: Profile) -> list[str]:
        """What a launch of `profile` adds to its arguments; nothing where its prompt is not kept."""
        path = self._path(profile)
        try:
            os.utime(path)  # used last
        except OSError:  # there is none, or none that can be kept
            return []
        return ["--prompt-cache", str(path), "--prompt-cache-ro"]

    async def fill(self, profile: Profile, seconds: float) -> None:
        """Keep the initial prompt of `profile`: a load and an evaluation, given up after `seconds` without a file."""
        end = next((end for end in self._ends if profile.initial.endswith(end)), None)
        path = self._path(profile)
        if path.exists() or not end or not (prompt := profile.initial.removesuffix(end)):
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody's system prompts
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        run = _Run([*profile.evaluation_arguments(self._binary, self._model), *self._extra], prompt, unfinished)
        try:
            async with asyncio.timeout(seconds):
                if await run.child.wait() == 0 and unfinished.exists():
                    unfinished.replace(path)
        except TimeoutError:
            pass  # launches do without
        finally:
            run.child.kill()
            await run.child.wait()
            unfinished.unlink(missing_ok=True)
        self._prune()

    def discard(self, profile: Profile) -> None:
        """A launch with this file failed: it may be damaged."""
        self._path(profile).unlink(missing_ok=True)

    def _path(self, profile: Profile) -> Path:
        key = "\0".join([*self._identity, str(profile.context_size), profile.initial])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.cache"

    def _prune(self) -> None:
        for path in self._folder.glob("*.part"):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink(missing_ok=True)
        size = 0
        newest = sorted(self._folder.glob("*.cache"), key=lambda path: path.stat().st_mtime, reverse=True)
        for at, path in enumerate(newest):
            size += path.stat().st_size
            if at >= MOST_FILES or size > MOST_BYTES:
                path.unlink()


class _Run:
    """A llama-cli that evaluates a prompt, saves it and ends. What it prints does not matter."""

    def __init__(self, command: list[str], prompt: str, path: Path) -> None:
        with prompt_file(escape(prompt)) as file:
            self.child = Child([*command, "-f", file.name, "--prompt-cache", str(path)], self, pass_fds=[file.fd])

    def received(self, packets: Sequence[bytes], debug: bytes) -> None:
        """See `Receiver`."""

    def exited(self, returncode: int) -> None:
        """See `Receiver`."""


def file_identity(path: Path) -> str:
    """Path, size and time of a file: another after it was replaced; the path alone where there is none."""
    try:
        status = path.stat()
    except OSError:
        return str(path)
    return f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}"
