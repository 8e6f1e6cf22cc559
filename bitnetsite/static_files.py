"""The pages' files: collected under names that hold their hash, so that browsers keep them for ever, and compressed.

`make run` collects them when one has changed (`manage.py collectstatic`). Where that was not done since, as under
`manage.py runserver` after an edit, they are served from their sources: never an old file.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

MANIFEST = "staticfiles.json"


class StaticFiles(StaticFilesConfig):
    """Django's app, which leaves out what no page asks for."""

    ignore_patterns = [  # noqa: RUF012
        *StaticFilesConfig.ignore_patterns,
        *("redoc", "*.map", "oauth2-redirect.*"),
        *("admin/css/*", "admin/js/vendor/*"),  # the administration has a look of its own
    ]


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Also follows the imports of modules: `import … from "./x.js";`, with the semicolon, and `import("./x.js")`."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # at least as long as the longest chain of modules that import each other

    # As Django has them, but for the places of source maps, which are not served.
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
    """Whether what is collected in `folder` is as new as the sources: their files, and what was added and deleted."""
    try:
        made = (folder / MANIFEST).stat().st_mtime
    except FileNotFoundError:
        return False
    return all(path.stat().st_mtime <= made for source in sources for path in (source, *source.rglob("*")))
