"""Everything that follows from a model, its binary and the configuration, which is replaced as a whole."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from inference.engine.config import ServedModel
from inference.engine.errors import ChatTemplateError, ContextTooLarge
from inference.engine.gguf.header import ModelFile
from inference.engine.llama_cli.planner import Planner
from inference.engine.llama_cli.process.process import Command
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.process.prompt_cache import PromptCache
from inference.engine.prompts.renderer import Renderer
from inference.engine.status import ModelInfo, ModelState
from inference.engine.types import GenerationRequest

from .files import EngineFiles
from .headers import model_info, model_name
from .probe import Proof


@dataclass(frozen=True, eq=False)
class ModelRuntime:
    """Everything for planning requests and launching processes of one model, under one configuration.

    `engine`: digest of binary, model, arguments and template; it stands in every profile. `files`: what `engine`
    identifies them by. `template`: an error if the model cannot chat. `default_profile`: what new conversations most
    likely ask for. `movable`: its processes have more threads than cores of their own, and use free ones.
    """

    served: ServedModel
    engine: str
    files: EngineFiles
    model: ModelFile
    template: Renderer | ChatTemplateError
    planner: Planner
    command: Command
    cache: PromptCache
    default_profile: Profile
    proof: Proof
    movable: bool

    @property
    def name(self) -> str:
        """Return the model's name for people."""
        return model_name(self.served, self.model)

    @property
    def info(self) -> ModelInfo:
        """Return what is reported of the model."""
        info = model_info(self.served, self.model, ModelState.LOADED)
        if isinstance(self.template, ChatTemplateError):
            return replace(info, cannot_chat=str(self.template))
        return replace(info, can_think=self.template.can_think)

    def adapt(self, request: GenerationRequest, default_contexts: Container[int]) -> GenerationRequest:
        """Return a request as it is made for this model.

        A context of one of the sizes that were the default when the request was made becomes the model's own default.
        Raise ContextTooLarge if the request asks for a context that the model does not have.
        """
        if request.context_size in default_contexts:
            return replace(request, context_size=self.default_profile.context_size)
        if request.context_size > self.model.context_length:
            raise ContextTooLarge(
                f"This request asks for a context of {request.context_size} tokens. The model that answers it, "
                f"{self.name}, has {self.model.context_length}. Send the request again with a smaller context."
            )
        return request
