"""The ids and names of models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine.gguf.header import ModelFile, read_model_file
from inference.provisioning.models.model_names import MAX_NAME_CHARS, model_id, model_name

MODELS = Path("/srv/models")


@pytest.fixture(scope="module")
def header(small_model: Callable[..., Path]) -> ModelFile:
    return replace(read_model_file(small_model()), quantization="TQ2_0")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/srv/models/demo-bitnet.gguf", "demo-bitnet"),
        ("/srv/models/bitnet-b1.58-2b-4t.gguf", "bitnet-b1.58-2b-4t"),
        ("/srv/models/family/file.gguf", "family/file"),
        ("/srv/models/big-00001-of-00003.gguf", "big"),
        ("/home/ada/family/file.gguf", "file"),
        ("/srv/models/../file.gguf", "file"),
        ("/srv/models-old/file.gguf", "file"),
    ],
)
def test_an_id_is_the_path_in_the_models_folder_without_the_ending(path: str, expected: str) -> None:
    assert model_id(Path(path), MODELS) == expected


def test_an_id_is_the_same_through_links(tmp_path: Path) -> None:
    real = tmp_path / "disk"
    (real / "family").mkdir(parents=True)
    (real / "family" / "file.gguf").touch()
    link = tmp_path / "models"
    link.symlink_to(real)
    assert model_id(real / "family" / "file.gguf", link) == "family/file"
    (link / "called.gguf").symlink_to(real / "family" / "file.gguf")
    assert model_id(link / "called.gguf", link) == "called"


@pytest.mark.parametrize(
    ("file", "quantization", "expected"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1", "SmolLM2-135M-Instruct · Q4_1"),
        ("SmolLM2-135M-Instruct-Q4_K_M.gguf", "Q4_K", "SmolLM2-135M-Instruct · Q4_K_M"),
        ("SmolLM2-135M-Instruct-Q4_K_M.gguf", "Q6_K", "SmolLM2-135M-Instruct · Q6_K"),
        ("TriLM_3.9B_Unpacked-TQ2_0-00001-of-00002.gguf", "TQ2_0", "TriLM_3.9B_Unpacked · TQ2_0"),
        ("model.bf16.gguf", "BF16", "Header's own · BF16"),
        ("ggml-model-i2_s.gguf", "I2_S", "Header's own · I2_S"),
        ("Falcon3-1B/ggml-model-i2_s.gguf", "I2_S", "Falcon3-1B · I2_S"),
        ("headers-own-q8_0.gguf", "Q8_0", "headers-own · Q8_0"),
        ("header-s-own-q8_0.gguf", "Q8_0", "Header's own · Q8_0"),
        ("bitnet-b1.58-2b-4t.gguf", "I2_S", "BitNet b1.58 2B-4T · I2_S"),
        ("bitnet-b1.58-2b-4t-embed-q6_k.gguf", "I2_S", "BitNet b1.58 2B-4T · I2_S, embeddings Q6_K"),
    ],
)
def test_a_name_says_what_a_model_is_and_the_type_of_its_weights(
    header: ModelFile, file: str, quantization: str, expected: str
) -> None:
    model = replace(header, path=MODELS / file, name="Header's own", quantization=quantization)
    assert model_name(model, MODELS) == expected


def test_the_demo_model_has_the_name_of_its_header(header: ModelFile) -> None:
    model = replace(header, path=MODELS / "demo-bitnet.gguf", name="BitNet Demo")
    assert model_name(model, MODELS) == "BitNet Demo · TQ2_0"


def test_a_model_without_any_name_is_called_as_its_file(header: ModelFile) -> None:
    assert model_name(replace(header, path=MODELS / "model.gguf", name=""), MODELS) == "model · TQ2_0"


def test_a_name_is_one_short_line(header: ModelFile) -> None:
    model = replace(header, path=MODELS / "model.gguf", name="a\nb\u202e" + "c" * 1000)
    title, _, weights = model_name(model, MODELS).partition(" · ")
    assert title.startswith("a b c")
    assert (len(title), weights) == (MAX_NAME_CHARS, "TQ2_0")
