"""The operator's view of engine nodes: a real server, and two real nodes without a balancer between them."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.commands import user
from tests.inference.administration import HISTORY, SETTINGS, sign_in, token
from tests.server import DEMO_MODEL, PATIENCE, Server

NOW = "/admin/dashboard/"
SLOW = f"{NOW}slow/"
TOKEN = "a token of servers"  # noqa: S105 – of this test


@dataclass
class Front:
    """A server without models, whose requests all go to node `one`; it knows node `two` too."""

    server: Server
    client: httpx.Client
    nodes: list[Server]

    def page(self, path: str = f"{NOW}now/") -> str:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def until(self, text: str, path: str = f"{NOW}now/") -> str:
        """Return a page once it has this text."""
        deadline = time.monotonic() + PATIENCE
        while text not in (page := self.page(path)):
            assert time.monotonic() < deadline, page
            time.sleep(0.1)  # between two looks at the condition
        return page

    def press(self, button: str, **fields: str) -> str:
        form = fields | {"csrfmiddlewaretoken": token(self.page(NOW))}
        page = self.client.post(button, data=form, follow_redirects=True)
        assert page.status_code == 200, page.text
        return page.text

    def asks(self) -> httpx.Response:
        with self.server.client() as client:
            return client.post("/generate", json={"prompt": "Hello", "max_tokens": 2})


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Front]:
    with ExitStack() as stack:
        models = tmp_path_factory.mktemp("models")
        (models / "family").mkdir()
        for file in ("demo.gguf", "other.gguf"):
            shutil.copy(DEMO_MODEL, models / "family" / file)
        nodes = []
        for name in ("one", "two"):
            folder = tmp_path_factory.mktemp(name)
            environment = {"ROLE": "engine", "NODE_NAME": name, "ENGINE_TOKEN": TOKEN, "LLAMA_CLI": str(fake_cli)}
            environment |= {"MODELS_DIR": str(models), "MODEL_PATH": str(models / "family" / "demo.gguf")}
            nodes.append(stack.enter_context(Server(folder, **environment)))
        urls = [node.url for node in nodes]
        folder = tmp_path_factory.mktemp("front")
        name = user(folder)
        environment = {"ENGINE_URL": urls[0], "ENGINE_NODES": ",".join(urls), "ENGINE_TOKEN": TOKEN}
        environment |= {"MODELS_DIR": "models", "MODEL_PATH": "models/family/demo.gguf"}  # which is not there
        server = stack.enter_context(Server(folder, **environment))
        server.wait_for_health()
        client = stack.enter_context(server.client())
        sign_in(client, name)
        found = Front(server, client, nodes)
        found.until("2 of 2 nodes get requests", SLOW)
        yield found


def test_the_dashboard_shows_each_node_and_its_processes(front: Front) -> None:
    page = front.until('id="process-two/')
    for name in ("one", "two"):
        assert re.search(
            rf'<th scope="row">{name}<p class="quiet">family/demo, llama-cli [0-9a-f]{{8}}, version 1', page
        )
    assert page.count("Drain</button>") == 2
    assert re.search(r"<b>Core 0</b>|<b>Cores 0 to", page)


def test_a_process_of_a_node_can_be_retired(front: Front) -> None:
    [worker, *_] = re.findall(r'id="process-(two/\d+)"', front.until('id="process-two/'))
    assert f"Worker {worker} " in front.press(f"{NOW}retire/{worker}/")


def test_a_node_is_drained_paused_and_resumed(front: Front) -> None:
    assert "finishes its answers" in front.press(f"{NOW}nodes/two/drain/")
    assert "Drained" in front.page()
    assert "1 of 2 nodes get requests" in front.page(SLOW)
    assert front.client.get(f"{front.nodes[1].url}/health").status_code == 503
    assert "gets requests again" in front.press(f"{NOW}nodes/two/resume/")
    assert "Paused" not in front.page()
    assert "is paused" in front.press(f"{NOW}nodes/two/pause/")
    assert "gets requests again" in front.press(f"{NOW}nodes/two/resume/")
    assert "no engine node three" in front.press(f"{NOW}nodes/three/drain/")


def test_the_checks_name_the_node(front: Front) -> None:
    page = front.page(SLOW)
    for name in ("one: Memory", "two: Cores against threads", "Speed of nodes", "Spread over nodes"):
        assert f'<th scope="row">{name}</th>' in page


def test_history_metrics_and_model_info_name_the_node(front: Front) -> None:
    assert front.asks().status_code == 200
    page = front.until('class="field-time"', f"{HISTORY}?node=one")
    assert 'class="field-time"' not in front.page(f"{HISTORY}?node=two")
    [record] = re.findall(rf'href="{HISTORY}(\d+)/change/', page)[:1]
    assert "<dt>Engine node</dt><dd>one</dd>" in front.page(f"{HISTORY}{record}/change/")
    assert '"node": "one"' in front.page(f"{HISTORY}export.jsonl")
    metrics = front.page("/metrics")
    assert 'bitnet_node_up{node="two"} 1.0' in metrics
    assert re.search(r'bitnet_node_requests_total\{node="one",reason="\w+"\} [1-9]', metrics)
    machines = front.client.get("/model_info").json()["engine"]["machines"]
    assert [(each["node"], each["url"]) for each in machines] == [("one", ""), ("two", "")]


def test_the_models_are_those_of_the_nodes(front: Front) -> None:
    page = front.until("<code>family/other</code>", "/admin/models/part/")
    assert page.count("<td>All</td>") == 2
    assert "files of its engine nodes" in front.page("/admin/models/")
    assert "Add and delete them there" in front.press("/admin/models/delete/", model="family/demo")


def test_the_settings_choose_among_the_models_of_the_nodes(front: Front) -> None:
    assert '<option value="family/other.gguf">' in front.page(SETTINGS)
    front.press(SETTINGS, model="family/other.gguf", context_size="1024")
    deadline = time.monotonic() + PATIENCE
    while (info := front.client.get("/model_info").json())["model"]["id"] != "family/other":
        assert time.monotonic() < deadline, info
        time.sleep(0.1)  # between two looks at the condition
    assert {each["model"] for each in info["engine"]["machines"]} == {"family/other"}
    assert front.asks().status_code == 200


def test_a_lost_node_is_named_and_the_others_answer(front: Front) -> None:
    """The last test: it ends a node."""
    front.nodes[1].process.kill()
    front.nodes[1].process.wait(PATIENCE)
    page = front.until("Lost")
    assert "cannot be reached" in page
    assert "gets no requests" in front.page("/admin/")
    assert front.nodes[1].url not in front.client.get("/model_info").text
    assert front.asks().status_code == 200
