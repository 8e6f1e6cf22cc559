"""What a change of the configuration shows to operators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.inference.engine.configs import engine_config


def test_changes_name_files_without_folders_and_never_show_texts() -> None:
    before = engine_config(Path("/bin/llama-cli"), Path("/models/a.gguf"), Path("/cache"))
    after = replace(before, model="/models/b.gguf", system_prompt="My secret", max_threads=2)
    assert after.changes(before) == "model: a.gguf → b.gguf; max_threads: 4 → 2; system_prompt"
