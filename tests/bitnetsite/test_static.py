"""Static files: vendored files match their hashes, collected files are complete, colours have enough contrast."""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from bitnetsite.assets.static_files import HashedStorage, collected
from bitnetsite.assets.vendoring import RECORD, differing, folder

STATIC = Path(__file__).parents[2] / "static"
OURS = sorted(str(file.relative_to(STATIC)) for file in STATIC.rglob("*.js") if "vendor" not in file.parts)
PACKAGES = json.loads(RECORD.read_text())


def test_vendored_files_match_their_hashes() -> None:
    assert list(differing(PACKAGES)) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_vendored_packages_are_pinned_and_carry_their_licence(package: dict[str, str]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert package["integrity"].startswith("sha512-")
    assert package["license"]
    assert (folder(package) / "LICENSE").exists()  # type: ignore[arg-type]


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, as defined by WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


COLOURS = {
    name: dict(zip(("light", "dark"), values, strict=True))
    for name, *values in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (STATIC / "tokens.css").read_text()
    )
}
SURFACES = ("paper", "surface", "raised", "code")
READ = [
    *itertools.product(("ink", "ink-2", "ink-3", "accent", "good", "bad"), SURFACES),
    *itertools.product(("warn", "code-title", "code-type", "code-attr"), ("code",)),
    ("warn", "paper"),
    ("accent-ink", "accent"),
    ("ink", "accent-soft"),
    ("ink", "bad-soft"),
    ("bad", "bad-soft"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "surface"), READ)
def test_text_has_enough_contrast_on_every_surface(theme: str, ink: str, surface: str) -> None:
    assert contrast(COLOURS[ink][theme], COLOURS[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_edge_of_a_field_has_enough_contrast(theme: str, surface: str) -> None:
    assert contrast(COLOURS["edge"][theme], COLOURS[surface][theme]) >= 3


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> HashedStorage:
    """The static files, collected into a temporary folder as by `manage.py collectstatic`."""
    storage = HashedStorage(location=str(tmp_path_factory.mktemp("staticfiles")), base_url="/static/")
    found = {}
    for finder in finders.get_finders():
        for name, source in finder.list(apps.get_app_config("staticfiles").ignore_patterns):
            if name not in found:
                found[name] = (source, name)
                with source.open(name) as file:
                    storage.save(name, file)
    for name, _, problem in storage.post_process(found):
        assert not isinstance(problem, Exception), (name, problem)
    return storage


def collected_file(storage: HashedStorage, name: str) -> Path:
    return Path(storage.path(storage.hashed_files[name]))


@pytest.mark.parametrize("name", OURS)
def test_every_import_of_a_module_is_a_collected_file(storage: HashedStorage, name: str) -> None:
    file = collected_file(storage, name)
    statements = r"""(?:^|[;\n}])\s*(?:import|export)\b[^;"'`]*?["'](\.[^"'`]+)["']|\bimport\(\s*["'`]([^"'`]+)["'`]"""
    named = [static or dynamic for static, dynamic in re.findall(statements, file.read_text())]
    in_source = [one or other for one, other in re.findall(statements, (STATIC / name).read_text())]
    assert len(named) == len(in_source)
    for target in named:
        assert (file.parent / target).resolve().exists(), f"{target}: does its import end in a semicolon?"


BY_ADDRESS = {
    "chat/messages/markdown/math.js": "vendor/temml-0.13.5/temml.min.js",
    "chat/files/pdf-text.js": "vendor/pdfjs-6.5.438/pdf.worker.min.mjs",
    "chat/messages/answer/compare.js": "vendor/diff-9.0.0/diff.min.js",
}


@pytest.mark.parametrize("name", BY_ADDRESS)
def test_what_a_module_loads_by_its_address_is_a_collected_file(storage: HashedStorage, name: str) -> None:
    file = collected_file(storage, name)
    (address,) = re.findall(r'new URL\("([^"]+)", import.meta.url\)', file.read_text())
    assert (file.parent / address).resolve() == collected_file(storage, BY_ADDRESS[name])


IMPORTED = {"dompurify.js", "vendor/dompurify-3.4.18/purify.min.js", "vendor/marked-18.2.1/marked.esm.js"} | {
    name for name in OURS if name.startswith("chat/")
}
# Loaded with the first code block, formula, diagram, PDF, comparison, tag, or saved prompt.
LATER = {
    "chat/messages/markdown/syntax.js",
    "chat/messages/markdown/math.js",
    "chat/messages/markdown/diagram.js",
    "chat/files/pdf-cmaps.js",
    "chat/files/pdf-text.js",
    "chat/list/tags-dialog.js",
    "chat/messages/answer/compare.js",
    "chat/prompts/library.js",
    "chat/prompts/picker.js",
    "chat/prompts/prompt-dialog.js",
}


def test_the_chat_page_preloads_all_imports_of_its_script(client: Client, db: None, settings: Settings) -> None:
    settings.FROM_SOURCES = True
    named = preloads(client.get("/").content.decode())
    assert len(named) == len(set(named))
    assert set(named) == {f"/static/{name}" for name in IMPORTED - LATER - {"chat/main.js"}}


def test_collected_modules_are_preloaded_by_their_hashed_names(
    client: Client, db: None, storage: HashedStorage, settings: Settings
) -> None:
    settings.FROM_SOURCES, settings.STATIC_ROOT = False, storage.location
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": settings.STORAGES["staticfiles"]["BACKEND"],
            "OPTIONS": {"location": storage.location},
        }
    }
    named = preloads(client.get("/").content.decode())
    assert set(named) == {storage.url(name) for name in IMPORTED - LATER - {"chat/main.js"}}


def preloads(page: str) -> list[str]:
    return re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)


@pytest.mark.parametrize("name", ["fonts.css", "tokens.css", "base.css", "card.css", "docs.css", "admin-theme.css"])
def test_every_file_that_a_style_sheet_refers_to_is_collected(storage: HashedStorage, name: str) -> None:
    file = collected_file(storage, name)
    for target in re.findall(r"""url\(["']?([^"')]+)""", file.read_text()):
        assert (file.parent / target).exists()


def test_vendored_files_are_collected_unchanged(storage: HashedStorage) -> None:
    theirs = [name for name in storage.hashed_files if name.startswith(("vendor/", "drf_spectacular_sidecar/"))]
    assert len(theirs) > 25
    for name in theirs:
        source = finders.find(name)
        assert source
        assert collected_file(storage, name).read_bytes() == Path(source).read_bytes(), name


def test_unused_files_are_not_collected(storage: HashedStorage) -> None:
    assert not [name for name in storage.hashed_files if "redoc" in name or name.endswith(".map")]
    assert not [name for name in storage.hashed_files if name.startswith(("admin/css", "admin/js/vendor"))]
    assert "admin/js/actions.js" in storage.hashed_files


def test_collected_files_are_cached_indefinitely_and_compressed(storage: HashedStorage, settings: Settings) -> None:
    settings.STATIC_ROOT = storage.location
    settings.FROM_SOURCES = settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    address = f"/static/{storage.hashed_files['base.css']}"
    assert storage.url("base.css") == address
    response = Client().get(address, headers={"accept-encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert b"".join(response)  # type: ignore[arg-type]
    page = Client().get("/accounts/sign-in").content.decode()
    assert address in page


def test_files_served_from_the_sources_keep_their_names(settings: Settings) -> None:
    settings.FROM_SOURCES = settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.WHITENOISE_MAX_AGE = 0
    assert '"/static/base.css"' in Client().get("/accounts/sign-in").content.decode()
    response = Client().get("/static/base.css")
    assert response.headers["Cache-Control"] == "max-age=0, public"
    assert b"".join(response) == (STATIC / "base.css").read_bytes()  # type: ignore[arg-type]


def test_outdated_collected_files_are_not_served(tmp_path: Path) -> None:
    source, made = tmp_path / "static", tmp_path / "staticfiles"
    (source / "deep").mkdir(parents=True)
    made.mkdir()
    for name in ("one.css", "deep/two.css"):
        (source / name).write_text("")
    assert not collected(made, [source])  # never collected

    manifest = made / "staticfiles.json"
    manifest.write_text("{}")

    def age(seconds: float, *files: Path) -> None:
        for file in files:
            os.utime(file, (seconds, seconds))

    everything = [source, *source.rglob("*")]
    age(1000, *everything)
    age(2000, manifest)
    assert collected(made, [source])
    assert collected(made, [])
    age(3000, source / "deep" / "two.css")  # changed
    assert not collected(made, [source])
    age(1000, *everything)
    (source / "deep" / "two.css").unlink()  # deleted: its folder is newer now
    assert not collected(made, [source])


def test_every_icon_that_a_page_shows_is_drawn(client: Client, db: None) -> None:
    drawn = set(re.findall(r'<symbol id="icon-([\w-]+)" viewBox="0 0 24 24"><', client.get("/").content.decode()))
    sources = [*STATIC.rglob("*.js"), *STATIC.parent.glob("templates/**/*.html")]
    shown = {
        name
        for source in sources
        if "vendor" not in source.parts
        for call in re.findall(r"(?:\bicon[:(]|iconButton\(|setIcon\(\w+,|\{% icon) ?([^,)%]+)", source.read_text())
        for name in re.findall(r'"([\w-]+)"', call)
    }
    assert {"copy", "ellipsis", "pin-off", "square", "search"} <= shown <= drawn
