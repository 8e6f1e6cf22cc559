"""Static files: collected under hashed names, so that browsers may cache them indefinitely, and compressed.

`make run` collects them when a source has changed (`manage.py collectstatic`). If the collected files are outdated, as
under `manage.py runserver` after an edit, the sources are served instead.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

MANIFEST = "staticfiles.json"


class StaticFiles(StaticFilesConfig):
    """Django's app, without files that no page uses."""

    ignore_patterns = [  # noqa: RUF012
        *StaticFilesConfig.ignore_patterns,
        *("redoc", "*.map", "oauth2-redirect.*"),
        *("admin/css/*", "admin/js/vendor/*"),  # the administration has its own style sheets
    ]


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also rewrites imports of modules: `import … from "./x.js";`, with the semicolon, and `import("./x.js")`."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # at least the length of the longest chain of imports

    # Django's patterns, except those for source maps, which are not served.
    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",
                (r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""", """@import url("%(url)s")"""),
            ),
        ),
    )

    def url(self, name: str | None, force: bool = False) -> str:
        return StaticFilesStorage.url(self, name) if settings.FROM_SOURCES else super().url(name, force)


def collected(folder: Path, sources: list[Path]) -> bool:
    """Return whether `folder` was collected after the last change, addition or deletion in the sources."""
    try:
        collected_at = (folder / MANIFEST).stat().st_mtime
    except FileNotFoundError:
        return False
    return all(path.stat().st_mtime <= collected_at for source in sources for path in (source, *source.rglob("*")))
