"""The engine's configuration from the settings in force and the environment."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings

from bitnetsite.env import env
from inference.engine import EngineConfig, ModelInfo, Sampling
from inference.engine.config import LlamaCliConfig, ProcessTimeouts
from inference.engine.lock import EngineLock
from inference.provisioning.engine.programs import program_for

from . import configuration

DEMO_MODEL = "BitNet Demo"  # general.name of the model that comes with the repository
DEMO_NOTICE = "The demo model answers: good for trying the server, not for facts. For real work, set MODEL_PATH."


def engine_config(prelaunch: int | None = None) -> EngineConfig:
    """Return the configuration in force. `prelaunch`: see `EngineConfig`."""
    in_force = configuration.current()
    return EngineConfig(
        model=str(in_force.model),
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
        llama_cli=_llama_cli_config(in_force.model),
    )


def engine_lock() -> EngineLock:
    """Return the lock to hold while an engine runs on this data folder."""
    return EngineLock(settings.DATA_DIR / "engine.lock", _command_name())


def notice(model: ModelInfo) -> str | None:
    """Return what readers of this model's answers should know, None if there is nothing."""
    return DEMO_NOTICE if model.name == DEMO_MODEL else None


def _command_name() -> str:
    """Return this process's command line without folders; of a command's arguments only its name: they are users'."""
    program, *arguments = sys.argv
    path = Path(program)
    name = path.parent.name if path.name == "__main__.py" else path.name
    return " ".join([name, *(arguments[:1] if name == "manage.py" else arguments)])


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
