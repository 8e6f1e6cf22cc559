"""Everything that follows from binary, model and configuration; replaced as a whole when those change."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from inference.engine.config import EngineConfig
from inference.engine.errors import ContextTooLarge
from inference.engine.gguf.header import ModelFile, read_model_file
from inference.engine.llama_cli.process.process import Command
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.process.prompt_cache import PromptCache, file_identity
from inference.engine.llama_cli.scheduling.slots import Limits
from inference.engine.types import GenerationRequest, Message

from .planner import Plan, Planner
from .probe import Proof

Prove = Callable[[Command, Plan], Awaitable[Proof]]


@dataclass(frozen=True, eq=False)
class Loaded:
    """What requests are planned with and processes launched with, until the next change.

    `engine`: tells binary, model, arguments and template from others; it stands in every profile. `revision`: of the
    configuration, from 1. `likely`: what new conversations most likely ask for.
    """

    revision: int
    engine: str
    model: ModelFile
    planner: Planner
    command: Command
    cache: PromptCache
    likely: Profile
    proof: Proof

    def adapt(self, request: GenerationRequest, before: Loaded) -> GenerationRequest:
        """A request that was made for `before`. The default context of then becomes that of now.

        Raises ContextTooLarge where it asked for a context of its own, which this model does not have.
        """
        if request.context_size == before.likely.context_size:
            return replace(request, context_size=self.likely.context_size)
        if request.context_size > self.model.context_length:
            raise ContextTooLarge(
                f"This request asked for a context of {request.context_size} tokens, but while it waited the model was "
                f"changed for {self.model.path.name}, which holds {self.model.context_length}. Ask again with a "
                "smaller context_size."
            )
        return request


async def load(config: EngineConfig, team: int, prove: Prove, before: Loaded | None = None) -> Loaded:
    """Read the model, and have `prove` show that it works; neither where `before` has shown it. `team`: threads.

    Raises ModelFileError, or LaunchError from `prove`.
    """
    engine = _engine(config)
    known = before if before and before.engine == engine else None
    model = known.model if known else await asyncio.to_thread(read_model_file, config.model)
    ends = model.control_tokens | model.end_tokens
    pre = ("--override-kv", f"tokenizer.ggml.pre=str:{model.missing_pre}") if model.missing_pre else ()
    extra = (*pre, *config.extra_arguments)
    command = Command(
        llama_cli=config.llama_cli,
        model=config.model,
        extra_arguments=extra,
        control_tokens=frozenset(token.encode() for token in ends),
        timeouts=config.timeouts,
    )
    planner = Planner(model, config.chat_template, team, engine)
    likely = _likely(config, model, planner)
    if known and likely.profile.context_size <= known.proof.context_size:
        proof = known.proof
    else:
        proof = await prove(command, likely)
    if proof.adds_bos != model.adds_bos:  # the binary is right: LLAMA_ARGS can change what the file says
        model = replace(model, adds_bos=proof.adds_bos)
        planner = Planner(model, config.chat_template, team, engine)
        likely = _likely(config, model, planner)
    return Loaded(
        revision=before.revision + 1 if before else 1,
        engine=engine,
        model=model,
        planner=planner,
        command=command,
        cache=PromptCache(config.cache_folder, config.llama_cli, config.model, extra, sorted(ends)),
        likely=likely.profile,
        proof=proof,
    )


def limits(config: EngineConfig, loaded: Loaded, cores: int, team: int) -> Limits:
    """What the scheduler goes by."""
    residents = config.resident_instances
    return Limits(
        cores=cores,
        places=min(config.model_instances, cores // team),
        team=team,
        standbys=config.standby_instances,
        residents=loaded.proof.residents if residents is None else residents,
        queue=config.max_queue,
        owner_share=config.owner_share,
        resident_idle=config.resident_idle,
    )


def _engine(config: EngineConfig) -> str:
    """Files by path, size and time, so that a replaced one counts as another."""
    parts = [file_identity(config.llama_cli), file_identity(config.model), config.chat_template or ""]
    return hashlib.sha256("\0".join([*parts, *config.extra_arguments]).encode()).hexdigest()[:16]


def _likely(config: EngineConfig, model: ModelFile, planner: Planner) -> Plan:
    system = (Message("system", config.system_prompt),) if config.system_prompt else ()
    request = GenerationRequest(
        messages=(*system, Message("user", "Hello")),
        sampling=replace(config.sampling, seed=None),
        context_size=min(config.context_size, model.context_length),
    )
    return planner.plan(replace(request, messages=(), prompt="Hello") if planner.template_error else request)
