"""The header of a GGUF file: what the server must know of a model before any llama-cli has loaded it.

Only the fields that are needed are read, the rest is skipped, so that a vocabulary of 128,256 tokens takes some
0.2 seconds. The layout is that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import math
import mmap
import stat
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from inference.engine.errors import ModelFileError

from .vocabulary import TokenType, Vocabulary

__all__ = ["ModelFile", "TokenType", "read_model_file"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What one GGUF file says of itself. `size`: bytes. `context_length`: tokens, as trained.

    `quantization` is the tensor type that holds most weights outside the embeddings, such as `TQ2_0` or `I2_S`.
    `special_tokens` are all tokens that are not plain text, with the types that llama.cpp gives them, which for
    well-known names differ from the file's. `end_tokens` are those that end a generation. `name`, `description`:
    empty if the file has none. `missing_pre`: the pre-tokenizer of its vocabulary, where the file fails to name it,
    as Microsoft's BitNet-b1.58-2B-4T does; without it every text is split as none was in training.
    """

    path: Path
    size: int
    architecture: str
    name: str
    description: str
    parameter_count: int
    quantization: str
    context_length: int
    vocabulary_size: int
    bos_token: str | None
    eos_token: str | None
    adds_bos: bool
    special_tokens: Mapping[str, TokenType]
    end_tokens: frozenset[str]
    chat_template: str | None
    missing_pre: str | None = None

    @property
    def control_tokens(self) -> frozenset[str]:
        """The special tokens that llama-cli recognises in the texts of its launch, but not in a line on stdin."""
        return frozenset(
            text for text, kind in self.special_tokens.items() if kind in (TokenType.CONTROL, TokenType.UNKNOWN)
        )


def read_model_file(path: Path) -> ModelFile:
    """Read the header of the GGUF file at `path`.

    Raises ModelFileError if it is not one, is cut short (the weights included), or holds absurd fields.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ModelFileError(f"{path.name} is not a file. Expected a GGUF model file; check MODEL_PATH.")
        if status.st_size < _SMALLEST:
            raise ModelFileError(
                f"{path.name} has {status.st_size} bytes, fewer than the header of any GGUF file. Download it again."
            )
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Header(path, data).model_file()
    except FileNotFoundError as error:
        raise ModelFileError(
            f"There is no model file {path.name}. Expected a GGUF file; fetch one, or check MODEL_PATH."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"{path.name} cannot be read: {error}. Expected a GGUF file that the server may read; check MODEL_PATH."
        ) from error


_SMALLEST = 24  # magic, version, two counts
_ALIGNMENT = 32

# Well above every published model (262,144 tokens, some 1,000 tensors), and low enough that a forged header is refused
# within about a second, whatever the size of its file.
_MOST_FIELDS = 65_536
_MOST_TENSORS = 65_536
_MOST_STRINGS = 4_194_304  # in all arrays together
_LONGEST_TEXT = 1024 * 1024  # bytes
_LONGEST_VOCABULARY = 64 * 1024 * 1024

_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_SCALARS = {number: struct.Struct("<" + code) for number, code in enumerate("BbHhIif?")} | {
    number: struct.Struct("<" + code) for number, code in ((10, "Q"), (11, "q"), (12, "d"))
}
_STRING, _ARRAY = 8, 9
_TEXTS = {
    "general.architecture",
    "general.name",
    "general.description",
    "tokenizer.chat_template",
    "tokenizer.ggml.model",
    "tokenizer.ggml.pre",
}

# Tensor type: name, weights per block, bytes per block (ggml.h). The last four are bitnet.cpp's.
# fmt: off
_TENSOR_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 28: ("F64", 1, 8), 30: ("BF16", 1, 2),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8),
    2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 20: ("IQ4_NL", 32, 18),
    10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 29: ("IQ1_M", 256, 56),
    34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    36: ("I2_S", 4, 1),  # 32 bytes of scale follow the weights
    37: ("I8_S", 1, 1),
    38: ("TL1", 1, 0), 39: ("TL2", 1, 0),  # packed by the shape of the matrix: only where it begins can be checked
}
# fmt: on
_I2_S, _TL2, _I2_S_SCALE = 36, 39, 32


class _Header:
    """One pass over the header, from the magic to the end of the tensor list."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path = path
        self.data = data
        self.size = len(data)
        self.position = 4
        self.fields: dict[str, Any] = {}
        self.strings_left = _MOST_STRINGS
        self.tokens: list[bytes] = []
        self.token_types: tuple[int, ...] = ()

    def refuse(self, problem: str) -> NoReturn:
        raise ModelFileError(
            f"{self.path.name} is not a usable GGUF file: {problem}. Expected a complete GGUF file of version 2 or 3; "
            "download it again, or choose another."
        )

    def model_file(self) -> ModelFile:
        if self.data[:4] != b"GGUF":
            self.refuse(f"it begins with {self.data[:4]!r} instead of b'GGUF'")
        version = self.number(_U32)
        if version and version & 0xFFFF == 0:
            self.refuse("it is written for big-endian machines")
        if version not in (2, 3):
            self.refuse(f"it has version {version}")
        tensors, fields = self.number(_U64), self.number(_U64)
        if fields > _MOST_FIELDS or tensors > _MOST_TENSORS:
            self.refuse(f"it claims {fields} fields and {tensors} tensors")
        for _ in range(fields):
            self.field()
        architecture = self.text_field("general.architecture", required=True)
        context_length = self.fields.get(f"{architecture}.context_length")
        if not isinstance(context_length, int) or context_length < 1:
            self.refuse(f"{architecture}.context_length is {context_length!r}, not a number of tokens")
        if not self.tokens:
            self.refuse("it has no vocabulary (tokenizer.ggml.tokens)")
        parameter_count, quantization = self.tensors(tensors, architecture)
        if self.token_types and len(self.token_types) < len(self.tokens):
            self.refuse(f"it has {len(self.tokens)} tokens, but only {len(self.token_types)} token types")
        vocabulary = Vocabulary(self.tokens, self.token_types, self.fields)
        special_tokens, end_tokens = vocabulary.special_tokens()
        return ModelFile(
            path=self.path,
            size=self.size,
            architecture=architecture,
            name=self.text_field("general.name"),
            description=self.text_field("general.description"),
            parameter_count=parameter_count,
            quantization=quantization,
            context_length=context_length,
            vocabulary_size=len(self.tokens),
            bos_token=vocabulary.token("bos"),
            eos_token=vocabulary.token("eos"),
            adds_bos=vocabulary.adds_bos(),
            special_tokens=MappingProxyType(special_tokens),
            end_tokens=end_tokens,
            chat_template=self.text_field("tokenizer.chat_template") or None,
            missing_pre=vocabulary.missing_pre(),
        )

    # Bytes

    def number(self, layout: struct.Struct) -> Any:
        end = self.position + layout.size
        if end > self.size:
            self.refuse(f"it ends at byte {self.size}, in the middle of its header")
        (value,) = layout.unpack_from(self.data, self.position)
        self.position = end
        return value

    def text(self) -> str:
        length = self.number(_U64)
        if length > _LONGEST_TEXT:
            self.refuse(f"at byte {self.position} it claims a text of {length} bytes")
        start = self.advance(length)
        return self.data[start : self.position].decode("utf-8", "replace")

    def advance(self, length: int) -> int:
        """Move on by `length` bytes, which must exist; returns where they begin."""
        start = self.position
        if length > self.size - start:
            self.refuse(f"at byte {start} it claims {length} more bytes, but it has {self.size} in all")
        self.position += length
        return start

    # Fields

    def field(self) -> None:
        key = self.text()
        kind = self.number(_U32)
        if kind == _ARRAY:
            self.array(key)
        elif kind == _STRING and key in _TEXTS:
            self.fields[key] = self.text()
        elif kind == _STRING:
            self.advance(self.number(_U64))
        elif kind in _SCALARS:
            self.fields[key] = self.number(_SCALARS[kind])
        else:
            self.refuse(f"the field {key[:64]!r} has the unknown type {kind}")

    def array(self, key: str) -> None:
        kind, count = self.number(_U32), self.number(_U64)
        if kind == _STRING:
            starts = self.strings(key, count)
            if key == "tokenizer.ggml.tokens":
                if starts[-1] - starts[0] > _LONGEST_VOCABULARY:
                    self.refuse(f"its vocabulary claims {starts[-1] - starts[0]} bytes")
                self.tokens = [self.data[start + 8 : end] for start, end in pairwise(starts)]
        elif kind in _SCALARS:
            start = self.advance(count * _SCALARS[kind].size)
            if key == "tokenizer.ggml.token_type" and _SCALARS[kind].size == 4:
                self.token_types = struct.unpack_from(f"<{count}i", self.data, start)
        else:
            self.refuse(f"the field {key[:64]!r} is an array of the unknown type {kind}")

    def strings(self, key: str, count: int) -> list[int]:
        """Walk over `count` texts: where each begins with its length, and where the last one ends."""
        if count > self.strings_left:
            self.refuse(f"the field {key[:64]!r} claims {count} texts")
        self.strings_left -= count
        data, position = self.data, self.position
        starts = [position]
        length_at = _U64.unpack_from
        try:
            for _ in range(count):  # nothing in here that is not needed: a model has 400,000 texts
                position += 8 + length_at(data, position)[0]
                starts.append(position)
        except (struct.error, OverflowError):
            position = self.size + 1
        if position > self.size:
            self.refuse(f"the {count} texts of the field {key[:64]!r} do not fit into its {self.size} bytes")
        self.position = position
        return starts

    def text_field(self, key: str, required: bool = False) -> str:
        value = self.fields.get(key, "")
        if not isinstance(value, str) or (required and not value):
            self.refuse(f"{key} is {value!r}, not a text")
        return value

    # Tensors

    def tensors(self, count: int, architecture: str) -> tuple[int, str]:
        """The number of weights, and the type that holds most of them. Refuses a file that ends before its weights."""
        if count == 0:
            self.refuse("it has no weights")
        weights: Counter[str] = Counter()
        embeddings: Counter[str] = Counter()
        last_byte = 0
        for _ in range(count):
            name = self.text()
            dimensions = self.number(_U32)
            if not 1 <= dimensions <= 4:
                self.refuse(f"a tensor has {dimensions} dimensions")
            shape = [self.number(_U64) for _ in range(dimensions)]
            kind, offset = self.number(_U32), self.number(_U64)
            kind_name, block, block_bytes = _TENSOR_TYPES.get(kind, (f"type {kind}", 1, 0))
            if kind == _TL2 and not architecture.startswith("bitnet"):
                kind_name, block, block_bytes = "MXFP4", 32, 17  # llama.cpp gave the number away again
            if shape[0] % block:
                self.refuse(f"a tensor of type {kind_name} has rows of {shape[0]} weights, not a multiple of {block}")
            total = math.prod(shape)
            last_byte = max(last_byte, offset + total // block * block_bytes + (_I2_S_SCALE if kind == _I2_S else 0))
            (embeddings if name in ("token_embd.weight", "output.weight") else weights)[kind_name] += total
        alignment = self.fields.get("general.alignment", _ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1:
            self.refuse(f"general.alignment is {alignment!r}")
        expected = -(-self.position // alignment) * alignment + last_byte
        if expected > self.size:
            self.refuse(f"its weights should end at byte {expected}, but it has only {self.size}")
        return (weights + embeddings).total(), (weights or embeddings).most_common(1)[0][0]
