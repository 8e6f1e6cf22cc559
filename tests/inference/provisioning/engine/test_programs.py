"""Which llama-cli runs a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.provisioning.engine.programs import program_for, program_problem
from tests.gguf_files import write_model

BOTH = (".engine", ".engine/bitnet")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLAMA_CLI", "LLAMA_CLI_BITNET"):
        monkeypatch.delenv(name, raising=False)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.mark.parametrize(
    ("built", "weights", "expected"),
    [
        (BOTH, "TQ2_0", ".engine"),
        (BOTH, "I2_S", ".engine/bitnet"),
        (BOTH, "", ".engine"),
        ((".engine",), "I2_S", ".engine"),
        ((".engine/bitnet",), "TQ2_0", ".engine/bitnet"),
        ((), "TQ2_0", ".engine"),
        ((), "I2_S", ".engine/bitnet"),
    ],
)
def test_the_program_is_that_of_the_engine_that_reads_the_weights(
    built: tuple[str, ...], weights: str, expected: str, tmp_path: Path
) -> None:
    for folder in built:
        program(tmp_path / folder / "bin/llama-cli")
    assert program_for(weights, base=tmp_path) == tmp_path / expected / "bin/llama-cli"
    assert program_for(weights, "llama-quantize", tmp_path) == tmp_path / expected / "bin/llama-quantize"


def test_the_weights_are_those_of_the_file(tmp_path: Path) -> None:
    for folder in BOTH:
        program(tmp_path / folder / "bin/llama-cli")
    model = tmp_path / "model.gguf"
    assert program_for(model, base=tmp_path) == tmp_path / ".engine/bin/llama-cli"  # no such model
    write_model(model, weights="I2_S")
    assert program_for(model, base=tmp_path) == tmp_path / ".engine/bitnet/bin/llama-cli"


@pytest.mark.parametrize(
    ("configured", "weights", "expected"),
    [
        (("LLAMA_CLI",), "TQ2_0", "LLAMA_CLI"),
        (("LLAMA_CLI",), "I2_S", "LLAMA_CLI"),
        (("LLAMA_CLI", "LLAMA_CLI_BITNET"), "TQ2_0", "LLAMA_CLI"),
        (("LLAMA_CLI", "LLAMA_CLI_BITNET"), "TL2", "LLAMA_CLI_BITNET"),
        (("LLAMA_CLI_BITNET",), "TQ2_0", "built"),
    ],
)
def test_a_configured_program_comes_before_a_built_one(
    configured: tuple[str, ...], weights: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {name: program(tmp_path / name / "llama-cli") for name in configured}
    for name, path in paths.items():
        monkeypatch.setenv(name, str(path))
    paths["built"] = program(tmp_path / ".engine/bin/llama-cli")
    program(tmp_path / ".engine/bitnet/bin/llama-cli")
    assert program_for(weights, base=tmp_path) == paths[expected]


def test_a_configured_program_that_is_missing_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_CLI", str(tmp_path / "none"))
    program(tmp_path / ".engine/bin/llama-cli")
    assert program_for("TQ2_0", base=tmp_path) == tmp_path / "none"
    assert program_problem("TQ2_0", tmp_path) == (
        f"There is no program {tmp_path}/none. Build it with `manage.py build_engine`, or set LLAMA_CLI to its path."
    )


def test_weights_that_only_bitnet_cpp_reads_need_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "build_engine --bitnet" in program_problem("I2_S", tmp_path)
    program(tmp_path / ".engine/bin/llama-cli")
    assert "build_engine --bitnet" in program_problem("I2_S", tmp_path)
    assert program_problem("TQ2_0", tmp_path) == ""
    program(tmp_path / ".engine/bitnet/bin/llama-cli")
    assert program_problem("I2_S", tmp_path) == ""
    monkeypatch.setenv("LLAMA_CLI", str(program(tmp_path / "own/llama-cli")))
    assert program_problem("I2_S", tmp_path) == ""  # what it runs is not known
