"""Models in several files, as `gguf-split` writes them: `NAME-00001-of-00003.gguf` and so on.

The first file has the header, and possibly no weights; it names the model. llama.cpp finds the others by their names.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from inference.engine.errors import ModelFileError

MAX_SHARDS: Final = 1000
_NAME: Final = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.DOTALL)


def is_shard(path: Path) -> bool:
    """Return whether a file is one of several that are a model together."""
    return _NAME.fullmatch(path.name) is not None


def is_later_shard(path: Path) -> bool:
    """Return whether a file is a part of a model and not its first, which stands for the model."""
    found = _NAME.fullmatch(path.name)
    return found is not None and int(found[2]) > 1


def model_stem(path: Path) -> str:
    """Return the name of a model's file without the ending, and without the number of its first shard."""
    found = _NAME.fullmatch(path.name)
    return found[1] if found else path.name.removesuffix(".gguf")


def first_shard(path: Path) -> str:
    """Return the name of the first file of the model to which a shard belongs."""
    found = _NAME.fullmatch(path.name)
    return f"{found[1]}-00001-of-{found[3]}.gguf" if found else path.name


def shards_beside(path: Path) -> list[Path]:
    """Return the files beside `path` that are of the same model, in their order. Blocking."""
    first = first_shard(path)
    return sorted(file for file in path.parent.glob("*.gguf") if first_shard(file) == first)


def later_shards(path: Path, count: int) -> list[Path]:
    """Return the paths of all files of a model after the first one, `path`. Raise ModelFileError if any is missing."""
    found = _NAME.fullmatch(path.name)
    if found is None or int(found[3]) != count or count > MAX_SHARDS:
        raise ModelFileError(
            f"{path.name} is the first of the {count} files of a model, which llama.cpp finds by their names. Expected "
            f"a name such as model-00001-of-{count:05}.gguf; rename the files as they were published."
        )
    shards = [path.with_name(f"{found[1]}-{number:05}-of-{found[3]}.gguf") for number in range(2, count + 1)]
    if missing := [shard.name for shard in shards if not shard.is_file()]:
        raise ModelFileError(
            f"{path.name} is the first of the {count} files of a model. Expected the others beside it; missing: "
            f"{', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}. Download them too."
        )
    return shards
