"""The header of a GGUF file: everything the server must know about a model before llama-cli loads it.

Fields that are not needed are skipped, so that a vocabulary of 128,256 tokens takes about 0.2 seconds. The layout is
that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import mmap
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from inference.engine.errors import ModelFileError

from .fingerprint import fingerprint
from .reader import ARRAY, SCALARS, STRING, U32, U64, Reader
from .shards import first_shard, later_shards
from .tensors import DEFAULT_ALIGNMENT, Weights, read_tensors
from .vocabulary import TokenType, Vocabulary

__all__ = ["ModelFile", "TokenType", "read_model_file"]

MIN_FILE_BYTES: Final = 24  # magic, version, two counts
MAX_FIELDS: Final = 65_536
MAX_TENSORS: Final = 65_536
MAX_VOCABULARY_BYTES: Final = 64 * 1024 * 1024

_TEXT_FIELDS = {
    "general.architecture",
    "general.name",
    "general.description",
    "tokenizer.chat_template",
    "tokenizer.ggml.model",
    "tokenizer.ggml.pre",
}
# Those of llama.cpp that only encode. Others are recognised by how they pool their outputs, or attend to later tokens.
_EMBEDDING_ARCHITECTURES = {
    *("bert", "eurobert", "modern-bert", "neo-bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3"),
    *("gemma-embedding", "llama-embed", "t5encoder"),
}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The contents of a GGUF header. `size`: bytes. `context_length`: tokens, as trained. `modified`: when the file was
    last written, in seconds since 1970.

    `quantization`: the tensor type that holds most weights outside the embeddings, such as `TQ2_0` or `I2_S`.
    `special_tokens`: all tokens that are not plain text, with the types that llama.cpp gives them; for well-known names
    they differ from the file's. `end_tokens`: those that end a generation. `name`, `description`: empty if the file has
    none. `missing_pre`: the pre-tokenizer of the vocabulary if the file should name it and does not, as Microsoft's
    BitNet-b1.58-2B-4T; without it, llama.cpp splits text unlike the training did. `glued_token`: see `Vocabulary`.
    `fingerprint`: see `fingerprint.py`.
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
    modified: int = 0
    glued_token: str | None = None
    fingerprint: str = ""

    @property
    def control_tokens(self) -> frozenset[str]:
        """The special tokens that llama-cli parses in the texts of its launch, but not in a line on stdin."""
        return frozenset(
            text for text, kind in self.special_tokens.items() if kind in (TokenType.CONTROL, TokenType.UNKNOWN)
        )


def read_model_file(path: Path) -> ModelFile:
    """Read the header of the GGUF file at `path`, of a model in several files the first one.

    Raises ModelFileError if it is not a GGUF file, is truncated (the weights included), has invalid fields, is not a
    model that generates text, or if others of its files are missing or damaged.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ModelFileError(f"{path.name} is not a file. Expected a GGUF model file; check MODEL_PATH.")
        if status.st_size < MIN_FILE_BYTES:
            raise ModelFileError(
                f"{path.name} has {status.st_size} bytes, fewer than the header of any GGUF file. Download it again."
            )
        with _opened(path) as header:
            model, files = header.read()
        return replace(model, modified=int(status.st_mtime), fingerprint=fingerprint(files))
    except FileNotFoundError as error:
        raise ModelFileError(
            f"There is no model file {path.name}. Expected a GGUF file; fetch one, or check MODEL_PATH."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error  # without the folders of the file
        raise ModelFileError(
            f"{path.name} cannot be read: {reason}. Expected a GGUF file that the server may read; check MODEL_PATH."
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[_Header]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield _Header(path, Reader(path.name, data))


class _Header:
    """One pass over the header, from the magic to the end of the tensor list."""

    def __init__(self, path: Path, reader: Reader) -> None:
        self._path = path
        self._reader = reader
        self._fields: dict[str, Any] = {}
        self._tokens: list[bytes] = []
        self._token_types: tuple[int, ...] = ()

    def read(self) -> tuple[ModelFile, list[Path]]:
        """Return the model, and all of its files."""
        reader = self._reader
        tensor_count = self._read_fields()
        if number := self._fields.get("split.no"):
            raise ModelFileError(
                f"{self._path.name} is file {number + 1} of a model in several files. Expected the first one, "
                f"{first_shard(self._path)}; check MODEL_PATH."
            )
        architecture = self._text("general.architecture", required=True)
        self._refuse_embedding_model(architecture)
        context_length = self._fields.get(f"{architecture}.context_length")
        if not isinstance(context_length, int) or context_length < 1:
            reader.refuse(f"{architecture}.context_length is {context_length!r}, not a number of tokens")
        if not self._tokens:
            reader.refuse("it has no vocabulary (tokenizer.ggml.tokens)")
        weights, size = Weights(), reader.size
        self._read_tensors(tensor_count, architecture, weights)
        shard_count = self._fields.get("split.count", 1)
        later = later_shards(self._path, shard_count) if shard_count > 1 else []
        for number, path in enumerate(later, 1):
            with _opened(path) as shard:
                size += shard.read_shard(number, architecture, weights)
        if not weights.count:
            reader.refuse("it has no weights")
        if self._token_types and len(self._token_types) < len(self._tokens):
            reader.refuse(f"it has {len(self._tokens)} tokens, but only {len(self._token_types)} token types")
        vocabulary = Vocabulary(self._tokens, self._token_types, self._fields)
        special_tokens, end_tokens = vocabulary.special_tokens()
        model = ModelFile(
            path=self._path,
            size=size,
            architecture=architecture,
            name=self._text("general.name"),
            description=self._text("general.description"),
            parameter_count=weights.count,
            quantization=weights.quantization,
            context_length=context_length,
            vocabulary_size=len(self._tokens),
            bos_token=vocabulary.token("bos"),
            eos_token=vocabulary.token("eos"),
            adds_bos=vocabulary.adds_bos(),
            special_tokens=MappingProxyType(special_tokens),
            end_tokens=end_tokens,
            chat_template=self._text("tokenizer.chat_template") or None,
            missing_pre=vocabulary.missing_pre(),
            glued_token=vocabulary.glued_token(),
        )
        return model, [self._path, *later]

    def read_shard(self, number: int, architecture: str, weights: Weights) -> int:
        """Read a later file of a model, counted from 1, add its weights to `weights`, and return its size."""
        tensor_count = self._read_fields()
        if self._fields.get("split.no") != number:
            self._reader.refuse(f"it is not file {number + 1} of its model, as its name says")
        self._read_tensors(tensor_count, architecture, weights)
        return self._reader.size

    def _read_fields(self) -> int:
        """Read all fields, and return the number of tensors, which follow."""
        field_count, tensor_count = self._read_counts()
        for _ in range(field_count):
            self._read_field()
        return tensor_count

    def _read_tensors(self, count: int, architecture: str, weights: Weights) -> None:
        alignment = self._fields.get("general.alignment", DEFAULT_ALIGNMENT)
        read_tensors(self._reader, count, architecture, alignment, weights)

    def _refuse_embedding_model(self, architecture: str) -> None:
        pooling, causal = (self._fields.get(f"{architecture}.{key}") for key in ("pooling_type", "attention.causal"))
        if architecture in _EMBEDDING_ARCHITECTURES or pooling or causal is False:
            raise ModelFileError(
                f"{self._path.name} is an embedding model (architecture {architecture}): this model cannot chat. "
                "Expected a model that generates text; check MODEL_PATH."
            )

    def _read_counts(self) -> tuple[int, int]:
        """Read the fixed part of the header, and return the numbers of fields and tensors."""
        reader = self._reader
        magic = reader.data[reader.skip(4) : reader.position]
        if magic != b"GGUF":
            reader.refuse(f"it begins with {magic!r} instead of b'GGUF'")
        version = reader.number(U32)
        if version and version & 0xFFFF == 0:
            reader.refuse("it is written for big-endian machines")
        if version not in (2, 3):
            reader.refuse(f"it has version {version}")
        tensors, fields = reader.number(U64), reader.number(U64)
        if fields > MAX_FIELDS or tensors > MAX_TENSORS:
            reader.refuse(f"it claims {fields} fields and {tensors} tensors")
        return fields, tensors

    def _read_field(self) -> None:
        reader = self._reader
        key = reader.text()
        kind = reader.number(U32)
        if kind == ARRAY:
            self._read_array(key)
        elif kind == STRING and key in _TEXT_FIELDS:
            self._fields[key] = reader.text()
        elif kind == STRING:
            reader.skip(reader.number(U64))
        elif kind in SCALARS:
            self._fields[key] = reader.number(SCALARS[kind])
        else:
            reader.refuse(f"the field {key[:64]!r} has the unknown type {kind}")

    def _read_array(self, key: str) -> None:
        reader = self._reader
        kind, count = reader.number(U32), reader.number(U64)
        if kind == STRING:
            starts = reader.skip_strings(key, count)
            if key == "tokenizer.ggml.tokens":
                size = starts[-1] - starts[0]
                if size > MAX_VOCABULARY_BYTES:
                    reader.refuse(f"its vocabulary claims {size} bytes")
                self._tokens = [reader.data[start + 8 : end] for start, end in pairwise(starts)]
        elif kind in SCALARS:
            start = reader.skip(count * SCALARS[kind].size)
            if key == "tokenizer.ggml.token_type" and SCALARS[kind].size == 4:
                self._token_types = struct.unpack_from(f"<{count}i", reader.data, start)
        else:
            reader.refuse(f"the field {key[:64]!r} is an array of the unknown type {kind}")

    def _text(self, key: str, *, required: bool = False) -> str:
        value = self._fields.get(key, "")
        if not isinstance(value, str) or (required and not value):
            self._reader.refuse(f"{key} is {value!r}, not a text")
        return value
