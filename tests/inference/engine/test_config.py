"""Which models a configuration serves, and what a change of it shows to operators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine import ServedModel
from inference.engine.errors import UnknownModel
from tests.inference.engine.configs import engine_config

CONFIG = engine_config(Path("/bin/llama-cli"), Path("/models/a.gguf"), Path("/cache"))
A, B = ServedModel("a", "A", "/models/a.gguf"), ServedModel("b", "B", "/models/b.gguf")


def test_changes_name_files_without_folders_and_never_show_texts() -> None:
    after = replace(CONFIG, model="/models/b.gguf", system_prompt="My secret", max_threads=2, models=(A, B))
    assert after.changes(CONFIG) == "model: a.gguf → b.gguf; models: none → a, b; max_threads: 4 → 2; system_prompt"


def test_the_default_model_comes_first_and_is_known_by_its_path() -> None:
    config = replace(CONFIG, models=(B, A), chat_template="template")
    assert config.served_models == (replace(A, chat_template="template"), B)
    assert config.served_model("") == config.served_model("a") == config.default_model
    assert config.served_model("b") == B


@pytest.mark.parametrize("file", ["other.gguf", "other-00001-of-00003.gguf"])
def test_a_default_model_that_is_not_listed_is_served_by_the_name_of_its_file(file: str) -> None:
    config = replace(CONFIG, model=f"/elsewhere/{file}", models=(A, B))
    assert [served.id for served in config.served_models] == ["other", "a", "b"]


def test_a_model_that_is_not_served_is_refused_with_those_that_are() -> None:
    models = tuple(ServedModel(f"m{number:02}", "", f"/models/{number}.gguf") for number in range(20))
    with pytest.raises(UnknownModel, match=r"The model c does not exist\. Expected one of: a, m00, .*, m08 …\."):
        replace(CONFIG, models=models).served_model("c")
