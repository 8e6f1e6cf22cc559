"""Configurations of the engine, from one flat list of settings."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from inference.engine import EngineConfig
from inference.engine.config import LlamaCliConfig

OWN = {field.name for field in fields(LlamaCliConfig)}


def engine_config(binary: Path, model: Path, cache_folder: Path, **settings: Any) -> EngineConfig:
    config = EngineConfig(model=str(model), llama_cli=LlamaCliConfig(binary, cache_folder))
    return with_settings(config, **settings)


def with_settings(config: EngineConfig, **settings: Any) -> EngineConfig:
    """Return `config` with these settings, whichever part they belong to."""
    assert config.llama_cli
    own = {name: settings.pop(name) for name in OWN & settings.keys()}
    if "model" in settings:
        settings["model"] = str(settings["model"])
    return replace(config, llama_cli=replace(config.llama_cli, **own), **settings)
