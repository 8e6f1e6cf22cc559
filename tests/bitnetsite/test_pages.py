"""All pages: content security policy, errors, and no inline scripts or styles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path

from inference.models import InferenceSettings
from inference.serving import configuration

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
CONVERSATION = "/c/0f8fad5b-d9cb-469f-a165-70867728950e"
PAGES = ["/", CONVERSATION, "/docs/", "/accounts/sign-up", "/accounts/sign-in", "/nothing"]
OWN_PAGES = ["/accounts/", "/accounts/password", "/accounts/delete"]


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def without_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked")


async def without_database_async(request: HttpRequest) -> HttpResponse:
    raise InterfaceError("connection already closed")


def closed(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [
    path("broken", broken),
    path("closed", closed),
    path("without-database", without_database),
    path("without-database-async", without_database_async),
    path("", include("bitnetsite.urls")),
]
handler400 = "bitnetsite.http.errors.bad_request"
handler403 = "bitnetsite.http.errors.forbidden"
handler404 = "bitnetsite.http.errors.not_found"
handler500 = "bitnetsite.http.errors.server_error"


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def policy(response: HttpResponse) -> dict[str, str]:
    directives = (
        directive.strip().partition(" ") for directive in response["Content-Security-Policy"].split(";") if directive
    )
    return {name: value for name, _, value in directives}


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PAGES, *OWN_PAGES])
def test_every_page_allows_only_our_own_files(client: Client, address: str) -> None:
    if address in OWN_PAGES:
        client.force_login(User.objects.create_user("ada"))
    response = client.get(address, headers={"accept": BROWSER})
    assert response["Content-Type"].startswith("text/html")
    pictures = "'self' data:" if address == "/docs/" else "'self'"
    assert policy(response) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": pictures,
        "manifest-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    } | ({"frame-src": "'self'"} if address == "/" or address.startswith("/c/") else {})
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_frame_of_diagrams_has_no_origin_and_reaches_nothing(client: Client) -> None:
    response = client.get("/chat/diagram")
    assert policy(response) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # Mermaid's, on what it draws
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-scripts",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_has_a_script_or_style_inline(template: Path) -> None:
    text = template.read_text()
    assert "<style" not in text
    for script in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert "src=" in script[0]
        assert not script[1].strip()
    for tag in re.findall(r"<[a-z][^>]*>", text):
        assert not re.search(r"\s(style|on[a-z]+)=", tag), tag
        assert "javascript:" not in tag
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_names_another_server(template: Path) -> None:
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", template.read_text())


@pytest.mark.urls("tests.bitnetsite.test_pages")
@pytest.mark.parametrize(
    ("address", "status", "code", "word"),
    [
        ("/nothing", 404, "not_found", "Page not found"),
        ("/closed", 403, "forbidden", "You do not have access"),
        ("/broken", 500, "internal_error", "Internal error"),
        ("/without-database", 503, "database_unavailable", "The database is unavailable"),
        ("/without-database-async", 503, "database_unavailable", "The database is unavailable"),
    ],
)
def test_browsers_get_error_pages_and_other_clients_json(
    visitor: Client, address: str, status: int, code: str, word: str
) -> None:
    """Works without a database, which may be what fails: pytest gives this test none."""
    page = visitor.get(address, headers={"accept": BROWSER})
    assert (page.status_code, page["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert word in page.content.decode()
    assert 'href="/"' in page.content.decode()
    for accept in ("*/*", "application/json", "application/json, text/html"):
        response = visitor.get(address, headers={"accept": accept})
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.json()["detail"]


@pytest.mark.urls("tests.bitnetsite.test_pages")
@pytest.mark.parametrize("address", ["/without-database", "/without-database-async"])
async def test_an_unavailable_database_is_reported_under_asgi_too(address: str) -> None:
    response = await AsyncClient(raise_request_exception=False).get(address)
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert int(response["Retry-After"]) > 0


def test_an_unknown_host_name_is_reported_with_the_setting(visitor: Client) -> None:
    asked = {"HTTP_HOST": "192.168.1.5:8000"}
    page = visitor.get("/", headers={"accept": BROWSER}, **asked)
    assert page.status_code == 400
    assert "ALLOWED_HOSTS=localhost,127.0.0.1,192.168.1.5 make run" in page.content.decode()
    response = visitor.get("/", **asked)
    assert (response.status_code, response.json()["code"]) == (400, "host_not_allowed")


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", "a'b", "x" * 300 + "!"])
def test_an_invalid_host_name_is_not_repeated(visitor: Client, host: str) -> None:
    page = visitor.get("/", headers={"accept": BROWSER}, HTTP_HOST=host)
    assert page.status_code == 400
    assert host not in page.content.decode()
    assert "127.0.0.1,the.name make run" in page.content.decode()


def test_the_csrf_error_says_how_to_send_the_token() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/sign-in", {})
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert "X-CSRFToken" in response.json()["detail"]


def test_a_page_is_never_framed_by_another_site(visitor: Client) -> None:
    assert visitor.get("/accounts/sign-in").headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_a_language_and_a_viewport(visitor: Client, address: str) -> None:
    page = visitor.get(address, headers={"accept": BROWSER}).content.decode()
    assert '<html lang="en">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1' in page
    assert re.search(r"<title>\s*\S", page)
    assert page.index("/theme.") < page.index('rel="stylesheet"')  # the theme is applied before the first paint


@pytest.mark.django_db
def test_pages_show_the_configured_name(client: Client) -> None:
    InferenceSettings(page_name="Lab <1>", page_note="Be kind.").save()
    configuration.refresh()
    page = client.get("/").content.decode()
    assert re.search(r"<title>\s*Lab &lt;1&gt;\s*</title>", page)
    assert '<span id="brand">Lab &lt;1&gt;</span>' in page
    assert "Be kind." in page
    assert "· Lab &lt;1&gt;" in client.get("/accounts/sign-in").content.decode()
    assert "· Lab &lt;1&gt;" in client.get("/nothing", headers={"accept": BROWSER}).content.decode()
