"""The modules that a page's script consists of, found by following its imports."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

# Static imports at the beginning of a line, as in our own modules. `import("…")` loads a module later.
IMPORT: Final = re.compile(r"""^(?:import|export)\b[^;"'`()]*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


def module_addresses(name: str) -> list[str]:
    """Return the URLs of a module and of everything that it imports, breadth first. Raise FileNotFoundError."""
    if settings.FROM_SOURCES:  # not cached: the sources may be edited while the server runs
        names = _graph(name, lambda each: Path(finders.find(each) or each))
    else:
        stored = staticfiles_storage.stored_name(name)  # type: ignore[attr-defined]  # our storage has it
        names = _collected(stored, Path(settings.STATIC_ROOT))
    return [settings.STATIC_URL + each for each in names]


@cache
def _collected(start: str, folder: Path) -> list[str]:
    """Return the graph of collected files: their imports have hashed names already."""
    return _graph(start, folder.joinpath)


def _graph(start: str, file: Callable[[str], Path]) -> list[str]:
    """Return the names of the modules reachable from `start`. `file` gives the path of a module by its name."""
    names = [start]
    for name in names:  # grows during the loop
        for target in IMPORT.findall(file(name).read_text()):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            if imported not in names:
                names.append(imported)
    return names
