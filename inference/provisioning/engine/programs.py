"""Find the programs that `manage.py build_engine` built: those of the engine that runs a model. No Django in here."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import read_model_file

BITNET_CPP_TYPES = {"I2_S", "TL1", "TL2"}  # which no llama.cpp reads
LLAMA_CPP_FOLDER, BITNET_CPP_FOLDER = ".engine", ".engine/bitnet"


def built_program(base: Path, name: str, model: Path) -> Path:
    """Return the path of a program below `base`: bitnet.cpp's for a model in one of its types, else llama.cpp's.

    Where that engine was not built but the other one was, its program: bitnet.cpp runs both, and llama.cpp says why
    it does not. An image has its only engine in llama.cpp's place.
    """
    places = [base / folder / "bin" / name for folder in (LLAMA_CPP_FOLDER, BITNET_CPP_FOLDER)]
    if _quantization(model) in BITNET_CPP_TYPES:
        places.reverse()
    return next((place for place in places if os.access(place, os.X_OK)), base / LLAMA_CPP_FOLDER / "bin" / name)


def _quantization(model: Path) -> str:
    """Return the type of a model's weights; empty if the file cannot be read."""
    try:
        status = model.stat()
        return _read_quantization(model, status.st_mtime_ns, status.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=32)
def _read_quantization(model: Path, _modified: int, _size: int) -> str:
    """Return the type of a file's weights. Reading it takes 0.2 s, and the server asks several times a second."""
    try:
        return read_model_file(model).quantization
    except ModelFileError:
        return ""
