"""Stores a model's embeddings in Q6_K, with llama-quantize; all other weights stay as they are. No Django in here."""

from __future__ import annotations

import io
import os
from pathlib import Path

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file

from .build_steps import Display, EngineBuildError, Runner
from .model_download import ModelDownloadError, require_space

TYPE = "Q6_K"


def quantized_path(model: Path) -> Path:
    """Where the result goes: beside the model, named as bitnet.cpp's own script names it."""
    return model.with_name(f"{model.stem}-embed-{TYPE.lower()}.gguf")


def require_llama_quantize(llama_quantize: Path) -> None:
    """Raises ModelDownloadError if the program is not there."""
    if not os.access(llama_quantize, os.X_OK) or not llama_quantize.is_file():
        raise ModelDownloadError(
            f"There is no program {llama_quantize}. Expected llama-quantize: beside LLAMA_CLI, or named with "
            "--llama-quantize. manage.py build_engine --tools builds it; models in I2_S need that of bitnet.cpp."
        )


def quantize_embeddings(model: ModelFile, llama_quantize: Path, display: Display) -> ModelFile:
    """The model with its embeddings in Q6_K, in a file of its own. Raises ModelDownloadError.

    llama-quantize leaves a tensor alone that has the type asked for. So the model's own type is asked for, and only
    the embeddings change; the type COPY would copy them too. Without `--allow-requantize` it refuses what would lose
    accuracy twice.
    """
    require_llama_quantize(llama_quantize)
    path = quantized_path(model.path)
    if path.exists():
        display.step(f"Already there: {path}")
        return _result(path, model)
    require_space(path.parent, model.size)
    partial = path.with_name(f".{path.name}.partial")
    command = [str(llama_quantize), "--token-embedding-type", TYPE, "--leave-output-tensor"]
    command += [str(model.path), str(partial), model.quantization, "1"]  # one thread: a server may be at work
    try:
        Runner(io.BytesIO(), display, {**os.environ}).run(
            command,
            f"Storing the embeddings in {TYPE}",
            failure="llama-quantize could not do it",
            expected=f"a llama-quantize that knows {model.quantization}, and embeddings in F16, BF16 or F32",
            advice="For I2_S name that of bitnet.cpp with --llama-quantize. The model itself can be served as it is.",
        )
        _result(partial, model)
        partial.replace(path)
    except EngineBuildError as error:
        raise ModelDownloadError(str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return read_model_file(path)


def _result(path: Path, model: ModelFile) -> ModelFile:
    """What llama-quantize wrote; refused if it is not the same model with smaller embeddings."""
    try:
        result = read_model_file(path)
    except ModelFileError as error:
        raise ModelDownloadError(f"The quantized file cannot be served: {error}") from error
    same = (result.architecture, result.parameter_count, result.quantization, result.vocabulary_size) == (
        model.architecture,
        model.parameter_count,
        model.quantization,
        model.vocabulary_size,
    )
    if not same or result.size >= model.size:
        raise ModelDownloadError(
            f"{path.name.removeprefix('.').removesuffix('.partial')} would not be {model.path.name} with smaller "
            f"embeddings: {result.quantization}, {result.parameter_count} weights, {result.size} bytes, from "
            f"{model.quantization}, {model.parameter_count} weights, {model.size} bytes. Serve {model.path.name} as "
            "it is: its embeddings may be in such a type already."
        )
    return result
