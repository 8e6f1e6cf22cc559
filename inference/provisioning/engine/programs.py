"""Find the llama-cli that runs a model, by the type of its weights, and the programs beside it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from bitnetsite.env import BASE_DIR, env
from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import read_model_file

from .engine_build import ENGINE

BITNET_CPP_TYPES: Final = {"I2_S", "TL1", "TL2"}  # which no llama.cpp reads
LLAMA_CPP_FOLDER, BITNET_CPP_FOLDER = ".engine", ".engine/bitnet"


def program_for(model: Path | str, name: str = ENGINE, base: Path = BASE_DIR) -> Path:
    """Return the path of the llama-cli that runs a model, given by its file or its type of weights.

    LLAMA_CLI_BITNET for a type that only bitnet.cpp reads, else LLAMA_CLI; if these are empty, what `build_engine`
    built below `base`. Where that engine was not built but the other one was, the other's: bitnet.cpp runs every type,
    and llama.cpp says why it does not. `name`: of another program in the same folder.
    """
    places = _places(weights_of(model) if isinstance(model, Path) else model, base)
    program = next((place for place in places if is_program(place)), places[0])
    return program if name == ENGINE else program.with_name(name)


def program_problem(model: Path | str, base: Path = BASE_DIR) -> str:
    """Return why no llama-cli runs a model, given by its file or its type of weights; empty if one does."""
    weights = weights_of(model) if isinstance(model, Path) else model
    program = program_for(weights, base=base)
    if weights in BITNET_CPP_TYPES and (not is_program(program) or program == _built(base, LLAMA_CPP_FOLDER)):
        return (
            f"Only bitnet.cpp runs weights in {weights}, and its llama-cli is not there. Build it with "
            "`manage.py build_engine --bitnet`, or set LLAMA_CLI_BITNET to its path."
        )
    if not is_program(program):
        return f"There is no program {program}. Build it with `manage.py build_engine`, or set LLAMA_CLI to its path."
    return ""


def engine_for(weights: str) -> str:
    """Return the name of the engine whose llama-cli runs this type of weights."""
    return "bitnet.cpp" if weights in BITNET_CPP_TYPES else "llama.cpp"


def weights_of(model: Path) -> str:
    """Return the type of a model's weights; empty if the file cannot be read."""
    try:
        status = model.stat()
        return _read_weights(model, status.st_mtime_ns, status.st_size)
    except OSError:
        return ""


def _places(weights: str, base: Path) -> list[Path]:
    """Return where the llama-cli for this type may be, the best first. A configured one has no alternative."""
    general, for_bitnet = env("LLAMA_CLI"), env("LLAMA_CLI_BITNET")
    if weights in BITNET_CPP_TYPES:
        configured = for_bitnet or general
        return [configured] if configured else [_built(base, BITNET_CPP_FOLDER), _built(base, LLAMA_CPP_FOLDER)]
    if general:
        return [general]
    return [_built(base, LLAMA_CPP_FOLDER), for_bitnet or _built(base, BITNET_CPP_FOLDER)]


def _built(base: Path, folder: str) -> Path:
    return base / folder / "bin" / ENGINE


def is_program(path: Path) -> bool:
    """Return whether there is a file that may be executed."""
    return path.is_file() and os.access(path, os.X_OK)


@lru_cache(maxsize=256)
def _read_weights(model: Path, _modified: int, _size: int) -> str:
    """Return the type of a file's weights. Reading it takes 0.2 s, and the server asks several times a second."""
    try:
        return read_model_file(model).quantization
    except ModelFileError:
        return ""
