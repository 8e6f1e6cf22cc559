"""The tensor list of a GGUF file: how many weights of which type, and whether the file holds all of them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from .reader import U32, U64, Reader

DEFAULT_ALIGNMENT: Final = 32  # bytes


class TensorType(NamedTuple):
    """How weights are stored: in blocks of `weights` weights and `size` bytes."""

    name: str
    weights: int
    size: int


# From ggml.h; the last four are bitnet.cpp's.
# fmt: off
_TYPES = {number: TensorType(*layout) for number, layout in {
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
    # Packed by the shape of the matrix: only the position of the first byte can be checked.
    38: ("TL1", 1, 0), 39: ("TL2", 1, 0),
}.items()}
# fmt: on
_I2_S, _TL2, _I2_S_SCALE = 36, 39, 32
_MXFP4 = TensorType("MXFP4", 32, 17)  # llama.cpp has reused the number of bitnet.cpp's TL2


@dataclass(slots=True)
class Weights:
    """How many weights of each type were listed: in the embeddings, and outside of them."""

    others: Counter[str] = field(default_factory=Counter)
    embeddings: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """Return the number of all weights."""
        return (self.others + self.embeddings).total()

    @property
    def quantization(self) -> str:
        """Return the name of the type that holds most weights."""
        return (self.others or self.embeddings).most_common(1)[0][0]


def read_tensors(reader: Reader, count: int, architecture: str, alignment: Any, weights: Weights) -> None:
    """Read the tensor list of a file, and add its weights to `weights`.

    `alignment`: of the weights in the file, in bytes; the value of `general.alignment`. Raises ModelFileError for a
    file that ends before its weights.
    """
    if count == 0:
        return
    last_byte = 0
    for _ in range(count):
        name = reader.text()
        dimensions = reader.number(U32)
        if not 1 <= dimensions <= 4:
            reader.refuse(f"a tensor has {dimensions} dimensions")
        shape = [reader.number(U64) for _ in range(dimensions)]
        number, offset = reader.number(U32), reader.number(U64)
        kind = _tensor_type(number, architecture)
        if shape[0] % kind.weights:
            reader.refuse(
                f"a tensor of type {kind.name} has rows of {shape[0]} weights, not a multiple of {kind.weights}"
            )
        total = math.prod(shape)
        scale = _I2_S_SCALE if number == _I2_S else 0
        last_byte = max(last_byte, offset + total // kind.weights * kind.size + scale)
        embedded = name in ("token_embd.weight", "output.weight")
        (weights.embeddings if embedded else weights.others)[kind.name] += total
    if not isinstance(alignment, int) or alignment < 1:
        reader.refuse(f"general.alignment is {alignment!r}")
    expected = -(-reader.position // alignment) * alignment + last_byte
    if expected > reader.size:
        reader.refuse(f"its weights should end at byte {expected}, but it has only {reader.size}")


def _tensor_type(number: int, architecture: str) -> TensorType:
    if number == _TL2 and not architecture.startswith("bitnet"):
        return _MXFP4
    return _TYPES.get(number) or TensorType(f"type {number}", 1, 0)
