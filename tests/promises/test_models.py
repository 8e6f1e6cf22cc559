"""Model files that are damaged, removed and replaced under a server that goes on with another one."""

from __future__ import annotations

import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.engine_processes import SOAK
from tests.server import DEMO_MODEL, PATIENCE, Server, tracebacks, until

from .report import Proof

FILES = 200 if SOAK else 8
AT_ONCE = min(FILES, 20)  # files in the folder
TYPED = {400, 404, 501, 502, 503, 504}  # errors that name their reason; never 500


def damage(whole: bytes, rng: random.Random) -> bytes:
    """Change, cut or repeat some bytes, most of them in the header."""
    data = bytearray(whole)
    header = data.index(b"output_norm.weight") + 64
    for _ in range(rng.randrange(1, 4)):
        where = rng.randrange(header if rng.random() < 0.8 else len(data))
        match rng.randrange(4):
            case 0:
                data[where] ^= 1 << rng.randrange(8)
            case 1:
                data[where : where + 8] = rng.choice([b"\xff" * 8, bytes(8), rng.randbytes(8)])
            case 2:
                del data[where : where + rng.randrange(1, 200)]
            case _:
                data[where:where] = data[where : where + rng.randrange(1, 200)]
    return bytes(data if rng.random() < 0.9 else data[: rng.randrange(len(data))])


@pytest.mark.promise(32)
def test_damaged_models_are_refused_or_answer_and_harm_no_other_request(
    tmp_path: Path,
    small_model: Callable[..., Path],
    engine_binary: Callable[[str], Path],
    rng: random.Random,
    proof: Proof,
) -> None:
    whole = small_model(weights="TQ2_0", layers=1).read_bytes()
    models = tmp_path / "models"
    models.mkdir()
    default = shutil.copy(DEMO_MODEL, models)
    settings = {"MODELS_DIR": str(models), "MODEL_PATH": str(default), "LLAMA_CLI": str(engine_binary("llama-cli"))}
    outcomes: Counter[str] = Counter()
    ending, wrong, answered = threading.Event(), list[str](), 0
    body = {"prompt": "Hello", "max_tokens": 4}

    def ask_the_default_one(server: Server) -> None:
        nonlocal answered
        with server.client() as client:
            while not ending.wait(0.2):  # the pace of this client
                answer = client.post("/generate", json=body)
                answered += answer.status_code == 200
                if answer.status_code != 200:
                    wrong.append(answer.text)

    with Server(tmp_path, **settings, MAX_MODELS="2") as server, server.client() as api:
        server.wait_for_health()
        other = threading.Thread(target=ask_the_default_one, args=(server,))
        other.start()
        try:
            for number in range(FILES // AT_ONCE):
                names = [f"damaged-{number}-{each}" for each in range(AT_ONCE)]
                for name in names:
                    (models / f"{name}.gguf").write_bytes(damage(whole, rng))
                (models / f"whole-{number}.gguf").write_bytes(whole)  # the last: once it is served, the others are too
                assert until(lambda: f"whole-{number}" in served(api))  # noqa: B023 – called in this round only
                for name in names:
                    outcomes[outcome(api.post("/generate", json=body | {"model": name}))] += 1
                    (models / f"{name}.gguf").unlink()
                (models / f"whole-{number}.gguf").unlink()
        finally:
            ending.set()
            other.join(PATIENCE)
        assert api.post("/generate", json=body).status_code == 200
        assert tracebacks(server.log) == []
    assert wrong == []
    assert set(outcomes) <= {"answered", "refused"}, outcomes
    assert outcomes.total() == FILES
    proof(
        f"model files with damaged headers and weights asked for: {outcomes['answered']} still answered, the others "
        "were refused with the reason",
        times=FILES,
    )
    proof("answers of another model meanwhile", times=answered, lost=len(wrong))


def served(api: httpx.Client) -> set[str]:
    return {model["id"] for model in api.get("/model_info").json()["models"]}


def outcome(answer: httpx.Response) -> str:
    if answer.status_code == 200:
        return "answered"
    body = answer.json()
    return "refused" if answer.status_code in TYPED and body["code"] and body["detail"] else answer.text
