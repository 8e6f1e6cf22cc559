"""Static files: collected under hashed names, so that browsers may cache them indefinitely, and compressed.

`make run` collects them when a source has changed (`manage.py collectstatic`). If the collected files are outdated, as
under `manage.py runserver` after an edit, the sources are served instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

MANIFEST = "staticfiles.json"
# Doc comments on lines of their own. No string in our modules has lines that look like one.
DOC_COMMENT: Final = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)


class StaticFiles(StaticFilesConfig):
    """Django's app, without files that no page uses."""

    ignore_patterns = [  # noqa: RUF012
        *StaticFilesConfig.ignore_patterns,
        *("redoc", "*.map", "*.d.ts", "oauth2-redirect.*"),
        *("admin/css/*", "admin/js/vendor/*"),  # the administration has its own style sheets
    ]


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also rewrites imports of modules: `import … from "./x.js";`, with the semicolon, and `import("./x.js")`.

    And the addresses of files that modules load in other ways: `new URL("./x.js", import.meta.url)`.

    Removes the doc comments of our own modules, which would be half of what a browser downloads of them.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # at least the length of the longest chain of imports

    # Django's patterns, except those for source maps, which are not served; and one for scripts that are not modules.
    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",
                (r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""", """@import url("%(url)s")"""),
            ),
        ),
        (
            "*.js",
            (
                (
                    r"""(?P<matched>new URL\("(?P<url>[^"]+)", import\.meta\.url\))""",
                    """new URL("%(url)s", import.meta.url)""",
                ),
            ),
        ),
    )

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Save a collected file; a module of ours without its doc comments."""
        if name and name.endswith(".js") and _is_ours(name):
            content = ContentFile(DOC_COMMENT.sub("", content.read().decode()).encode())
        saved: str = super().save(name, content, max_length)
        return saved

    def post_process(self, paths: dict[str, tuple[Any, str]], *args: Any, **options: Any) -> Iterator[Any]:
        """Hash and compress. Reads our own modules as they were saved, not from their sources."""
        saved = {name: (self, name) for name in paths if name.endswith(".js") and _is_ours(name)}
        yield from super().post_process(paths | saved, *args, **options)

    def url(self, name: str | None, force: bool = False) -> str:
        return StaticFilesStorage.url(self, name) if settings.FROM_SOURCES else super().url(name, force)


def _is_ours(name: str) -> bool:
    return not name.startswith("vendor/") and any((folder / name).is_file() for folder in settings.STATICFILES_DIRS)


def collected(folder: Path, sources: list[Path]) -> bool:
    """Return whether `folder` was collected after the last change, addition or deletion in the sources."""
    try:
        collected_at = (folder / MANIFEST).stat().st_mtime
    except FileNotFoundError:
        return False
    return all(path.stat().st_mtime <= collected_at for source in sources for path in (source, *source.rglob("*")))
