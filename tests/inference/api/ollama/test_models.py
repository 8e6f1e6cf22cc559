"""What clients ask about models and server before they chat, through Ollama's own client and a real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import ollama
import pytest

from tests.server import DEMO_MODEL

MODEL = "demo-bitnet:latest"


def test_the_models_can_be_listed(client: ollama.Client, api: httpx.Client) -> None:
    [model] = client.list().models
    assert (model.model, model.size) == (MODEL, DEMO_MODEL.stat().st_size)
    assert model.modified_at and model.modified_at.tzinfo
    assert model.digest and len(model.digest) == 64
    assert model.details
    assert (model.details.format, model.details.family, model.details.parameter_size) == ("gguf", "bitnet", "5.65M")
    [listed] = api.get("/api/tags").json()["models"]
    assert listed["name"] == MODEL
    assert api.head("/api/tags").status_code == 200


def test_the_models_in_memory_can_be_listed(client: ollama.Client) -> None:
    [model] = client.ps().models
    assert (model.model, model.name, model.size_vram, model.context_length) == (MODEL, MODEL, 0, 2048)
    assert model.expires_at and model.expires_at > datetime.now(UTC) + timedelta(days=365)
    assert model.digest == client.list().models[0].digest


@pytest.mark.parametrize("name", [MODEL, "demo-bitnet"])
def test_a_model_can_be_shown(client: ollama.Client, name: str) -> None:
    shown = client.show(name)
    assert shown.capabilities == ["completion"]
    assert shown.modelinfo
    assert shown.modelinfo["general.architecture"] == "bitnet"
    assert shown.modelinfo["bitnet.context_length"] == 2048
    assert shown.parameters
    assert dict(line.split() for line in shown.parameters.splitlines())["num_ctx"] == "2048"


def test_a_model_that_is_not_served_is_not_found(client: ollama.Client) -> None:
    for ask in (client.show, client.pull, client.generate, client.chat):
        with pytest.raises(ollama.ResponseError, match=r"llama3.*demo-bitnet") as raised:
            ask("llama3")
        assert raised.value.status_code == 404


@pytest.mark.parametrize("name", ["default", "gpt-4o:latest"])
def test_names_that_clients_come_with_mean_the_default_model(client: ollama.Client, name: str) -> None:
    assert client.generate(name, "Hello", options={"num_predict": 1}).model == MODEL


def test_a_served_model_need_not_be_pulled(client: ollama.Client) -> None:
    assert client.pull(MODEL).status == "success"
    assert [line.status for line in client.pull("demo-bitnet", stream=True)] == ["success"]


def test_what_is_not_offered_says_so(client: ollama.Client) -> None:
    for ask in (
        lambda: client.embed(MODEL, "Hello"),
        lambda: client.embeddings(MODEL, "Hello"),
        lambda: client.delete(MODEL),
        lambda: client.copy(MODEL, "other"),
        lambda: client.push(MODEL),
        lambda: client.create("other", from_=MODEL),
    ):
        with pytest.raises(ollama.ResponseError, match="This server") as raised:
            ask()
        assert raised.value.status_code == 501


def test_probes_find_a_server(api: httpx.Client) -> None:
    assert int(api.get("/api/version").json()["version"].split(".")[1]) >= 6
    probe = api.head("/", headers={"cookie": ""})
    assert (probe.status_code, "sessionid" in probe.headers.get("set-cookie", "")) == (200, False)
    assert "<html" in api.get("/").text
