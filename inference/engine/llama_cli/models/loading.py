"""Load models: read a file, open its template, and prove that the binary answers with it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path

from inference.engine.config import EngineConfig, ServedModel
from inference.engine.errors import ChatTemplateError, ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file
from inference.engine.llama_cli.config import LlamaCliConfig
from inference.engine.llama_cli.planner import Plan, Planner
from inference.engine.llama_cli.process.process import Command
from inference.engine.llama_cli.process.prompt_cache import PromptCache
from inference.engine.llama_cli.scheduling.leases import Team
from inference.engine.prompts.renderer import Renderer, Renderers
from inference.engine.prompts.thoughts import TAGS
from inference.engine.types import GenerationRequest, Message

from . import openmp
from .files import EngineFiles
from .probe import Proof
from .program import Program, find_program
from .runtime import ModelRuntime

log = logging.getLogger(__name__)

Prove = Callable[[Command, Plan], Awaitable[Proof]]


class NotProved(Exception):
    """A runtime cannot be made from what is known, without another proof."""


async def load_runtime(
    config: EngineConfig,
    served: ServedModel,
    team: Team,
    prove: Prove,
    renderers: Renderers,
    known: Iterable[ModelRuntime] = (),
) -> ModelRuntime:
    """Read a model, and have `prove` check that it answers. `team`: cores and threads of a process.

    What one of the `known` runtimes has read and proved is not repeated. Raise ModelFileError, or LaunchError from
    `prove`. Templates that are no longer used are left to the caller, in `renderers`.
    """
    own, program, path = own_config(config), await _program(config, served), Path(served.path)
    movable = program.threads_sleep and team.threads > team.cores
    threads = team.threads if movable else team.cores
    files = EngineFiles.read(program.path, path, own.extra_arguments)
    engine = _engine_digest(served, own, files)
    before = next((runtime for runtime in known if runtime.engine == engine), None)
    model = before.model if before else await asyncio.to_thread(read_model_file, path)
    special_tokens = model.control_tokens | model.end_tokens
    pre = ("--override-kv", f"tokenizer.ggml.pre=str:{model.missing_pre}") if model.missing_pre else ()
    extra = (*program.arguments, *pre, *own.extra_arguments)
    command = Command(
        llama_cli=program.path,
        model=path,
        extra_arguments=extra,
        control_tokens=frozenset(token.encode() for token in special_tokens - TAGS),
        timeouts=own.timeouts,
        environment=openmp.environment(program.openmp, own_cores=not movable),
    )
    template = before.template if before else await _open_template(renderers, model, served.chat_template)
    planner = Planner(model, template, threads, engine)
    default = await _default_plan(config, model, planner)
    if before and default.profile.context_size <= before.proof.context_size:
        proof = before.proof
    else:
        proof = await prove(command, default)
    if proof.adds_bos != model.adds_bos:  # the binary is right: extra arguments can override the file
        model = replace(model, adds_bos=proof.adds_bos)
        template = await _open_template(renderers, model, served.chat_template)
        planner = Planner(model, template, threads, engine)
        default = await _default_plan(config, model, planner)
    if changed := files.replaced():
        raise ModelFileError(f"{' and '.join(changed)} changed while it was loaded. Try again once it is complete.")
    return ModelRuntime(
        served=served,
        engine=engine,
        files=files,
        model=model,
        template=template,
        planner=planner,
        command=command,
        cache=PromptCache(own.cache_folder, program.path, path, extra, sorted(special_tokens)),
        default_profile=default.profile,
        proof=proof,
        movable=movable,
    )


async def reload_runtime(
    runtime: ModelRuntime, config: EngineConfig, served: ServedModel, team: Team, renderers: Renderers
) -> ModelRuntime | None:
    """Return a loaded model's runtime under another configuration; None if it would have to be proved again."""
    own = own_config(config)
    program = await _program(config, served)
    files = EngineFiles.read(program.path, Path(served.path), own.extra_arguments)
    if _engine_digest(served, own, files) != runtime.engine:
        return None
    try:
        return await load_runtime(config, served, team, _refuse_proof, renderers, [runtime])
    except (NotProved, ModelFileError):
        return None


def own_config(config: EngineConfig) -> LlamaCliConfig:
    """Return the part of the configuration that is this engine's."""
    if config.llama_cli is None:
        raise ValueError("the configuration is not one of llama-cli")
    return config.llama_cli


async def _program(config: EngineConfig, served: ServedModel) -> Program:
    binary = Path(served.llama_cli) if served.llama_cli else own_config(config).binary
    finding = asyncio.ensure_future(asyncio.to_thread(find_program, binary))
    try:
        return await asyncio.shield(finding)
    finally:  # a cancelled load leaves no program that still prints its help
        await asyncio.wait([finding])


async def _refuse_proof(command: Command, plan: Plan) -> Proof:
    raise NotProved


def _engine_digest(served: ServedModel, own: LlamaCliConfig, files: EngineFiles) -> str:
    parts = [f"{path.resolve()}:{state}" for path, state in zip(files.paths, files.states, strict=True)]
    parts += [served.chat_template or "", *own.extra_arguments]
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
