"""Quantizes a model's embeddings to Q6_K with llama-quantize; all other weights are copied. No Django in here."""

from __future__ import annotations

import io
import os
from pathlib import Path

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file
from inference.provisioning.engine.build_steps import Display, EngineBuildError, Runner

from .model_download import require_space
from .model_source import ModelDownloadError

TYPE = "Q6_K"


def quantized_path(model: Path) -> Path:
    """Return the result's path: next to the model, with the name that bitnet.cpp's own script gives it."""
    return model.with_name(f"{model.stem}-embed-{TYPE.lower()}.gguf")


def require_llama_quantize(llama_quantize: Path) -> None:
    """Raise ModelDownloadError if the program is missing."""
    if not os.access(llama_quantize, os.X_OK) or not llama_quantize.is_file():
        raise ModelDownloadError(
            f"There is no program {llama_quantize}. Expected llama-quantize next to LLAMA_CLI, or as given with "
            "--llama-quantize. Build it with manage.py build_engine --tools; for models in I2_S, with --bitnet instead."
        )


def quantize_embeddings(model: ModelFile, llama_quantize: Path, display: Display) -> ModelFile:
    """Write the model with embeddings in Q6_K to a separate file and return it. Raise ModelDownloadError.

    llama-quantize copies tensors that already have the requested type. Requesting the model's own type therefore
    changes only the embeddings; the type COPY would copy them too. Without `--allow-requantize` it refuses to quantize
    quantized tensors again.
    """
    require_llama_quantize(llama_quantize)
    path = quantized_path(model.path)
    if path.exists():
        display.step(f"Already exists: {path}")
        return _result(path, model)
    require_space(path.parent, model.size)
    partial = path.with_name(f".{path.name}.partial")
    command = [str(llama_quantize), "--token-embedding-type", TYPE, "--leave-output-tensor"]
    command += [str(model.path), str(partial), model.quantization, "1"]  # one thread: a server may be running
    try:
        Runner(io.BytesIO(), display, {**os.environ}).run(
            command,
            f"Quantizing the embeddings to {TYPE}",
            failure="llama-quantize failed",
            expected=f"a llama-quantize that supports {model.quantization}, and embeddings in F16, BF16 or F32",
            advice="For I2_S, give that of bitnet.cpp with --llama-quantize. The model works without this step.",
        )
        _result(partial, model)
        partial.replace(path)
    except EngineBuildError as error:
        raise ModelDownloadError(str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return read_model_file(path)


def _result(path: Path, model: ModelFile) -> ModelFile:
    """Return the written file, or raise ModelDownloadError if it is not the same model with smaller embeddings."""
    try:
        result = read_model_file(path)
    except ModelFileError as error:
        raise ModelDownloadError(f"The quantized file is invalid: {error}") from error
    same = (result.architecture, result.parameter_count, result.quantization, result.vocabulary_size) == (
        model.architecture,
        model.parameter_count,
        model.quantization,
        model.vocabulary_size,
    )
    if not same or result.size >= model.size:
        raise ModelDownloadError(
            f"{path.name.removeprefix('.').removesuffix('.partial')} is not {model.path.name} with smaller "
            f"embeddings: {result.quantization}, {result.parameter_count} weights, {result.size} bytes, from "
            f"{model.quantization}, {model.parameter_count} weights, {model.size} bytes. Serve {model.path.name} as "
            "it is: its embeddings may already be quantized."
        )
    return result
