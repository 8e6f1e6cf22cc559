"""Secrets: the signing key, and what other users of the machine can see."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.commands import api_key, manage, user
from tests.inference.keys.test_keys import bearer
from tests.server import Server


def test_the_signing_key_is_created_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    def key() -> str:
        return shell(folder, "from django.conf import settings as s; print(s.SECRET_KEY)")

    assert key() == key()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path = folder / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) >= 50
    assert path.read_text() == key()
    path.write_text("")  # as after an interrupted start
    assert len(key()) >= 50
    assert path.read_text() == key()


@pytest.mark.promise(30)
def test_prompts_keys_and_secrets_are_in_no_log_and_no_process(tmp_path: Path, engine_binary: Any) -> None:
    """With the real llama-cli, which could expose them."""
    engine_binary("llama-cli")
    user(tmp_path)
    key = api_key(tmp_path)
    words = {name: f"planted{number}secret" for number, name in enumerate(("prompt", "system", "turn", "raw", "stop"))}
    environment = {
        "SECRET_KEY": "plantedsigningkey" * 4,
        "DJANGO_SUPERUSER_PASSWORD": "plantedpassword",
        "HF_TOKEN": "plantedtoken",
        "AWS_SECRET_ACCESS_KEY": "plantedforeign",
    }
    turns = [("user", words["turn"]), ("assistant", words["turn"]), ("user", words["prompt"])]
    bodies: list[dict[str, Any]] = [
        {"prompt": words["prompt"], "system_prompt": words["system"], "stop": [words["stop"]]},
        {"messages": [{"role": role, "content": text} for role, text in turns], "system_prompt": words["system"]},
        {"prompt": words["raw"], "conversation_mode": False},
        {"prompt": words["prompt"], "temperature": "hot", words["raw"]: 1},
    ]
    seen: set[int] = set()
    with Server(tmp_path, **environment) as server, server.client() as client:
        server.wait_for_health()
        for body in bodies:
            streaming = {"stream": True, "max_tokens": 40} if "temperature" not in body else {}
            with client.stream("POST", "/generate", json=body | streaming, headers=bearer(key)) as answer:
                for _ in answer.iter_text():
                    for pid in server.children():
                        shown = shown_by(pid)
                        seen.add(pid)
                        assert "planted" not in shown, shown
                        assert key not in shown
        refused = client.post("/generate", json=bodies[0], headers=bearer(key[:-3] + "abc"))
        assert refused.status_code == 401
        log = server.log
    assert seen
    assert "planted" not in log
    assert key[13:] not in log
    assert key[13:-3] not in log


def shown_by(pid: int) -> str:
    """Return the arguments and the environment of a process, which other users or the operator can see."""
    texts = []
    for name in ("cmdline", "environ"):
        try:
            texts.append(Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            texts.append("")
    return "\n".join(texts)


def shell(data_dir: Path, code: str) -> str:
    """Return what the code prints in the project's shell."""
    return manage(data_dir, "shell", "--no-imports", "-c", code).strip()
