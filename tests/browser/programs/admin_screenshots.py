"""Take the screenshots of the administration in `docs/screenshots/`: a part of `make screenshots`.

The server answers real requests meanwhile; the history before that is made up.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.commands import manage
from tests.server import PATIENCE, Server

DASHBOARD = "/admin/dashboard/"
WIDE = {"width": 1280, "height": 800}
DAYS, REQUESTS_PER_HOUR = 2, 6
QUESTIONS = ("What is BitNet?", "What is Docker?", "Tell me a story about a lighthouse", "Write a haiku about the sea")
MAKE_HISTORY = """
import json
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from inference.models import GenerationRecord
now, ada = timezone.now(), User.objects.get(username="ada")
GenerationRecord.objects.bulk_create([
    GenerationRecord(at=now - timedelta(seconds=row.pop("age")), user=ada if row["source"] == "chat" else None, **row)
    for row in json.loads({rows!r})
])
"""


def make_history(data_dir: Path) -> None:
    """Fill the history with two days of generations, always the same."""
    chance = random.Random(7)
    rows = [_row(chance, age) for age in range(0, DAYS * 86_400, 3_600 // REQUESTS_PER_HOUR)]
    manage(data_dir, "shell", "-c", MAKE_HISTORY.format(rows=json.dumps(rows)))


def _row(chance: random.Random, age: int) -> dict[str, Any]:
    tokens, reason = chance.randint(20, 250), chance.choice(["stop"] * 12 + ["length", "cancelled"])
    return {
        "age": age + chance.randint(0, 500) + 120,
        "request_id": f"{chance.getrandbits(128):032x}",
        "source": chance.choice(["api", "openai", "chat", "chat"]),
        "model": "demo-bitnet",
        "model_name": "BitNet Demo · TQ2_0",
        "worker": str(4_000 + chance.randint(0, 3)),
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 256,
        "context_size": 2048,
        "seed": chance.getrandbits(31),
        "threads": 2,
        "prompt_characters": 60,
        "answer_characters": 4 * tokens,
        "prompt_tokens": chance.randint(30, 900),
        "reused_tokens": 20,
        "generated_tokens": tokens,
        "reason": reason,
        "queue": round(chance.expovariate(2), 3),
        "prompt_time": round(chance.uniform(0.05, 0.9), 3),
        "first_token": 0.06,
        "decode": round(tokens / chance.uniform(14, 19), 3),
    }


class AdminPhotographer:
    """Opens the administration as Ada, who is an administrator. `save` takes a screenshot under a name."""

    def __init__(self, browser: Browser, server: Server, save: Callable[[Page, str], None]) -> None:
        self._server, self._save = server, save
        self._page = browser.new_page(base_url=server.url, viewport=WIDE, device_scale_factor=1.5)  # type: ignore[arg-type]
        self._page.set_default_timeout(PATIENCE * 1000)
        self._page.goto(f"/accounts/sign-in?next={DASHBOARD}")
        self._page.get_by_label("Name").fill("ada")
        self._page.get_by_label("Password", exact=True).fill("tangerine-boat-42")
        self._page.get_by_role("button", name="Sign in").click()

    def take_all(self) -> None:
        """Take the pictures, those of the present while questions are answered."""
        with self._load():
            serving = self._page.locator("tr", has_text="serving").first
            self._page.goto(DASHBOARD)
            expect(serving).to_be_visible()
            self._save(self._page, "admin-dashboard")
            self._take(f"{DASHBOARD}plots/?over=day", "admin-over-time", "canvas")
            self._take(f"{DASHBOARD}slow/", "admin-why-slow", "h1")
        self._take("/admin/inference/inferencesettings/", "admin-settings", "form")
        self._take("/admin/models/", "admin-models", "table.models")
        self._take("/admin/inference/generationrecord/", "admin-history", "#result_list")
        self._page.locator("#result_list th a").first.click()
        expect(self._page.locator("h1")).to_be_visible()
        self._save(self._page, "admin-receipt")

    def _take(self, path: str, name: str, shown: str) -> None:
        self._page.goto(path)
        expect(self._page.locator(shown).first).to_be_visible()
        self._save(self._page, name)

    @contextmanager
    def _load(self) -> Iterator[None]:
        """Have three clients ask questions."""
        over = threading.Event()

        def ask(number: int) -> None:
            with self._server.client() as client:
                while not over.is_set():
                    _ask(client, QUESTIONS[number])

        threads = [threading.Thread(target=ask, args=[number]) for number in range(3)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()


def _ask(client: httpx.Client, question: str) -> None:
    body = {"prompt": question, "max_tokens": 2000, "conversation_mode": False, "temperature": 1}
    client.post("/generate", json=body).raise_for_status()
