"""The id and the name of a model. No Django in here.

The id is for programs: `POST /generate` and the protocols name a model by it. The name is for people, and the same
everywhere: on the pages, in the administration, in the history and in receipts.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from inference.engine.gguf.header import ModelFile
from inference.engine.gguf.shards import model_stem

from .catalogue import catalogue

EMBEDDINGS_SUFFIX: Final = "-embed-q6_k"  # as bitnet.cpp's own script names a file with quantized embeddings
EMBEDDINGS_NOTE: Final = ", embeddings Q6_K"
MAX_NAME_CHARS: Final = 100

# As in `model-Q4_K_M`, `model.TQ2_0`, `ggml-model-i2_s` and `model-f16`.
_QUANTIZATION: Final = re.compile(
    r"(?:^|[-._ ])(i?q\d(?:_[a-z0-9]{1,3})*|tq\d_\d|i2_s|tl[12]|b?f16|f32)$", re.IGNORECASE
)
_ANY_MODEL: Final = {"", "ggml", "ggml-model", "gguf", "model", "pytorch-model", "pytorch_model"}


def model_id(path: Path, folder: Path) -> str:
    """Return the id of the model at `path`: its path in the models folder, without `.gguf` and a shard's number.

    `family/file` for a model in a subfolder, and the file's name alone for a model outside of the models folder.
    """
    for inside, root in ((path, folder), (path.parent.resolve() / path.name, folder.resolve())):
        if inside.is_relative_to(root) and ".." not in inside.parts:
            return inside.relative_to(root).with_name(model_stem(path)).as_posix()
    return model_stem(path)


def model_name(model: ModelFile, folder: Path) -> str:
    """Return a model's name for people, such as `SmolLM2-135M-Instruct · Q4_1`: what it is, and its weights' type.

    What it is: the title of the catalogue's entry with this id; else the file's name without the type. Where the file
    is called as any other (`ggml-model-i2_s`), the name of its subfolder, or else the name in its header.
    """
    identifier = model_id(model.path, folder)
    note = EMBEDDINGS_NOTE if identifier.endswith(EMBEDDINGS_SUFFIX) else ""
    identifier = identifier.removesuffix(EMBEDDINGS_SUFFIX)
    *folders, stem = identifier.split("/")
    found = _QUANTIZATION.search(stem)
    called = stem[: found.start()] if found else stem
    entry = catalogue().get(identifier)
    if entry:
        title = entry.title
    elif called.casefold() not in _ANY_MODEL:
        # Written as in the header where that says the same, because files are often named in lower case.
        title = model.name if _words(model.name) == _words(called) else called
    else:
        title = folders[-1] if folders else model.name or stem
    published = found[1].upper() if found else ""  # Q4_K_M says more than the header's Q4_K
    weights = published if published.startswith(model.quantization) else model.quantization
    return f"{_in_one_line(title)} · {weights}{note}"


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"[^\W_]+", text.casefold()))


def _in_one_line(text: str) -> str:
    """Return the text without line breaks and other characters that change how the text around it is shown."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:MAX_NAME_CHARS]
