"""The engine's configuration from the settings in force and the environment."""

from __future__ import annotations

import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from bitnetsite.env import env
from inference.engine import EngineConfig, ModelInfo, Sampling, ServedModel
from inference.engine.config import LlamaCliConfig, ProcessTimeouts, RemoteConfig
from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import read_model_file
from inference.engine.lock import EngineLock
from inference.provisioning.engine.programs import program_for
from inference.provisioning.models.model_files import ListedModel, ModelFolder
from inference.provisioning.models.model_names import model_id, model_name

from . import configuration
from .configuration import Configuration

DEMO_MODEL = "BitNet Demo"  # what the name of the model that comes with the repository begins with
DEMO_NOTICE = "The demo model answers: good for trying the server, not for facts. For real work, set MODEL_PATH."


def engine_config(prelaunch: int | None = None) -> EngineConfig:
    """Return the configuration in force, with the models that the files on disk allow. Blocking.

    `prelaunch`: see `EngineConfig`.
    """
    in_force = configuration.current()
    return EngineConfig(
        model=model_id(in_force.model, env("MODELS_DIR")) if env("ENGINE_URL") else str(in_force.model),
        models=offered_models(in_force),
        max_models=in_force.max_models,
        chat_template=env("CHAT_TEMPLATE") or None,
        max_threads=in_force.max_threads,
        model_instances=in_force.model_instances,
        prelaunch=prelaunch,
        max_queue=in_force.max_queue,
        max_requests_per_caller=in_force.max_requests_per_caller,
        queue_timeout=in_force.queue_timeout,
        system_prompt=in_force.system_prompt,
        sampling=Sampling(in_force.temperature, in_force.top_p),
        context_size=in_force.context_size,
        **_where_it_runs(in_force.model),
    )


def engine_lock() -> EngineLock:
    """Return the lock to hold while an engine runs on this data folder."""
    return EngineLock(settings.DATA_DIR / "engine.lock", _command_name())


def notice(model: ModelInfo) -> str | None:
    """Return what readers of this model's answers should know, None if there is nothing."""
    return DEMO_NOTICE if model.name.startswith(DEMO_MODEL) else None


def _command_name() -> str:
    """Return this process's command line without folders; of a command's arguments only its name: they are users'."""
    program, *arguments = sys.argv
    path = Path(program)
    name = path.parent.name if path.name == "__main__.py" else path.name
    return " ".join([name, *(arguments[:1] if name == "manage.py" else arguments)])


def _where_it_runs(model: Path) -> dict[str, Any]:
    """Return the part of the configuration that only one engine has."""
    if url := env("ENGINE_URL"):
        return {"remote": RemoteConfig(url, tuple(env("ENGINE_NODES")), env("ENGINE_TOKEN"), env("ENGINE_CA"))}
    return {"llama_cli": _llama_cli_config(model)}


def _llama_cli_config(model: Path) -> LlamaCliConfig:
    return LlamaCliConfig(
        binary=program_for(model),
        cache_folder=settings.DATA_DIR / "prompt_cache",
        extra_arguments=env("LLAMA_ARGS"),
        standby_instances=env("STANDBY_INSTANCES"),
        resident_instances=env("RESIDENT_INSTANCES"),
        resident_idle=env("RESIDENT_IDLE"),
        timeouts=ProcessTimeouts(env("LAUNCH_TIMEOUT"), env("FIRST_TOKEN_TIMEOUT"), env("TOKEN_TIMEOUT")),
    )


def offered_models(in_force: Configuration) -> tuple[ServedModel, ...]:
    """Return the default model and, of the folder's models that are not damaged, those that are offered, by path.

    On a server with engine nodes, whose files are elsewhere: the offered ids, or nothing for all that the nodes have.
    """
    if env("ENGINE_URL"):
        return tuple(ServedModel(identifier, "", "") for identifier in in_force.offered_models)
    folder, path = env("MODELS_DIR"), in_force.model
    default = _served(model_id(path, folder), _name(path), path)
    offered = [
        _served(listed.id, listed.name, folder / listed.file)
        for listed in listed_models()
        if not listed.error and (listed.id in in_force.offered_models or not in_force.offered_models)
    ]
    return (default, *(model for model in offered if model.id != default.id))


def missing_models(in_force: Configuration) -> list[str]:
    """Return the ids of offered models that the models folder does not have, or only damaged."""
    there = {listed.id for listed in listed_models() if not listed.error}
    return [identifier for identifier in in_force.offered_models if identifier not in there]


def listed_models() -> tuple[ListedModel, ...]:
    """Return all models of the folder, damaged ones too."""
    return _folder(env("MODELS_DIR")).read()


@cache
def _folder(path: Path) -> ModelFolder:
    return ModelFolder(path)


def _served(identifier: str, name: str, path: Path) -> ServedModel:
    return ServedModel(identifier, name, str(path), str(program_for(path)))


def _name(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return _read_name(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _read_name(path: Path, _modified: int, _size: int) -> str:
    try:
        return model_name(read_model_file(path), env("MODELS_DIR"))
    except ModelFileError:
        return ""
