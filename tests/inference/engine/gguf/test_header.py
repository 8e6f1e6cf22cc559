"""GGUF headers: the contents of valid files, and the refusal of damaged files."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gguf import TokenType as WrittenType
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import TokenType, read_model_file
from tests.engine_processes import examples
from tests.gguf_files import BITNET_TEMPLATE, LLAMA3_TOKENS

SmallModel = Callable[..., Path]
Forge = Callable[[bytes], Path]

U32, U64 = struct.Struct("<I"), struct.Struct("<Q")


def text(value: bytes) -> bytes:
    return U64.pack(len(value)) + value


def text_field(key: bytes, value: bytes) -> bytes:
    return text(key) + U32.pack(8) + text(value)


def header(fields: int, body: bytes, *, tensors: int = 1, version: int = 3) -> bytes:
    return b"GGUF" + U32.pack(version) + U64.pack(tensors) + U64.pack(fields) + body


TOKENS = text(b"tokenizer.ggml.tokens") + U32.pack(9) + U32.pack(8) + U64.pack(2) + text(b"a") + text(b"b")
CONTEXT = text(b"x.context_length") + U32.pack(4) + U32.pack(64)
FIELDS = text_field(b"general.architecture", b"x") + CONTEXT + TOKENS


def tensor(shape: tuple[int, ...], kind: int, offset: int = 0) -> bytes:
    dimensions = b"".join(U64.pack(size) for size in shape)
    return text(b"blk.0.attn_q.weight") + U32.pack(len(shape)) + dimensions + U32.pack(kind) + U64.pack(offset)


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """Return a function that writes bytes into a file."""

    def write(data: bytes) -> Path:
        path = tmp_path / "forged.gguf"
        path.write_bytes(data)
        return path

    return write


def test_a_model_file_is_described_by_its_header(small_model: SmallModel) -> None:
    path = small_model(name="Tiny", description="for tests", context_length=512, weights="TQ2_0")
    model = read_model_file(path)
    assert (model.path, model.size) == (path, path.stat().st_size)
    assert (model.name, model.description, model.architecture) == ("Tiny", "for tests", "bitnet")
    assert (model.context_length, model.vocabulary_size) == (512, 267)
    assert model.quantization == "TQ2_0"
    assert model.parameter_count == 267 * 256 + 2 * (4 * 256 + 7 * 256 * 256) + 256
    assert (model.bos_token, model.eos_token, model.adds_bos) == ("<|begin_of_text|>", "<|end_of_text|>", True)
    assert model.special_tokens == dict.fromkeys(LLAMA3_TOKENS, TokenType.CONTROL)
    assert model.end_tokens == {"<|end_of_text|>", "<|eot_id|>"}
    assert model.chat_template == BITNET_TEMPLATE


def test_token_types_are_those_that_llama_cpp_gives_them(small_model: SmallModel) -> None:
    special = {
        "<s>": WrittenType.CONTROL,
        "</s>": WrittenType.NORMAL,
        "<unk>": WrittenType.UNKNOWN,
        "<tool>": WrittenType.USER_DEFINED,
        "<|im_end|>": WrittenType.NORMAL,
        "<|fim_pad|>": WrittenType.USER_DEFINED,
    }
    model = read_model_file(small_model(special_tokens=special, bos="<s>", eos="</s>", eot=None))
    assert model.special_tokens == {
        "<s>": TokenType.CONTROL,
        "<unk>": TokenType.UNKNOWN,
        "<tool>": TokenType.USER_DEFINED,
        "<|im_end|>": TokenType.CONTROL,
        "<|fim_pad|>": TokenType.CONTROL,
    }
    assert model.control_tokens == {"<s>", "<unk>", "<|im_end|>", "<|fim_pad|>"}
    assert model.end_tokens == {"</s>", "<|im_end|>", "<|fim_pad|>"}


def test_the_pre_tokenizer_decides_about_bos_if_the_file_does_not(small_model: SmallModel) -> None:
    assert read_model_file(small_model(add_bos=None)).adds_bos
    assert not read_model_file(small_model(add_bos=False)).adds_bos


def test_names_and_template_are_optional(small_model: SmallModel) -> None:
    model = read_model_file(small_model(template=None, name="", description=""))
    assert (model.chat_template, model.name, model.description) == (None, "", "")


def test_the_types_of_bitnet_cpp_are_named(forge: Forge) -> None:
    body = FIELDS + tensor((128, 4), 36)
    padded = header(3, body) + bytes(-len(header(3, body)) % 32)
    assert read_model_file(forge(padded + bytes(128 * 4 // 4 + 32))).quantization == "I2_S"
    with pytest.raises(ModelFileError, match="should end at byte"):
        read_model_file(forge(padded + bytes(128 * 4 // 4 + 31)))


@pytest.mark.serial
def test_a_vocabulary_of_128k_is_read_in_less_than_a_second(small_model: SmallModel) -> None:
    path = small_model(extra_tokens=128_000, layers=1)
    started = time.perf_counter()
    assert read_model_file(path).vocabulary_size > 128_000
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes"),
        (b"GGUF", "4 bytes"),
        (b"PK\x03\x04" + bytes(100), "instead of b'GGUF'"),
        (header(0, b"", version=1), "version 1"),
        (header(0, b"", version=9), "version 9"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 0), "big-endian"),
        (header(2**63, FIELDS), "claims 9223372036854775808 fields"),
        (header(3, FIELDS, tensors=2**63), "9223372036854775808 tensors"),
        (header(4, FIELDS), "in the middle of its header"),
        (header(3, FIELDS, tensors=0), "no weights"),
        (header(2, FIELDS), "no vocabulary"),
        (header(1, FIELDS), "x.context_length"),
        (header(0, FIELDS), "general.architecture"),
        (header(1, U64.pack(2**60)), "a text of"),
        (header(1, text(b"k") + U32.pack(8) + U64.pack(2**64 - 1)), "more bytes"),
        (header(1, text(b"k") + U32.pack(77) + bytes(64)), "unknown type 77"),
        (header(1, text(b"k") + U32.pack(9) + U32.pack(9) + U64.pack(1) + bytes(64)), "array of the unknown type 9"),
        (header(1, text(b"k") + U32.pack(9) + U32.pack(4) + U64.pack(2**62) + bytes(64)), "more bytes"),
        (header(1, text(b"k") + U32.pack(9) + U32.pack(8) + U64.pack(2**62) + bytes(64)), "claims 46116860184273879"),
        (header(1, text(b"k") + U32.pack(9) + U32.pack(8) + U64.pack(99) + bytes(64)), "do not fit"),
        (header(3, FIELDS + tensor((256, 1), 35)), "should end at byte"),
        (header(3, FIELDS + tensor((255, 1), 35)), "rows of 255"),
        (header(3, FIELDS + tensor((1,) * 9, 0)), "9 dimensions"),
        (header(3, FIELDS + tensor((2**62, 2**62), 0)), "should end at byte"),
        (header(3, FIELDS + tensor((1,), 0, offset=2**63)), "should end at byte"),
    ],
)
def test_a_damaged_file_is_refused_with_the_reason(data: bytes, reason: str, forge: Forge) -> None:
    with pytest.raises(ModelFileError, match=reason) as refused:
        read_model_file(forge(data))
    assert "Expected" in str(refused.value) or "Download" in str(refused.value)


def test_a_path_that_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="There is no model file"):
        read_model_file(tmp_path / "missing.gguf")
    with pytest.raises(ModelFileError, match="is not a file"):
        read_model_file(tmp_path)
    with pytest.raises(ModelFileError, match="is not a file"):
        read_model_file(Path("/dev/zero"))
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_model_file(Path("nul\0byte"))


@pytest.mark.promise(32, times=159)
def test_a_truncated_file_is_refused(small_model: SmallModel, forge: Forge) -> None:
    whole = small_model().read_bytes()
    for size in (*range(0, 400, 7), *random.Random(0).sample(range(len(whole)), 100), len(whole) - 1):
        with pytest.raises(ModelFileError):
            read_model_file(forge(whole[:size]))


changes = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=9)), min_size=1, max_size=5)


@pytest.mark.promise(32, times=examples(400))
@settings(max_examples=examples(400), deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=changes)
@example(changes=[(0.0, b"GGUF\x03\x00\x00\x00\xff")])
def test_a_file_with_changed_bytes_is_read_or_refused_quickly(
    changes: list[tuple[float, bytes]], small_model: SmallModel, forge: Forge
) -> None:
    data = bytearray(small_model(layers=1).read_bytes())
    end_of_header = data.index(b"output_norm.weight") + 64
    for place, new in changes:
        start = int(place * end_of_header)
        data[start : start + len(new)] = new
    try:
        read_model_file(forge(bytes(data)))
    except ModelFileError as refused:
        assert str(refused)


def test_a_missing_pre_tokenizer_is_recognised(small_model: SmallModel) -> None:
    assert read_model_file(small_model()).missing_pre is None
    assert read_model_file(small_model(pre=None)).missing_pre == "llama-bpe"
    tokens = {"<s>": WrittenType.CONTROL}
    other = small_model(pre=None, special_tokens=tokens, bos="<s>", eos="<s>", eot=None)
    assert read_model_file(other).missing_pre is None
