"""The states of the administration that contact sheets show, and how to reach each."""

from __future__ import annotations

import threading
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.programs.states import STORY, State, Visit

TALL = 1400  # pixels
ADMIN = "/admin/inference"


def _at(path: str, shown: str = "h1") -> Callable[[Visit], None]:
    """Return how to reach a page: by its path, until an element is shown."""

    def reach(visit: Visit) -> None:
        visit.page.goto(path)
        expect(visit.page.locator(shown).first).to_be_visible()

    return reach


def dashboard(visit: Visit) -> None:
    """Show processes at work, of requests that the server goes on with after the picture."""

    def ask() -> None:
        with visit.server.client() as client:
            client.post("/generate", json={"prompt": STORY, "conversation_mode": True, "max_tokens": 120})

    for _ in range(3):
        threading.Thread(target=ask, daemon=True).start()
    visit.page.goto("/admin/dashboard/")
    expect(visit.page.locator("tr", has_text="serving").first).to_be_visible()


def receipt_page(visit: Visit) -> None:
    visit.page.goto("/admin/inference/generationrecord/")
    visit.page.locator("#result_list tbody th a").nth(6).click()
    expect(visit.page.locator(".waterfall")).to_be_visible()


def settings_error(visit: Visit) -> None:
    visit.page.goto("/admin/inference/inferencesettings/")
    visit.page.get_by_role("link", name="Answers").click()
    visit.page.get_by_label("Temperature").fill("9")
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.page.locator(".form-row .problem").first).to_be_visible()


ADMINISTRATION = (
    State("account", _at("/accounts/"), signed_in=True),
    State("admin-overview", _at("/admin/"), signed_in=True),
    State("admin-dashboard", dashboard, signed_in=True),
    State("admin-over-time", _at("/admin/dashboard/plots/?over=day", "canvas"), signed_in=True, height=TALL),
    State("admin-why-slow", _at("/admin/dashboard/slow/"), signed_in=True),
    State("admin-history", _at(f"{ADMIN}/generationrecord/", "#result_list"), signed_in=True),
    State("admin-receipt", receipt_page, signed_in=True),
    State("admin-settings", _at(f"{ADMIN}/inferencesettings/", "form"), signed_in=True, height=TALL),
    State("admin-settings-error", settings_error, signed_in=True),
    State("admin-models", _at("/admin/models/", "table.catalogue"), signed_in=True, height=TALL),
    State("admin-keys", _at(f"{ADMIN}/apikey/"), signed_in=True),
    State("admin-users", _at("/admin/auth/user/", "#result_list"), signed_in=True),
)
