"""The dashboard: who may see it, what its buttons do to a real engine, and that it shows no texts."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from inference.models import GenerationRecord
from tests.commands import manage, user
from tests.inference.administration import administrator, forbidden, generation, seen, sign_in, superuser, text, token
from tests.server import PATIENCE, Server

NOW = "/admin/dashboard/"
PART = f"{NOW}now/"
PLOTS = f"{NOW}plots/"
SLOW = f"{NOW}slow/"
PAGES = (NOW, PART, PLOTS, SLOW, f"{SLOW}now/")
BUTTONS = (f"{NOW}pause/", f"{NOW}resume/", f"{NOW}retire/1/")
VIEW, OPERATE = "inference.view_dashboard", "inference.operate_engine"
PLANTED = "marmalade-lighthouse"


@pytest.mark.django_db
def test_the_pages_need_the_permission_to_view() -> None:
    visitor, without, viewer, root = Client(), administrator(), administrator(VIEW, name="vera"), superuser()
    for page in PAGES:
        assert visitor.get(page).status_code == 302
        assert forbidden(without.get(page))
        assert viewer.get(page).status_code == 200
        assert root.get(page).status_code == 200


@pytest.mark.django_db
def test_the_buttons_need_the_permission_to_operate() -> None:
    visitor, viewer, operator = Client(), administrator(VIEW), administrator(VIEW, OPERATE, name="olga")
    for button in BUTTONS:
        assert visitor.post(button).status_code == 302
        assert forbidden(viewer.post(button))
        assert operator.get(button).status_code == 405
    page = operator.post(f"{NOW}resume/", follow=True)
    assert "No engine runs" in seen(page)
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
def test_buttons_need_the_token_of_a_form() -> None:
    operator = administrator(VIEW, OPERATE)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    for button in BUTTONS:
        assert forbidden(strict.post(button))


@pytest.mark.django_db
def test_the_navigation_lists_it_with_the_permission_to_view() -> None:
    assert f'href="{NOW}"' in text(administrator(VIEW).get("/admin/"))
    assert f'href="{NOW}"' not in text(administrator(name="nora").get("/admin/"))


@pytest.mark.usefixtures("empty_history")
def test_plots_of_an_empty_history_say_so() -> None:
    page = text(superuser().get(PLOTS))
    assert page.count("No data in this period.") == 7
    assert "<details>" not in page


@pytest.mark.usefixtures("empty_history")
@pytest.mark.parametrize("over", ["hour", "day", "month", "", "year"])
def test_plots_have_descriptions_and_tables(over: str) -> None:
    for _ in range(3):
        generation()
    generation(reason="error", error_code="queue_full")
    page = text(superuser().get(PLOTS, {"over": over}))
    assert page.count("<time-plot ") == page.count('role="img"') == 6  # nothing happened to the engine
    for described in re.findall(r'aria-labelledby="([\w-]+) ([\w-]+)"', page):
        assert all(f'id="{name}"' in page for name in described)
    assert page.count("<details>") == 6
    assert f'?over={over if over in ("day", "month") else "hour"}" aria-current="page"' in page


@pytest.mark.django_db
def test_nothing_on_its_pages_is_inline() -> None:
    generation()
    browser = superuser()
    for page in PAGES:
        content = text(browser.get(page))
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\bsrc=)", content), page
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", content), page


@pytest.mark.django_db
def test_no_page_shows_users_texts() -> None:
    generation(prompt=PLANTED, answer=PLANTED, messages=[{"role": "user", "content": PLANTED}], model=PLANTED)
    browser = superuser()
    for page in (*PAGES, f"{PLOTS}?over=day"):
        assert PLANTED not in text(browser.get(page))


@pytest.mark.django_db
def test_a_long_history_takes_no_more_queries(django_assert_max_num_queries: Callable[[int], Any]) -> None:
    browser = superuser()
    GenerationRecord.objects.bulk_create([_unsaved() for _ in range(10_000)], batch_size=1000)
    for page, most in ((NOW, 5), (PART, 5), (PLOTS, 8), (f"{PLOTS}?over=month", 8), (SLOW, 5)):
        with django_assert_max_num_queries(most):
            assert browser.get(page).status_code == 200


def _unsaved() -> GenerationRecord:
    return GenerationRecord(
        request_id="a" * 32,
        source="api",
        model="demo-bitnet",
        model_name="BitNet Demo",
        temperature=0.7,
        top_p=0.9,
        max_tokens=64,
        context_size=2048,
        prompt_characters=10,
        prompt_tokens=10,
        reused_tokens=5,
        generated_tokens=20,
        reason="stop",
        queue=0.1,
        prompt_time=0.2,
        first_token=0.1,
        decode=1.0,
    )


class Operator:
    """An administrator's browser, on a server whose answers take seconds."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self.server = server
        self.client = client

    def part(self) -> str:
        response = self.client.get(PART)
        assert response.status_code == 200, response.text
        return response.text

    def until(self, condition: Callable[[str], object]) -> str:
        """Return the part of the page once it meets the condition."""
        deadline = time.monotonic() + PATIENCE
        while not condition(part := self.part()):
            assert time.monotonic() < deadline, part
            time.sleep(0.05)  # between two looks at the condition
        return part

    def press(self, button: str, **fields: str) -> str:
        """Press a button and return the page that follows."""
        form = fields | {"csrfmiddlewaretoken": token(self.client.get(NOW).text)}
        page = self.client.post(button, data=form, follow_redirects=True)
        assert page.status_code == 200, page.text
        return page.text

    def asks(self, prompt: str = "Hello", **fields: Any) -> threading.Thread:
        """Send a request in another thread."""

        def ask() -> None:
            with self.server.client() as client:
                client.post("/generate", json={"prompt": prompt, **fields})

        thread = threading.Thread(target=ask)
        thread.start()
        return thread


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("server")
    name = user(folder)
    arguments = "--fake tokens=60 --fake seconds-per-token=0.05"
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments) as server, server.client() as client:
        server.wait_for_health()
        sign_in(client, name)
        yield Operator(server, client)


def pids(part: str) -> list[str]:
    return re.findall(r'id="process-(\d+)"', part)


def test_a_retired_process_is_replaced(operator: Operator) -> None:
    part = operator.until(lambda part: re.search(r'class="role">standby', part))
    [pid] = pids(part)
    assert f"Worker {pid} has ended" in operator.press(f"{NOW}retire/{pid}/")
    operator.until(lambda part: re.search(r'class="role">standby', part) and pids(part) != [pid])
    assert f"no worker {pid}" in operator.press(f"{NOW}retire/{pid}/")
    events = manage(
        operator.server.data_dir,
        *("shell", "--no-imports", "-c"),
        "from django.contrib.admin.models import LogEntry as Log\nprint(list(Log.objects.values_list('user__username', "
        "'change_message')))",
    )
    assert events.count(f"Worker {pid} has ended") == 1
    assert "('ada'," in events


def test_a_pause_is_confirmed_first_and_keeps_requests_waiting_until_the_engine_resumes(operator: Operator) -> None:
    asked = operator.press(f"{NOW}pause/")
    assert "Pause the engine?" in asked
    assert "Paused" not in operator.part()
    assert "Paused: running answers finish" in operator.press(f"{NOW}pause/", confirmed="yes")
    request = operator.asks(PLANTED, max_tokens=2)
    part = operator.until(lambda part: "a caller without a key" in part)
    assert "Paused" in part
    assert PLANTED not in part
    slow = operator.client.get(SLOW).text
    assert "The engine is paused" in slow
    assert "1 request is waiting" in slow
    assert "Resumed" in operator.press(f"{NOW}resume/")
    request.join(PATIENCE)
    assert not request.is_alive()
    assert "Queue is empty." in operator.until(lambda part: "Queue is empty." in part)


def test_an_answer_is_shown_with_its_core_and_without_its_text(operator: Operator) -> None:
    request = operator.asks(PLANTED, conversation_mode=False)
    serving = re.compile(r'id="process-(\d+)">(?:(?!</tr>).)*class="role">serving', re.DOTALL)
    part = operator.until(lambda part: serving.search(part) and "answering" in part)
    [pid] = serving.findall(part)
    assert re.search(rf"<b>Core 0</b> process {pid}, for a caller without a key", part)
    assert "temperature 0.7, top-p 0.9" in part
    assert PLANTED not in part
    assert "ends after its answer" in operator.press(f"{NOW}retire/{pid}/")
    request.join(PATIENCE)
    operator.until(lambda part: pid not in pids(part))


def test_a_conversation_is_shown_as_a_digest(operator: Operator) -> None:
    with operator.server.client() as client:
        client.post("/generate", json={"messages": [{"role": "user", "content": PLANTED}], "max_tokens": 2})
    part = operator.until(lambda part: re.search(r'class="role">resident', part))
    assert re.search(r"<code>[0-9a-f]{12}</code>", part)
    assert PLANTED not in part
    for page in PAGES:
        assert PLANTED not in operator.client.get(page).text


def test_the_checks_cover_this_machine(operator: Operator) -> None:
    page = operator.client.get(SLOW).text
    for name in ("Cores against threads", "Other programs", "Model in memory", "Queue", "Disk"):
        assert f'<th scope="row">{name}</th>' in page
