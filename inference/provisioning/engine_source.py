"""Provides the source of llama.cpp: a pinned archive from the Python package index, verified and unpacked.

Every release of llama-cpp-python contains the whole llama.cpp tree. pip downloads the archive, so that its settings
(mirror, proxy, certificates) apply; the package itself is never installed. No Django in here.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .build_steps import EngineBuildError, Runner

PIN_FILE = Path(__file__).resolve().parents[2] / "requirements-engine-source.txt"
PIN = re.compile(r"^llama-cpp-python==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True)
class SourceArchive:
    """The source archive of a release of llama-cpp-python."""

    version: str
    sha256: str

    @classmethod
    def pinned(cls) -> SourceArchive:
        """Return the release that `requirements-engine-source.txt` pins."""
        pin = PIN.search(PIN_FILE.read_text())
        if pin is None:
            raise EngineBuildError(
                f"{PIN_FILE} has no line `llama-cpp-python==VERSION --hash=sha256:…`. Restore it from the repository."
            )
        return cls(version=pin[1], sha256=pin[2])

    @property
    def file_name(self) -> str:
        return f"llama_cpp_python-{self.version}.tar.gz"


def fetch_source(source: SourceArchive, folder: Path, runner: Runner) -> Path:
    """Return the llama.cpp tree in this folder: from an earlier build, from an archive in it, or downloaded.

    Raise EngineBuildError if the archive cannot be downloaded, or is not the pinned one.
    """
    tree = folder / f"llama.cpp-{source.version}"
    if not tree.exists():
        archive = folder / source.file_name
        if not archive.exists():
            _download(source, archive, runner)
        check_hash(archive, source)
        _unpack(archive, source, tree)
        archive.unlink()
    return tree


def check_hash(archive: Path, source: SourceArchive) -> None:
    """Raise EngineBuildError unless the file is exactly the pinned archive."""
    with archive.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != source.sha256:
        raise EngineBuildError(
            f"{archive} is not the pinned source archive, and was not unpacked.\n"
            f"Expected SHA-256 {source.sha256} ({source.file_name}), found {sha256}.\n"
            "Delete the file and run this again."
        )


def _download(source: SourceArchive, archive: Path, runner: Runner) -> None:
    folder = _empty_folder(archive.parent / "download")
    requirements = folder / "requirements.txt"
    requirements.write_text(f"llama-cpp-python=={source.version} --hash=sha256:{source.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "llama-cpp-python"]
    # Without isolation, pip reads the archive's metadata with the installed scikit-build-core.
    command += ["--no-build-isolation", "--require-hashes", "-r", str(requirements), "-d", str(folder)]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    runner.run(
        command,
        f"Downloading the source of llama.cpp: {source.file_name} (65 MB)",
        failure="pip could not download the source of llama.cpp",
        expected=f"{source.file_name} from the package index that pip is configured to use",
        advice=f"Check the network and pip's settings (pip config list), or put that file into {archive.parent}.",
    )
    (folder / source.file_name).replace(archive)
    shutil.rmtree(folder)


def _unpack(archive: Path, source: SourceArchive, tree: Path) -> None:
    """Extract vendor/llama.cpp from a verified archive; the tree appears atomically."""
    folder = _empty_folder(tree.parent / "unpack")
    top = f"llama_cpp_python-{source.version}/vendor/llama.cpp/"
    unneeded = f"{top}models/"  # 47 MB of test vocabularies
    with tarfile.open(archive) as tar:
        wanted = [each for each in tar if each.name.startswith(top) and not each.name.startswith(unneeded)]
        # Python before 3.11.4 has no filter, but the hash has verified the files.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder, wanted)  # noqa: S202 (filtered, see above)
    (folder / top).replace(tree)
    shutil.rmtree(folder)


def _empty_folder(path: Path) -> Path:
    """Create an empty folder; remove what an interrupted build left there."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir()
    return path
