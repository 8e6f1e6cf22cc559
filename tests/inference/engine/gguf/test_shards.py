"""Models in several files, and files that are no models to chat with."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from gguf import TokenType as WrittenType

from inference.engine.errors import ChatTemplateError, ModelFileError
from inference.engine.gguf.header import read_model_file
from inference.engine.prompts.chat_template import ChatTemplate
from inference.provisioning.models.model_files import ModelFolder
from tests.gguf_files import BOS, EOS, EOT, shards_of, write_model
from tests.inference.engine.gguf.test_header import CONTEXT, FIELDS, TOKENS, U32, header, tensor, text, text_field

SmallModel = Callable[..., Path]


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """A model in several files, the first one without tensors."""
    return shards_of(write_model(tmp_path / "model.gguf", shard_tensors=12))


def test_a_model_in_several_files_is_read_as_one(shards: list[Path], small_model: SmallModel) -> None:
    whole, split = read_model_file(small_model(weights="TQ2_0")), read_model_file(shards[0])
    assert [shard.name for shard in shards] == [f"model-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    assert (split.parameter_count, split.quantization) == (whole.parameter_count, whole.quantization)
    assert split.size == sum(shard.stat().st_size for shard in shards)
    assert split.chat_template == whole.chat_template


def test_missing_files_of_a_model_are_named(shards: list[Path]) -> None:
    shards[1].unlink()
    with pytest.raises(ModelFileError, match=r"missing: model-00002-of-00003\.gguf\."):
        read_model_file(shards[0])


def test_a_later_file_of_a_model_is_refused_with_the_name_of_the_first(shards: list[Path]) -> None:
    with pytest.raises(ModelFileError, match=r"file 2 of a model.*model-00001-of-00003\.gguf"):
        read_model_file(shards[1])


def test_damaged_and_exchanged_files_of_a_model_are_refused(shards: list[Path]) -> None:
    whole = shards[2].read_bytes()
    shards[2].write_bytes(whole[:-1])
    with pytest.raises(ModelFileError, match=r"model-00003-of-00003\.gguf.*should end at byte"):
        read_model_file(shards[0])
    shutil.copy(shards[1], shards[2])
    with pytest.raises(ModelFileError, match=r"model-00003-of-00003\.gguf.*not file 3"):
        read_model_file(shards[0])


def test_the_first_file_of_a_model_needs_the_name_by_which_the_others_are_found(shards: list[Path]) -> None:
    with pytest.raises(ModelFileError, match=r"model-00001-of-00003\.gguf"):
        read_model_file(shards[0].rename(shards[0].with_name("renamed.gguf")))


def test_a_model_in_several_files_is_listed_once(shards: list[Path]) -> None:
    models = ModelFolder(shards[0].parent)
    hidden = shards[1].rename(shards[1].with_suffix(".part"))
    assert "model-00002-of-00003.gguf" in models.read()[0].error
    hidden.rename(shards[1])
    [listed] = models.read()
    assert (listed.file, listed.error) == ("model-00001-of-00003.gguf", "")
    assert listed.size == sum(shard.stat().st_size for shard in shards)


@pytest.mark.parametrize(
    ("architecture", "field"),
    [
        ("bert", b""),
        ("nomic-bert", b""),
        ("qwen3", text(b"qwen3.pooling_type") + U32.pack(4) + U32.pack(3)),
        ("gemma3", text(b"gemma3.attention.causal") + U32.pack(7) + struct.pack("?", False)),
    ],
)
def test_an_embedding_model_cannot_chat(architecture: str, field: bytes, tmp_path: Path) -> None:
    named = text_field(b"general.architecture", architecture.encode())
    context = CONTEXT.replace(text(b"x.context_length"), text(architecture.encode() + b".context_length"))
    data = header(3 + bool(field), named + context + TOKENS + field + tensor((32, 1), 0))
    model = tmp_path / "embeds.gguf"
    model.write_bytes(data + bytes(256))
    with pytest.raises(ModelFileError, match=f"architecture {architecture}.*this model cannot chat"):
        read_model_file(model)


def test_a_model_that_does_not_pool_can_chat(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    unset = text(b"x.pooling_type") + U32.pack(4) + U32.pack(0)
    model.write_bytes(header(4, FIELDS + unset + tensor((32, 1), 0)) + bytes(256))
    assert read_model_file(model).architecture == "x"


@pytest.mark.parametrize("bos", [BOS, BOS + BOS])
def test_control_tokens_that_a_converter_has_glued_to_the_first_are_refused_for_chat(
    bos: str, small_model: SmallModel
) -> None:
    glued = dict.fromkeys((bos, BOS + EOS, BOS + EOT), WrittenType.CONTROL)
    model = read_model_file(small_model(special_tokens=glued, bos=bos, eos=BOS + EOS, eot=None))
    with pytest.raises(ChatTemplateError, match=r"converter of model\.gguf has written") as refused:
        ChatTemplate(model)
    assert f"{BOS}{EOS}" in str(refused.value)
    assert read_model_file(small_model()).glued_token is None
