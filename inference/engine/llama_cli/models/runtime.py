"""Everything that follows from binary, model and configuration; a reconfiguration replaces it as a whole."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from inference.engine.config import EngineConfig, ServedModel
from inference.engine.errors import ChatTemplateError, ContextTooLarge, ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file
from inference.engine.gguf.shards import model_stem
from inference.engine.llama_cli.config import LlamaCliConfig
from inference.engine.llama_cli.planner import Plan, Planner
from inference.engine.llama_cli.process.process import Command
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.process.prompt_cache import PromptCache
from inference.engine.llama_cli.scheduling.slots import Limits
from inference.engine.prompts.renderer import Renderer, Renderers
from inference.engine.prompts.thoughts import TAGS
from inference.engine.status import ModelInfo, ModelState
from inference.engine.types import GenerationRequest, Message

from .files import EngineFiles
from .probe import Proof
from .program import find_program

log = logging.getLogger(__name__)

Prove = Callable[[Command, Plan], Awaitable[Proof]]


@dataclass(frozen=True, eq=False)
class ModelRuntime:
    """Everything for planning requests and launching processes, until the next reconfiguration.

    `served`: what it was loaded for. `engine`: digest of binary, model, arguments and template; it stands in every
    profile. `revision`: of the configuration, from 1. `files`: what `engine` identifies them by. `template`: an error
    if the model cannot chat. `renderers`: of the engine. `default_profile`: what new conversations most likely ask for.
    """

    served: ServedModel
    revision: int
    engine: str
    files: EngineFiles
    model: ModelFile
    template: Renderer | ChatTemplateError
    renderers: Renderers
    planner: Planner
    command: Command
    cache: PromptCache
    default_profile: Profile
    proof: Proof

    @property
    def cannot_chat(self) -> str:
        """Return why the model cannot chat; empty if it can."""
        return str(self.template) if isinstance(self.template, ChatTemplateError) else ""

    @property
    def name(self) -> str:
        """Return the model's name for people."""
        return self.served.name or self.model.name or model_stem(self.model.path)

    @property
    def info(self) -> ModelInfo:
        """Return what is reported of the model."""
        model = self.model
        return ModelInfo(
            id=self.served.id,
            name=self.name,
            state=ModelState.LOADED,
            description=model.description,
            file=model.path.name,
            size=model.size,
            modified=model.modified,
            architecture=model.architecture,
            parameter_count=model.parameter_count,
            quantization=model.quantization,
            context_length=model.context_length,
            vocabulary_size=model.vocabulary_size,
            cannot_chat=self.cannot_chat,
            can_think=isinstance(self.template, Renderer) and self.template.can_think,
        )

    def adapt(self, request: GenerationRequest, before: ModelRuntime) -> GenerationRequest:
        """Return a request that was made for `before` as it is made for this runtime.

        The default context of then becomes the default context of now. Raise ContextTooLarge if the request asked for a
        context of its own that this model does not have.
        """
        if request.context_size == before.default_profile.context_size:
            return replace(request, context_size=self.default_profile.context_size)
        if request.context_size > self.model.context_length:
            raise ContextTooLarge(
                f"This request asked for a context of {request.context_size} tokens. While it waited, the model was "
                f"replaced by {self.model.path.name}, which has {self.model.context_length}. Send the request again "
                "with a smaller context."
            )
        return request


async def load_runtime(
    config: EngineConfig, team: int, prove: Prove, before: ModelRuntime | None = None
) -> ModelRuntime:
    """Read the model, and have `prove` check that it answers. `team`: threads of a process.

    What `before` has read and proved is not repeated. Raise ModelFileError, or LaunchError from `prove`.
    """
    renderers = before.renderers if before else Renderers()
    try:
        runtime = await _load_runtime(config, team, prove, renderers, before)
    except BaseException:
        await renderers.keep_only(before.template if before else None)
        raise
    return runtime


async def _load_runtime(
    config: EngineConfig, team: int, prove: Prove, renderers: Renderers, before: ModelRuntime | None
) -> ModelRuntime:
    own = own_config(config)
    program = await asyncio.to_thread(find_program, own.binary)
    files = EngineFiles.read(program.path, Path(config.model), own.extra_arguments)
    engine = _engine_digest(config, own, files)
    known = before if before and before.engine == engine else None
    model = known.model if known else await asyncio.to_thread(read_model_file, Path(config.model))
    special_tokens = model.control_tokens | model.end_tokens
    pre = ("--override-kv", f"tokenizer.ggml.pre=str:{model.missing_pre}") if model.missing_pre else ()
    extra = (*program.arguments, *pre, *own.extra_arguments)
    command = Command(
        llama_cli=program.path,
        model=Path(config.model),
        extra_arguments=extra,
        control_tokens=frozenset(token.encode() for token in special_tokens - TAGS),
        timeouts=own.timeouts,
    )
    template = known.template if known else await _open_template(renderers, model, config.chat_template)
    planner = Planner(model, template, team, engine, resets_grammar=program.resets_grammar)
    default = await _default_plan(config, model, planner)
    if known and default.profile.context_size <= known.proof.context_size:
        proof = known.proof
    else:
        proof = await prove(command, default)
    if proof.adds_bos != model.adds_bos:  # the binary is right: extra arguments can override the file
        model = replace(model, adds_bos=proof.adds_bos)
        template = await _open_template(renderers, model, config.chat_template)
        planner = Planner(model, template, team, engine, resets_grammar=program.resets_grammar)
        default = await _default_plan(config, model, planner)
    if changed := files.replaced():
        raise ModelFileError(f"{' and '.join(changed)} changed while it was loaded. Try again once it is complete.")
    return ModelRuntime(
        served=config.default_model,
        revision=before.revision + 1 if before else 1,
        engine=engine,
        files=files,
        model=model,
        template=template,
        renderers=renderers,
        planner=planner,
        command=command,
        cache=PromptCache(own.cache_folder, program.path, Path(config.model), extra, sorted(special_tokens)),
        default_profile=default.profile,
        proof=proof,
    )


def scheduler_limits(config: EngineConfig, runtime: ModelRuntime, cores: int, team: int) -> Limits:
    """Return the scheduler's limits under a configuration."""
    own = own_config(config)
    return Limits(
        cores=cores,
        places=min(config.model_instances, cores // team),
        team=team,
        standbys=own.standby_instances if config.prelaunch is None else config.prelaunch,
        residents=runtime.proof.residents if own.resident_instances is None else own.resident_instances,
        queue=config.max_queue,
        per_caller=config.max_requests_per_caller,
        resident_idle=own.resident_idle,
    )


def own_config(config: EngineConfig) -> LlamaCliConfig:
    """Return the part of the configuration that is this engine's."""
    if config.llama_cli is None:
        raise ValueError("the configuration is not one of llama-cli")
    return config.llama_cli


def _engine_digest(config: EngineConfig, own: LlamaCliConfig, files: EngineFiles) -> str:
    parts = [f"{path.resolve()}:{state}" for path, state in zip(files.paths, files.states, strict=True)]
    parts += [config.chat_template or "", *own.extra_arguments]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


async def _open_template(renderers: Renderers, model: ModelFile, override: str | None) -> Renderer | ChatTemplateError:
    try:
        return await renderers.open(model, override)
    except ChatTemplateError as error:
        log.warning("%s completes texts, but cannot chat. %s", model.path.name, error)
        return error


async def _default_plan(config: EngineConfig, model: ModelFile, planner: Planner) -> Plan:
    system = (Message("system", config.system_prompt),) if config.system_prompt else ()
    request = GenerationRequest(
        messages=(*system, Message("user", "Hello")),
        sampling=replace(config.sampling, seed=None),
        context_size=min(config.context_size, model.context_length),
    )
    return await planner.plan(request if planner.can_chat else replace(request, messages=(), prompt="Hello"))
