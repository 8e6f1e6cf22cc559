"""Whether models can be loaded beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from inference.machine.memory import available_memory

GIB: Final = 2**30


def lack_of_room(max_models: int | None, sizes: Sequence[int], available: int | None = None) -> str:
    """Return why models of these sizes, in bytes, cannot be loaded at once; empty if they can.

    All processes of a model share its weights, so each model counts once. `available`: bytes of memory, by default what
    the machine or the group has left; the weights of models that are loaded already count as available. With
    `max_models`, memory is not regarded.
    """
    if max_models is not None:
        if len(sizes) <= max_models:
            return ""
        return f"MAX_MODELS allows {max_models} at once, the default model included. Set it to at least {len(sizes)}."
    available = available_memory() if available is None else available
    if sum(sizes) <= available:
        return ""
    return (
        f"It and the default model take {sum(sizes) / GIB:.1f} GiB, and {available / GIB:.1f} GiB of memory are "
        "available. Use a smaller model or add memory, or set MAX_MODELS, with which memory is not regarded."
    )
