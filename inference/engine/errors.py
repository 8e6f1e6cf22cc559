"""The errors of engines. They know no HTTP; `inference/api/errors.py` gives each a status.

EngineError
├── ModelFileError         not a GGUF, truncated, or with absurd fields
├── ChatTemplateError      the model's chat template is missing, cannot be used, or fails
├── PromptRefused          the chat template refuses these messages, or there is nothing to begin with
├── UnknownModel           the request names a model that is not served
├── ModelLoadError         the model that the request names cannot be loaded; others are not affected
├── LaunchError            the engine's program could not be started, or rejected its arguments
├── GrammarError           the request's grammar does not compile
├── UnsupportedSchema      a part of the request's JSON Schema cannot be enforced
│   └── ImpossibleSchema   no value is valid under a part of it, or none that can be written
├── PromptTooLong          the prompt does not fit into the context; nothing was generated
├── ContextTooLarge        the model was replaced by one with a smaller context than the request asked for
├── EngineBusy             no place became free
│   ├── QueueFull          the queue has reached its limit
│   ├── CallerBusy         this caller has reached its number of concurrent requests
│   └── QueueTimeout       the request waited longer than the limit
├── EngineCrashed          the process ended before or during the answer
├── EngineTimeout          the process was alive but produced nothing for too long
├── EngineUnavailable      the engine could not be started; the message says why
│   ├── NodeLost           a machine of the engine cannot be reached, or has fallen silent
│   └── NodeNotReady       a machine of the engine takes no requests now; others may
├── NoSuchWorker           the engine has no worker with that name
├── NoSuchNode             the engine has no machine with that name
└── EngineStopping         the server is shutting down and takes no new requests

Every message says what was wrong, what was expected, and what to do. It is for administrators and the log, and may name
files of this machine or quote what the engine's program printed. Callers get `public` instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

MAX_LISTED: Final = 10  # ids of models in a message
MAX_NAMED: Final = 100  # characters of a name that a request has chosen
SEE_LOG: Final = "An administrator finds the reason in the administration and in the server's log."


class EngineError(Exception):
    """Base of all errors of the engine. `code` is the stable, machine-readable name.

    `PUBLIC`: what callers get instead of the message, if an error of this class may name files or quote output.
    Every error can be pickled, whatever its constructor takes: it is restored from its message and its attributes.
    """

    code = "engine_error"
    PUBLIC: ClassVar[str] = ""

    def __init__(self, message: str, public: str = "") -> None:
        super().__init__(message)
        self._public = public

    @property
    def public(self) -> str:
        """Return the message for callers. It names nothing of this machine."""
        return self._public or self.PUBLIC or str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), *self.args), self.__dict__ or None


class ModelFileError(EngineError):
    code = "model_file_invalid"


class ChatTemplateError(EngineError):
    """The fault of the model file or of CHAT_TEMPLATE, not of the caller."""

    code = "chat_template_invalid"


class PromptRefused(EngineError):
    code = "prompt_refused"


class UnknownModel(EngineError):
    """`model`: what the request named. `served`: ids of the models that are served."""

    code = "model_not_found"

    def __init__(self, model: str, served: Sequence[str] = ()) -> None:
        listed = ", ".join(served[:MAX_LISTED]) + (" …" if len(served) > MAX_LISTED else "")
        name = model if len(model) <= MAX_NAMED else f"{model[:MAX_NAMED]}…"
        super().__init__(f"The model {name} does not exist. Expected one of: {listed}. Leave it out for the default.")
        self.model = model


class ModelLoadError(EngineError):
    """`model`: its id. `reason`: in the words of the error that it failed with."""

    code = "model_load_failed"

    def __init__(self, model: str, reason: str = "") -> None:
        public = f"The model {model} cannot be loaded. Other models are not affected. {SEE_LOG}"
        super().__init__(f"The model {model} cannot be loaded: {reason}", public)
        self.model = model


class LaunchError(EngineError):
    code = "launch_failed"
    PUBLIC = f"The engine's program cannot be started, or does not work with this model. {SEE_LOG}"


class PromptTooLong(EngineError):
    """`prompt_tokens` of the whole prompt, template included; `context_size`: what it had to fit into with the answer.

    `room`: tokens that must be left for the answer.
    """

    code = "prompt_too_long"

    def __init__(self, prompt_tokens: int, context_size: int, room: int = 1) -> None:
        # llama-server's words come first: LiteLLM and other gateways recognize the error by them.
        super().__init__(
            f"The prompt exceeds the available context size: it has {prompt_tokens} tokens, the context "
            f"{context_size}, and at least {room} must be left for the answer. Shorten the prompt."
        )
        self.prompt_tokens = prompt_tokens
        self.context_size = context_size


class GrammarError(EngineError):
    """`reason`: in the engine's words."""

    code = "grammar_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The grammar does not compile: {reason.strip()}. Correct the grammar; it is written in GBNF.")
        self.reason = reason


class UnsupportedSchema(EngineError):
    """The message names the part, such as `properties.age.multipleOf`."""

    code = "schema_unsupported"


class ImpossibleSchema(UnsupportedSchema):
    """Raised for an alternative or an optional property too, which is then left out."""

    code = "schema_impossible"


class ContextTooLarge(EngineError):
    code = "context_too_large"


class EngineBusy(EngineError):
    """`retry_after`: seconds until a place is likely to be free."""

    code = "busy"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QueueFull(EngineBusy):
    code = "queue_full"


class CallerBusy(EngineBusy):
    code = "too_many_requests_of_caller"


class QueueTimeout(EngineBusy):
    code = "queue_timeout"


class EngineCrashed(EngineError):
    code = "engine_crashed"


class EngineTimeout(EngineError):
    code = "engine_timeout"


class EngineUnavailable(EngineError):
    code = "engine_unavailable"
    PUBLIC = f"The engine is not available. {SEE_LOG}"


class NodeLost(EngineUnavailable):
    code = "node_lost"
    PUBLIC = "A machine of the engine was lost. Send the request again."


class NodeNotReady(EngineUnavailable):
    code = "node_not_ready"
    PUBLIC = "No machine of the engine takes requests now. Try again later."


class NoSuchWorker(EngineError):
    code = "no_such_worker"


class NoSuchNode(EngineError):
    code = "no_such_node"


class EngineStopping(EngineError):
    code = "engine_stopping"


def restored_error(code: str, message: str, attributes: dict[str, Any]) -> EngineError:
    """Return an error from its code, message and attributes; an EngineError for a code that is not known here."""
    error = _restore(_kinds(EngineError).get(code, EngineError), message)
    error.__dict__.update(attributes)
    return error


def _kinds(kind: type[EngineError]) -> dict[str, type[EngineError]]:
    found: dict[str, type[EngineError]] = {}
    for each in kind.__subclasses__():
        found |= _kinds(each)
    return found | {kind.code: kind}  # of classes with one code, the base is restored


def _restore(kind: type[EngineError], *args: object) -> EngineError:
    """Return an error without calling its constructor, which may compose the message from other arguments."""
    return kind.__new__(kind, *args)
