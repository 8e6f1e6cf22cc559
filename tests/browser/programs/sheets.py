"""Contact sheets: every state of the pages in four widths, light and dark: `screenshots.py --sheets DIR [STATE …]`.

For looking at all of them at once, before and after a change of styles. The engine is the fake llama-cli, so that a
state is always the same.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.driver import chromium
from tests.browser.driver.chat_page import BrowserLog, ChatPage
from tests.browser.programs.admin_screenshots import make_history
from tests.browser.programs.admin_states import ADMINISTRATION
from tests.browser.programs.states import CHAT, PAST, State, Visit
from tests.commands import user
from tests.server import PATIENCE, Server, write_fake_cli

WIDTHS = (390, 820, 1280, 1440)
TOUCH = 1000  # pixels of width, below which a screen is that of a phone or tablet
SCALE = 0.5  # of the pictures on a sheet
QUALITY = 60  # of WebP
SETTLED = 150  # milliseconds until the page has followed a change of colours
SHEET = """<!doctype html><meta charset=utf-8><title>Sheet</title><style>
body { margin: 0; } main { background: #888; display: inline-grid; gap: 8px; padding: 8px; }
div { align-items: start; display: flex; gap: 8px; } img { display: block; width: auto; }
</style>"""


class Sheets:
    """Takes the pictures of states on a server, and puts those of each state on a sheet."""

    def __init__(self, browser: Browser, server: Server, folder: Path) -> None:
        self._browser, self._server, self._folder = browser, server, folder
        self._signed_in: Any = None

    def take(self, state: State) -> Path:
        """Take all pictures of a state, and return the path of their sheet."""
        rows: dict[str, list[bytes]] = {"light": [], "dark": []}
        for width in WIDTHS:
            with self._visit(state, width) as visit:
                state.reach(visit)
                page = visit.page
                page.mouse.move(0, 0)
                for theme, row in rows.items():
                    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                    page.evaluate("document.fonts.ready")
                    page.wait_for_timeout(SETTLED)
                    row.append(page.screenshot())
        return self._compose(state.name, list(rows.values()))

    @contextmanager
    def _visit(self, state: State, width: int) -> Iterator[Visit]:
        """Open a page of this width, for a new visitor who has conversations, or for an administrator."""
        touch = width < TOUCH
        options: dict[str, Any] = {"viewport": {"width": width, "height": state.height}, "locale": "en-GB"}
        options |= {"has_touch": touch, "is_mobile": touch, "reduced_motion": "reduce", "base_url": self._server.url}
        if state.signed_in:
            options["storage_state"] = self._administrator()
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        try:
            page = context.new_page()
            chat = ChatPage(page, self._server, BrowserLog(context, self._server.url))
            if not state.signed_in:
                chat.import_conversations(*PAST)
            yield Visit(chat, self._server, width)
        finally:
            context.close()

    def _administrator(self) -> Any:
        """Return the cookies of Ada, who signs in once."""
        if self._signed_in is None:
            context: BrowserContext = self._browser.new_context(base_url=self._server.url)
            page = context.new_page()
            page.goto("/accounts/sign-in?next=/admin/")
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password", exact=True).fill("tangerine-boat-42")
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/admin/")
            self._signed_in = context.storage_state()
            context.close()
        return self._signed_in

    def _compose(self, name: str, rows: Sequence[Sequence[bytes]]) -> Path:
        """Put rows of pictures on a sheet."""
        page: Page = self._browser.new_page(viewport={"width": 2100, "height": 1000})
        shown = [
            "".join(f'<img src="data:image/png;base64,{base64.b64encode(each).decode()}">' for each in row)
            for row in rows
        ]
        page.set_content(f"{SHEET}<main>{''.join(f'<div>{row}</div>' for row in shown)}</main>")
        page.evaluate(
            """async (scale) => {
              for (const image of document.images) {
                await image.decode();
                image.style.width = `${image.naturalWidth * scale}px`;
              }
            }""",
            SCALE,
        )
        size = page.locator("main").bounding_box()
        taken = page.context.new_cdp_session(page).send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": QUALITY,
                "captureBeyondViewport": True,
                "clip": {**(size or {}), "scale": 1},
            },
        )
        page.close()
        path = self._folder / f"{name}.webp"
        path.write_bytes(base64.b64decode(taken["data"]))
        return path


def take_sheets(folder: Path, names: Sequence[str]) -> None:
    """Take the sheets of all states, or of those named."""
    known = {state.name: state for state in (*CHAT, *ADMINISTRATION)}
    if unknown := set(names) - set(known):
        raise SystemExit(f"There are no states {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    folder.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="sheets-"))
    try:
        user(data)
        make_history(data)
        switches = ["echo", "seconds-per-token=0.05", "die-at=3", f"once={data / 'crash'}"]
        arguments = " ".join(f"--fake {switch}" for switch in switches)
        environment = {"LLAMA_CLI": str(write_fake_cli(data)), "LLAMA_ARGS": arguments, "MAX_THREADS": "2"}
        with Server(data, **environment) as server, sync_playwright() as playwright:
            server.wait_for_health()
            browser = playwright.chromium.launch(
                executable_path=chromium.find_or_install(), args=chromium.ARGUMENTS, timeout=PATIENCE * 1000
            )
            sheets = Sheets(browser, server, folder)
            for name in names or known:
                path = sheets.take(known[name])
                sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")
                sys.stdout.flush()
            browser.close()
    finally:
        shutil.rmtree(data, ignore_errors=True)
