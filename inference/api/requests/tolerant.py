"""What the requests of other servers' protocols have in common: fields under the same names, and the way to the engine.

Their clients expect a limit that they did not set to be none, and send transcripts of any form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from rest_framework import serializers
from rest_framework.request import Request

from inference.api.models import asked_name, meant_model
from inference.engine import GenerationRequest, Message, ModelInfo
from inference.serving import configuration, service
from inference.serving.parameters import MAX_SEED, MAX_TEMPERATURE
from inference.serving.service import Limits

from .fields import StopStrings, StrictFloat, TolerantSerializer, WholeNumber
from .sampling import sampling
from .transcripts import Turn, engine_messages
from .validation import continuation_error, length_error

NO_LOGPROBS: Final = "Log probabilities are not available. Leave this field out."
NO_SUFFIX: Final = "Text cannot be inserted before a suffix. Leave this field out."
TOOLS_HELP: Final = "Accepted, but never called: the model answers in text."

AnySerializer = TypeVar("AnySerializer", bound=TolerantSerializer)


class TolerantSampling(TolerantSerializer):
    """The fields that say how tokens are sampled and where the answer ends."""

    temperature = StrictFloat(required=False, low=0, high=MAX_TEMPERATURE, help_text="0 is greedy.")
    top_p = StrictFloat(required=False, low=0, high=1, help_text="Nucleus sampling; 1 disables it.")
    seed = WholeNumber(
        required=False,
        min_value=-(2**63),
        max_value=2**63 - 1,
        help_text="The same seed reproduces the same answer; -1 chooses one.",
    )
    stop = StopStrings(required=False, help_text="The answer ends before the first of these strings.")


async def validated(
    request: Request, kind: type[AnySerializer], read_name: Callable[[str], str] = str
) -> tuple[AnySerializer, ModelInfo]:
    """Return the valid request, and the model that it names. Raise ValidationError or UnknownModel.

    `read_name`: makes an id of the name, where a protocol has names of its own.
    """
    engine = await service.engine()
    model = meant_model(engine.models, read_name(asked_name(request.data)))
    serializer = kind(data=request.data, context={"limits": service.limits_of(engine, model)})
    serializer.is_valid(raise_exception=True)
    return serializer, service.model_of(engine, model)


def transcript(turns: Iterable[Turn], field: str, grammar: str | None) -> tuple[Message, ...]:
    """Return the transcript for the engine. Raise ValidationError for `field` if it cannot be answered.

    `grammar`: the one that the answer has to follow, if there is one.
    """
    messages = engine_messages(turns, configuration.current().system_prompt)
    if not any(message.role != "system" for message in messages):
        problem: str | None = "Enter at least one message of the user with a text."
    else:
        lengths = (length_error(message.content) or length_error(message.reasoning) for message in messages)
        problem = next(filter(None, lengths), None) or continuation_error(messages[-1].role, grammar)
    if problem:
        raise serializers.ValidationError({field: problem})
    return messages


def generation_request(
    values: dict[str, Any],
    limits: Limits,
    *,
    max_tokens: int | None,
    context_size: int | None = None,
    answer: int = 0,
    **options: Any,
) -> GenerationRequest:
    """Return a request to the engine.

    `values`: valid ones of `TolerantSampling`, and what `sampling` takes. `max_tokens`: None for all that fit; more
    than the server allows is cut to that. `context_size`: None for the default. `answer`: its number, from 0; each has
    a seed of its own. `options`: further fields of the request.
    """
    in_force, seed = configuration.current(), values.get("seed", -1)
    context_size = context_size or limits.context_size
    maximum = service.max_answer_tokens(context_size)
    return GenerationRequest(
        max_tokens=min(max_tokens or maximum, maximum),
        sampling=sampling(
            values,
            temperature=values.get("temperature", in_force.temperature),
            top_p=values.get("top_p", in_force.top_p),
            seed=None if seed == -1 else (seed + answer) % (MAX_SEED + 1),
        ),
        context_size=context_size,
        stop=tuple(values.get("stop", ())),
        model=limits.model,
        **options,
    )
