"""Which files a page's script is made of, read from the imports in them."""

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

# Those at the beginning of a line, as in our own modules; `import("…")` fetches something later.
IMPORT: Final = re.compile(r"""^(?:import|export)\b[^;"'`()]*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


def module_addresses(name: str) -> list[str]:
    """The module's address, and those of all that it imports, near ones first. Raises FileNotFoundError."""
    if settings.FROM_SOURCES:  # read each time: somebody may be working on them
        names = _graph(name, lambda each: Path(finders.find(each) or each))
    else:
        names = _collected(staticfiles_storage.stored_name(name), Path(settings.STATIC_ROOT))
    return [settings.STATIC_URL + each for each in names]


@cache
def _collected(start: str, folder: Path) -> list[str]:
    """Among the collected files, which name what they import by its hashed name already."""
    return _graph(start, folder.joinpath)


def _graph(start: str, file: Callable[[str], Path]) -> list[str]:
    """Names of modules, from `start` on; `file`: where one of them is read."""
    names = [start]
    for name in names:  # grows meanwhile
        for target in IMPORT.findall(file(name).read_text()):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            if imported not in names:
                names.append(imported)
    return names
