"""Several models behind one server: each request gets the one that it names, in every protocol."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import ollama
import openai
import pytest

from tests.commands import user
from tests.inference.administration import sign_in
from tests.inference.api.ollama.conftest import client_of as ollama_client
from tests.inference.api.openai.conftest import client_of as openai_client
from tests.server import DEMO_MODEL, Server, until

OTHER, BROKEN = "family/other", "only-for-bitnet.cpp"
SERVED = ["demo-bitnet", OTHER, BROKEN]
CONTEXT = 512
QUESTION: dict[str, Any] = {"role": "user", "content": "Hello"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, small_model: Callable[..., Path]) -> Path:
    """A models folder: the demo model, another one with a small context, and one that llama.cpp cannot read."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "family").mkdir()
    (folder / "demo-bitnet.gguf").symlink_to(DEMO_MODEL)
    (folder / f"{OTHER}.gguf").symlink_to(small_model(weights="TQ2_0", context_length=CONTEXT, name="Second"))
    (folder / f"{BROKEN}.gguf").symlink_to(small_model(weights="I2_S", name="Third"))
    return folder


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, models: Path, engine_binary: Callable[[str], Path]
) -> Iterator[Server]:
    settings = {
        "MODELS_DIR": str(models),
        "MODEL_PATH": str(models / "demo-bitnet.gguf"),
        "LLAMA_CLI": str(engine_binary("llama-cli")),
        "MAX_MODELS": "3",
        "KEEP_API_TEXTS": "true",
    }
    folder = tmp_path_factory.mktemp("server")
    user(folder)
    with Server(folder, **settings) as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def generate(api: httpx.Client, **fields: Any) -> httpx.Response:
    return api.post("/generate", json={"prompt": "Hello", "max_tokens": 4, "temperature": 0, "details": True} | fields)


def states(api: httpx.Client) -> dict[str, str]:
    return {model["id"]: model["state"] for model in api.get("/model_info").json()["models"]}


def test_a_request_gets_the_model_that_it_names(api: httpx.Client) -> None:
    assert states(api) == {"demo-bitnet": "loaded", OTHER: "available", BROKEN: "available"}
    answers = [generate(api, model=model).json() for model in (OTHER, "demo-bitnet")]
    assert [answer["model"] for answer in answers] == [OTHER, "demo-bitnet"]
    assert [answer["model_name"] for answer in answers] == ["other · TQ2_0", "BitNet Demo · TQ2_0"]
    assert answers[0]["generated_text"] != answers[1]["generated_text"]
    assert generate(api).json()["model"] == "demo-bitnet"
    assert states(api)[OTHER] == "loaded"
    [loaded] = [model for model in api.get("/model_info").json()["models"] if model["id"] == OTHER]
    assert loaded["size"] > 0
    assert (loaded["file"], loaded["context_length"], loaded["quantization"]) == ("other.gguf", CONTEXT, "TQ2_0")


def test_an_unknown_model_is_not_found_and_the_error_lists_those_that_are_served(api: httpx.Client) -> None:
    for path in ("/generate", "/tokenize"):
        response = api.post(path, json={"prompt": "Hello", "model": "gpt-4o"})
        assert (response.status_code, response.json()["code"]) == (404, "model_not_found")
        assert ", ".join(SERVED) in response.json()["detail"]
    for name in ("", " ", "a\nb", 5, "a" * 300):
        assert "model" in api.post("/generate", json={"prompt": "Hello", "model": name}).json()["fields"]


def test_limits_are_those_of_the_model_whether_it_is_loaded_or_not(api: httpx.Client) -> None:
    refused = generate(api, model=OTHER, context_size=CONTEXT + 1)
    assert f"at most {CONTEXT}" in refused.json()["fields"]["context_size"][0]
    assert generate(api, context_size=CONTEXT + 1).status_code == 200
    refused = generate(api, model=BROKEN, context_size=4096)
    assert "at most 2048" in refused.json()["fields"]["context_size"][0]
    counted = api.post("/tokenize", json={"prompt": "Hello", "model": OTHER}).json()
    assert counted["context_size"] == CONTEXT
    assert counted["prompt_tokens"] > api.post("/tokenize", json={"prompt": "Hello"}).json()["prompt_tokens"]


def test_a_model_that_cannot_be_loaded_fails_its_own_requests(api: httpx.Client) -> None:
    refused = generate(api, model=BROKEN)
    assert (refused.status_code, refused.json()["code"]) == (503, "model_load_failed")
    assert api.get("/health").json()["status"] == "ok"
    assert generate(api).status_code == 200
    [failed] = [model for model in api.get("/model_info").json()["models"] if model["state"] == "failed"]
    assert failed["id"] == BROKEN
    assert BROKEN in failed["failure"]
    assert "/" not in failed["failure"].replace("/admin/", "")  # no path of this machine


def test_openai_clients_choose_a_model(server: Server) -> None:
    with openai_client(server) as client:
        assert [model.id for model in client.models.list()] == SERVED
        assert client.models.retrieve(OTHER).id == OTHER
        options: dict[str, Any] = {"temperature": 0, "extra_body": {"max_tokens": 4}}
        for name, expected in ((OTHER, OTHER), ("demo-bitnet", "demo-bitnet"), ("gpt-4o", "demo-bitnet")):
            assert client.chat.completions.create(model=name, messages=[QUESTION], **options).model == expected
        chunks = list(client.chat.completions.create(model=OTHER, messages=[QUESTION], stream=True, **options))
        assert {chunk.model for chunk in chunks} == {OTHER}
        assert client.completions.create(model=OTHER, prompt="Hello", max_tokens=4).model == OTHER
        assert client.responses.create(model=OTHER, input="Hello", max_output_tokens=4).model == OTHER
        with pytest.raises(openai.NotFoundError, match=OTHER):
            client.chat.completions.create(model="another", messages=[QUESTION])


def test_ollama_clients_choose_a_model(server: Server) -> None:
    with ollama_client(server) as client:
        assert [model.model for model in client.list().models] == [f"{name}:latest" for name in SERVED]
        options = {"num_predict": 4}
        assert client.chat(OTHER, [QUESTION], options=options).model == f"{OTHER}:latest"
        assert client.generate(f"{OTHER}:latest", "Hello", options=options).model == f"{OTHER}:latest"
        running = {model.model: model.context_length for model in client.ps().models}
        assert running == {"demo-bitnet:latest": 2048, f"{OTHER}:latest": CONTEXT}
        shown = client.show(OTHER)
        assert shown.modelinfo
        assert shown.modelinfo["bitnet.context_length"] == CONTEXT
        assert client.generate(OTHER).done_reason == "load"
        with pytest.raises(ollama.ResponseError, match="cannot be loaded"):
            client.generate(BROKEN)


def test_history_and_metrics_tell_models_apart(server: Server, api: httpx.Client) -> None:
    request_id = generate(api, model=OTHER).headers["x-request-id"]

    def recorded() -> list[tuple[str, str]]:
        with closing(sqlite3.connect(server.data_dir / "db.sqlite3")) as database:
            query = "SELECT model, model_name FROM inference_generationrecord WHERE request_id = ?"
            return database.execute(query, [request_id]).fetchall()

    assert until(lambda: bool(recorded()))
    assert recorded() == [(OTHER, "other · TQ2_0")]
    metrics = api.get("/metrics").text
    assert f'bitnet_model_loaded{{model="{OTHER}"}} 1.0' in metrics
    assert f'bitnet_model_loaded{{model="{BROKEN}"}} 0.0' in metrics
    assert f'bitnet_requests_total{{model="{OTHER}",reason="length",source="api"}}' in metrics
    assert f'bitnet_request_errors_total{{code="model_load_failed",model="{BROKEN}"}}' in metrics
    assert "another" not in metrics


def test_a_file_that_is_added_is_served_and_one_that_is_deleted_is_not(
    api: httpx.Client, models: Path, small_model: Callable[..., Path]
) -> None:
    added = models / "added.gguf"
    added.symlink_to(small_model(weights="TQ2_0"))
    assert until(lambda: "added" in states(api))
    assert generate(api, model="added").json()["model"] == "added"
    added.unlink()
    assert until(lambda: "added" not in states(api))
    assert generate(api, model="added").status_code == 404


def test_a_file_that_is_replaced_is_loaded_when_it_is_asked_for(
    api: httpx.Client, models: Path, small_model: Callable[..., Path]
) -> None:
    def context() -> int:
        lengths = {model["id"]: model["context_length"] for model in api.get("/model_info").json()["models"]}
        return lengths.get("replaced", 0)

    file, part = models / "replaced.gguf", models / "replaced.part"
    for length in (CONTEXT, 2 * CONTEXT):
        shutil.copy(small_model(weights="TQ2_0", context_length=length), part)
        part.replace(file)
        assert until(lambda: context() == length)  # noqa: B023 – called in this round only
        assert generate(api, model="replaced").json()["model"] == "replaced"
        assert states(api)["replaced"] == "loaded"
    file.unlink()
    assert until(lambda: "replaced" not in states(api))


def test_the_dashboard_lists_the_models(server: Server) -> None:
    with server.client() as client:
        sign_in(client, "ada")
        shown = client.get("/admin/dashboard/").raise_for_status().text
    table = shown.partition('<table class="models')[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]*>|\s+", " ", row).split() for row in table.split("<tr id=")[1:]]
    assert [row[0].strip('"> ') for row in rows] == ["model-demo-bitnet", f"model-{OTHER}", f"model-{BROKEN}"]
    assert "Loaded" in rows[0]
