"""Provides the source of llama.cpp: a pinned archive from the Python package index; and how to compile it.

Every release of llama-cpp-python contains the whole llama.cpp tree. pip downloads the archive, so that its settings
(mirror, proxy, certificates) apply; the package itself is never installed. No Django in here.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .build_steps import EngineBuildError, Runner

PIN_FILE = Path(__file__).resolve().parents[3] / "requirements-engine-source.txt"
PIN = re.compile(r"^llama-cpp-python==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)

COMPILERS = (("C", "CC", ("cc", "gcc", "clang")), ("C++", "CXX", ("c++", "g++", "clang++")))
NO_COMPILER = """\
No {missing} compiler was found{where}.
Expected: a C and a C++ compiler (GCC or Clang) on PATH, or named by the variables CC and CXX.
Install one, then run this again:
    Debian, Ubuntu   sudo apt-get install build-essential
    Fedora, RHEL     sudo dnf install gcc gcc-c++
    Arch             sudo pacman -S base-devel
    Alpine           sudo apk add build-base linux-headers
    openSUSE         sudo zypper install gcc gcc-c++
    macOS            xcode-select --install"""


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

    @property
    def title(self) -> str:
        return f"the llama.cpp of llama-cpp-python {self.version}"

    @property
    def pin(self) -> dict[str, str]:
        """Return what identifies the source exactly."""
        return {"sha256": self.sha256}

    def flags(self, *, portable: bool) -> tuple[str, ...]:
        """Return the cmake options that shape the programs."""
        return (
            "-DCMAKE_BUILD_TYPE=Release",
            "-DBUILD_SHARED_LIBS=OFF",
            "-DLLAMA_CURL=OFF",
            "-DLLAMA_BUILD_TESTS=OFF",
            "-DLLAMA_BUILD_EXAMPLES=ON",  # llama-cli itself is one of them
            "-DLLAMA_BUILD_SERVER=ON",
            *processor_flags(portable=portable),
        )

    def find_compilers(self) -> list[str]:
        """Return the paths of the C and the C++ compiler, without those that are missing."""
        choices = ((shlex.split(os.environ.get(variable, ""))[:1] or names) for _, variable, names in COMPILERS)
        return [found for names in choices if (found := next(filter(None, map(shutil.which, names)), None))]

    def require_compilers(self) -> tuple[str, ...]:
        """Raise EngineBuildError if a compiler is missing. cmake finds them, and needs no options that name them."""
        missing, where = [], ""
        for language, variable, names in COMPILERS:
            chosen = shlex.split(os.environ.get(variable, ""))[:1]
            if not any(shutil.which(name) for name in chosen or names):
                missing.append(language)
                where += f"; {variable} names {chosen[0]}, which is not there" if chosen else ""
        if missing:
            raise EngineBuildError(NO_COMPILER.format(missing=" and no ".join(missing), where=where))
        return ()

    def fetch(self, folder: Path, runner: Runner) -> Path:
        """Return the llama.cpp tree in this folder: from an earlier build, from an archive in it, or downloaded.

        Raise EngineBuildError if the archive cannot be downloaded, or is not the pinned one.
        """
        tree = folder / f"llama.cpp-{self.version}"
        if not tree.exists():
            archive = folder / self.file_name
            if not archive.exists():
                _download(self, archive, runner)
            check_hash(archive, self)
            _unpack(archive, self, tree)
            archive.unlink()
        return tree


def processor_flags(*, portable: bool) -> tuple[str, ...]:
    """Return the cmake options for this machine's processor, or for any x86-64 processor with AVX2."""
    if not portable:
        return ("-DGGML_NATIVE=ON",)
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return ("-DGGML_NATIVE=OFF",)
    return "-DGGML_NATIVE=OFF", "-DGGML_AVX=ON", "-DGGML_AVX2=ON", "-DGGML_FMA=ON", "-DGGML_F16C=ON"


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
    folder = empty_folder(archive.parent / "download")
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
    folder = empty_folder(tree.parent / "unpack")
    top = f"llama_cpp_python-{source.version}/vendor/llama.cpp/"
    unneeded = f"{top}models/"  # 47 MB of test vocabularies
    with tarfile.open(archive) as tar:
        wanted = [each for each in tar if each.name.startswith(top) and not each.name.startswith(unneeded)]
        # Python before 3.11.4 has no filter, but the hash has verified the files.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder, wanted)  # noqa: S202 (filtered, see above)
    (folder / top).replace(tree)
    shutil.rmtree(folder)


def empty_folder(path: Path) -> Path:
    """Create an empty folder; remove what an interrupted build left there."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir()
    return path
