"""The transcripts that the processes of a pool hold, kept so that other processes can replay them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inference.engine.errors import EngineError
from inference.engine.llama_cli.models.loaded import LoadedModels
from inference.engine.llama_cli.models.runtime import ModelRuntime
from inference.engine.llama_cli.planner import Plan
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.types import FinishReason

from .request import Request


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation up to the end of an answer. `plan` was made for `runtime`."""

    plan: Plan
    text: str
    reasoning: str
    runtime: ModelRuntime

    @classmethod
    def of(cls, request: Request) -> Transcript:
        return cls(request.plan, request.text, request.reasoning, request.runtime)

    @property
    def key(self) -> str:
        return self.plan.conversation_after(self.text, self.reasoning, FinishReason.STOP)

    async def replay(self, runtime: ModelRuntime) -> tuple[str, Profile] | None:
        """Return the conversation's key and the profile that replays it; None if no process could continue it."""
        try:
            request = runtime.adapt(self.plan.request, {self.runtime.default_profile.context_size})
        except EngineError:
            return None  # the conversation's next request reports it
        return await runtime.planner.replay(request, self.text, self.reasoning)


class Transcripts:
    """The transcripts that processes hold or are to hold, by conversation key."""

    def __init__(self) -> None:
        self._transcripts: dict[str, Transcript] = {}

    def remember(self, request: Request) -> None:
        """Keep the transcript of a complete answer whose conversation may continue."""
        if request.complete and request.plan.keep:
            transcript = Transcript.of(request)
            self._transcripts[transcript.key] = transcript

    def keep_only(self, conversations: Iterable[str]) -> None:
        """Forget the transcripts of all other conversations."""
        kept = set(conversations)
        self._transcripts = {key: value for key, value in self._transcripts.items() if key in kept}

    def find(self, conversations: Iterable[str]) -> list[Transcript]:
        """Return the transcripts that are known, in the order given."""
        return [self._transcripts[key] for key in conversations if key in self._transcripts]


async def replay(scheduler: Scheduler, transcripts: Iterable[Transcript], models: LoadedModels) -> None:
    """Plan for processes to hold these conversations, each with its own model if that is still loaded."""
    for transcript in transcripts:
        runtime = models.get(transcript.plan.request.model)
        if runtime and (planned := await transcript.replay(runtime)):
            scheduler.replay(*planned)
