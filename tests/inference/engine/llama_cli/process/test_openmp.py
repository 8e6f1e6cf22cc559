"""The environment of OpenMP by the library that a program is linked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.engine.llama_cli.models import openmp
from inference.engine.llama_cli.models.program import find_program


@pytest.mark.parametrize(
    ("linked", "library"),
    [("libgomp.so.1", openmp.GCC), ("libomp.so.5", openmp.CLANG), ("libiomp5.so", openmp.INTEL), ("libc.so.6", "")],
)
def test_the_library_is_found_in_a_program_or_beside_it(tmp_path: Path, linked: str, library: str) -> None:
    alone, with_libraries = tmp_path / "alone" / "llama-cli", tmp_path / "bin" / "llama-cli"
    for path, content in (
        (alone, linked),
        (with_libraries, ""),
        (with_libraries.with_name("libggml-cpu.so"), linked),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\x7fELF" + content.encode())
    assert find_program(alone).openmp == find_program(with_libraries).openmp == library
    assert find_program(alone).threads_sleep is bool(library)


def test_threads_never_spin_for_ever() -> None:
    """ACTIVE is without end for Clang's threads, and limited by the count for GCC's."""
    assert openmp.environment(openmp.GCC, own_cores=False) == {"GOMP_SPINCOUNT": "300", "OMP_WAIT_POLICY": "ACTIVE"}
    assert openmp.environment(openmp.GCC, own_cores=True) == {"GOMP_SPINCOUNT": "1000"}
    for library in (openmp.CLANG, openmp.INTEL, ""):
        assert not openmp.environment(library, own_cores=False) | openmp.environment(library, own_cores=True)
