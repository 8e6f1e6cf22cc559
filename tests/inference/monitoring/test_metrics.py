"""The metrics for Prometheus, and who may read them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.test import AsyncRequestFactory
from prometheus_client.parser import text_string_to_metric_families

from inference.engine import FinishReason
from inference.monitoring.metrics import count
from inference.monitoring.metrics_view import metrics
from tests.inference.history.test_history import outcome
from tests.inference.serving.test_server import open_request
from tests.server import Server, until

SESAME = "open-sesame"
DOCUMENT = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()


def value(text: str, name: str, **labels: str) -> float:
    """Of one sample in a scrape."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    raise AssertionError(f"{name} {labels} is missing")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """A server whose answers take seconds."""
    arguments = "--fake tokens=500 --fake seconds-per-token=0.05"
    folder = tmp_path_factory.mktemp("busy")
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments, METRICS_TOKEN=SESAME) as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def client(busy: Server) -> Iterator[httpx.Client]:
    with busy.client() as client:
        yield client


def test_generations_are_counted_by_source_and_end(client: httpx.Client) -> None:
    before = client.get("/metrics").text
    client.post("/generate", json={"prompt": "Hello", "max_tokens": 3}).raise_for_status()
    client.post("/generate", json={"prompt": "word " * 5000})
    after = client.get("/metrics").text

    def more(name: str, **labels: str) -> float:
        try:
            begin = value(before, name, **labels)
        except AssertionError:
            begin = 0
        return value(after, name, **labels) - begin

    assert more("bitnet_requests_total", source="api", reason="length") == 1
    assert more("bitnet_requests_total", source="api", reason="error") == 1
    assert more("bitnet_request_errors_total", code="prompt_too_long") == 1
    assert more("bitnet_generation_tokens_total") == 3
    assert more("bitnet_prompt_tokens_total") > 0
    assert more("bitnet_time_to_first_token_seconds_count") == 1
    assert more("bitnet_time_per_output_token_seconds_count") == 1
    assert more("bitnet_e2e_request_latency_seconds_count") == 2


def test_running_and_waiting_requests_are_counted(busy: Server, client: httpx.Client) -> None:
    def now(name: str, **labels: str) -> float:
        return value(client.get("/metrics").text, name, **labels)

    assert now("bitnet_health", status="ok") == 1
    assert now("bitnet_model_info", file="demo-bitnet.gguf") == 1
    running = open_request(busy)
    assert until(lambda: now("bitnet_num_requests_running") == 1)
    waiting = open_request(busy)
    assert until(lambda: now("bitnet_num_requests_waiting") == 1)
    assert now("bitnet_cores_leased") >= 1
    assert now("bitnet_processes", role="serving") == 1
    assert now("bitnet_process_launches_total", role="standby") >= 1
    waiting.close()
    running.close()
    assert until(lambda: now("bitnet_num_requests_running") == 0)
    assert until(lambda: now("bitnet_requests_total", source="api", reason="cancelled") >= 2)


def test_no_user_is_named(client: httpx.Client) -> None:
    client.post("/generate", json={"prompt": "a-planted-word", "max_tokens": 1})
    text = client.get("/metrics").text
    assert "planted" not in text
    assert set(re.findall(r'[{,](\w+)="', text)) <= {
        "source", "reason", "code", "status", "kind", "role", "state", "over", "le", "name", "file", "quantization",
        "model"
    }  # fmt: skip


def test_other_machines_need_the_token(client: httpx.Client) -> None:
    """Also behind a proxy on this machine, whether it is trusted or not."""
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    refused = client.get("/metrics", headers=elsewhere)
    assert (refused.status_code, refused.json()["code"]) == (403, "metrics_closed")
    assert "METRICS_TOKEN" in refused.json()["detail"]
    wrong = {"Authorization": "Bearer open-says-me"}
    assert client.get("/metrics", headers=elsewhere | wrong).status_code == 403
    right = {"Authorization": f"Bearer {SESAME}"}
    assert client.get("/metrics", headers=elsewhere | right).status_code == 200


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.8.9.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 403),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 403),
        ("192.168.1.5", {}, 403),
        ("192.168.1.5", {"x-forwarded-for": "127.0.0.1", "authorization": "Bearer "}, 403),
        ("::ffff:192.168.1.5", {}, 403),
        ("", {}, 403),
        ("localhost", {}, 403),
    ],
)
async def test_this_machine_needs_no_token(address: str, headers: dict[str, str], status: int) -> None:
    request = AsyncRequestFactory().get("/metrics", headers=headers)
    request.META["REMOTE_ADDR"] = address
    assert (await metrics(request)).status_code == status


def test_the_document_has_every_name_and_no_other(client: httpx.Client) -> None:
    families = text_string_to_metric_families(client.get("/metrics").text)
    documented = set(re.findall(r"`(bitnet_\w+?)(?:_total|_info)?`", DOCUMENT.split("\n## Metrics\n")[1]))
    assert documented == {family.name.removesuffix("_info") for family in families if family.name.startswith("bitnet_")}


@pytest.mark.serial
def test_counting_costs_next_to_nothing() -> None:
    """Against the milliseconds of a single token."""
    done = outcome(reason=FinishReason.STOP, seconds=1.0, first_text=0.6)
    begun = time.perf_counter()
    for _ in range(1000):
        count(done)
    assert (time.perf_counter() - begun) / 1000 < 0.001
