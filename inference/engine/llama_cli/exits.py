"""Explain to operators how a child ended: what its exit status means, and what to do."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

NAMES: Final = {number.value: number.name for number in signal.Signals}
CAUSES: Final[dict[int, str]] = {
    signal.SIGILL: "it was not built for this processor",
    signal.SIGKILL: "the kernel does this when memory runs out",
    signal.SIGBUS: "the model file became shorter, or could not be read",
}
NO_MEMORY: Final = "it ran out of memory"
BUILT_FOR_ANOTHER: Final = (
    "{program} was not built for this processor ({ending}). Build it on this machine with `manage.py build_engine`, or "
    "for every x86-64 processor with AVX2 with `build_engine --portable`; an image with PORTABLE=1."
)
TOO_LITTLE_MEMORY: Final = (
    "{program} ended while it loaded {model}, because memory ran out ({ending}). Use a smaller model or CONTEXT_SIZE, "
    "fewer MODEL_INSTANCES or RESIDENT_INSTANCES, or give the server more memory."
)
NEWER_BUILD: Final = (
    "{program} is of a newer llama.cpp, whose llama-cli is another program ({ending}). Set LLAMA_CLI to the "
    "llama-completion of the same build, or put that beside it."
)
UNKNOWN_ARGUMENT: Final = "invalid argument: -if"  # since build b7348
UNREAD_WEIGHTS: Final = (
    "{program} does not read the weights of {model} ({ending}). Those of bitnet.cpp's types (I2_S, TL1, TL2) need its "
    "own llama-cli: build it with `manage.py build_engine --bitnet`, or name it in LLAMA_CLI_BITNET."
)
UNKNOWN_TYPE: Final = "gguf_tensor_info_sanitize: invalid type"  # a type of tensors that the build does not have
NOT_LAUNCHED: Final = "{program} did not understand how it was launched, or could not load {model} ({ending})."


def ending(returncode: int | None, *, out_of_memory: bool = False) -> str:
    """Return how a child ended. `returncode`: negative if killed by that signal, None if the server has killed it.

    `out_of_memory`: the child has reported that it got no memory.
    """
    if returncode is None:
        return "ended by the server"
    how, cause = f"exit status {returncode}", ""
    if returncode < 0:
        how, cause = f"killed by {NAMES.get(-returncode, -returncode)}", CAUSES.get(-returncode, "")
    if out_of_memory:
        cause = NO_MEMORY
    return f"{how}: {cause}" if cause else how


def launch_failure(program: Path, model: Path, returncode: int | None, ending: str, printed: str) -> str:
    """Return why a launch failed, and what to do. `ending`: see above; `printed`: the last output, which ends it."""
    if returncode == -signal.SIGILL:
        reason = BUILT_FOR_ANOTHER
    elif returncode == -signal.SIGKILL or ending.endswith(NO_MEMORY):
        reason = TOO_LITTLE_MEMORY
    elif UNKNOWN_ARGUMENT in printed:
        reason = NEWER_BUILD
    elif UNKNOWN_TYPE in printed:
        reason = UNREAD_WEIGHTS
    else:
        reason = NOT_LAUNCHED
    return f"{reason.format(program=program, model=model.name, ending=ending)} {printed}"
