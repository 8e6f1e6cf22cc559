"""The configuration of engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path

from .errors import UnknownModel
from .gguf.shards import model_stem
from .llama_cli.config import LlamaCliConfig, ProcessTimeouts
from .remote.config import RemoteConfig
from .types import Sampling

__all__ = ["EngineConfig", "LlamaCliConfig", "ProcessTimeouts", "RemoteConfig", "ServedModel"]

TEXT_FIELDS = {"system_prompt", "chat_template"}
PATH_FIELDS = {"model"}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that requests may ask for. `id`: what they name it by. `name`: for people; empty for the file's own.

    `path`: of a GGUF file, resolved where the engine runs. `llama_cli`: the program that runs it, None for the engine's
    own setting. `chat_template`: replaces the file's.
    """

    id: str
    name: str
    path: str
    llama_cli: str | None = None
    chat_template: str | None = None


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """The configuration of an engine; `Engine.reconfigure` replaces it while the engine runs.

    `model`: path of the default model's file, resolved where the engine runs; its id where that is on other machines.
    `models`: those that may be asked for; the default may be among them. `max_models`: loaded at once, None for as many
    as the free memory allows.
    `chat_template`: replaces that of the default model. `model_instances`: concurrent answers. `prelaunch`:
    workers kept ready for new conversations, None for the engine's own setting. `max_requests_per_caller`: waiting and
    running requests of one caller, None for no limit but the queue's. `queue_timeout`: seconds. `system_prompt`,
    `sampling`, `context_size`: what new conversations most likely ask for; the engine prepares for it.

    One of the last fields is set, for the engine to use; `factory.make_engine` chooses by it.
    """

    model: str
    models: tuple[ServedModel, ...] = ()
    max_models: int | None = None
    chat_template: str | None = None
    max_threads: int = 4
    model_instances: int = 1
    prelaunch: int | None = None
    max_queue: int = 64
    max_requests_per_caller: int | None = None
    queue_timeout: float = 120.0
    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_size: int = 2048
    llama_cli: LlamaCliConfig | None = None
    remote: RemoteConfig | None = None

    @property
    def default_model(self) -> ServedModel:
        """Return the model that answers requests which name none."""
        if self.remote:
            return next((each for each in self.models if each.id == self.model), ServedModel(self.model, "", ""))
        path = Path(self.model)
        listed = next((served for served in self.models if Path(served.path) == path), None)
        default = listed or ServedModel(model_stem(path), "", self.model)
        return replace(default, chat_template=default.chat_template or self.chat_template)

    @property
    def served_models(self) -> tuple[ServedModel, ...]:
        """Return all models that may be asked for: the default, then the others by id."""
        default = self.default_model
        others = {served.id: served for served in self.models if served.id != default.id}
        return (default, *(others[each] for each in sorted(others)))

    def served_model(self, model: str) -> ServedModel:
        """Return the model with this id; an empty one means the default. Raise UnknownModel."""
        models = self.served_models
        found = next((served for served in models if served.id == model), None) if model else models[0]
        if found is None:
            raise UnknownModel(model, [served.id for served in models])
        return found

    def changes(self, before: EngineConfig) -> str:
        """Return what differs from `before`, for operators: `max_threads: 4 → 2`. Texts are named, not shown."""
        return "; ".join(_changes(before, self)) or "Nothing changed"


def _changes(before: object, after: object) -> list[str]:
    changes = []
    for each in fields(after):  # type: ignore[arg-type]  # both are dataclasses
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old == new:
            continue
        if is_dataclass(old) and type(old) is type(new) and each.name == "llama_cli":
            changes += _changes(old, new)
        elif each.name == "models":
            changes.append(f"models: {_ids(old)} → {_ids(new)}")
        else:
            if each.name in PATH_FIELDS:
                old, new = Path(old), Path(new)
            changes.append(each.name if each.name in TEXT_FIELDS else f"{each.name}: {_shown(old)} → {_shown(new)}")
    return changes


def _ids(models: Sequence[ServedModel]) -> str:
    return ", ".join(served.id for served in models) or "none"


def _shown(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)
