"""The process in which a chat template runs. `renderer.py` starts it and talks to it.

A template is an untrusted program that can loop for ever or ask for any amount of memory. This process bounds both: the
kernel ends it when one answer takes too much processor time, and refuses it memory above a limit.

Its argument is the limit in seconds. Frames on stdin and stdout are JSON after their size in bytes. The first one holds
model and template, each further one the messages of a request, and whether the model is to think. Each is answered with
a prompt, or with an error's name and message.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.gguf.header import ModelFile
from inference.engine.gguf.vocabulary import TokenType
from inference.engine.types import Message

from .chat_template import ChatTemplate

SIZE: Final = struct.Struct("<I")
CPU_SECONDS: Final = 5.0  # for one request; a transcript of the longest body that the API takes needs about one
MEMORY_BYTES: Final = 512 * 2**20  # of address space; such a transcript needs a fifth
OUT_OF_MEMORY: Final = 3  # exit status
ERRORS: Final = {kind.code: kind for kind in (ChatTemplateError, PromptRefused)}


def frame(value: Any) -> bytes:
    """Return `value` as a frame."""
    data = json.dumps(value, default=_plain).encode()
    return SIZE.pack(len(data)) + data


def model_fields(model: ModelFile) -> dict[str, Any]:
    """Return what the first frame says of the model."""
    return {field.name: getattr(model, field.name) for field in fields(model)}


def main(cpu_seconds: float) -> None:
    """Answer frames until stdin is closed, which happens when the server ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    template: ChatTemplate | None = None
    while (request := _read(requests)) is not None:
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)  # SIGPROF, which ends a process that does not catch it
        try:
            if template is None:
                template = ChatTemplate(_model(request["model"]), request["template"])
                answer: dict[str, Any] = {"can_think": template.can_think}
            else:
                messages, think = request
                answer = asdict(template.prompt([Message(*message) for message in messages], think))
        except (ChatTemplateError, PromptRefused) as error:
            answer = {"error": error.code, "message": str(error)}
        answers.write(frame(answer))
        answers.flush()
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read(stream: BinaryIO) -> Any:
    size = stream.read(SIZE.size)
    return json.loads(stream.read(*SIZE.unpack(size))) if len(size) == SIZE.size else None


def _model(values: dict[str, Any]) -> ModelFile:
    special_tokens = {token: TokenType(kind) for token, kind in values["special_tokens"].items()}
    return ModelFile(
        **values
        | {
            "path": Path(values["path"]),
            "special_tokens": MappingProxyType(special_tokens),
            "end_tokens": frozenset(values["end_tokens"]),
        }
    )


def _plain(value: Any) -> Any:
    """Return a value of a model file in a type of JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, frozenset) else str(value)


if __name__ == "__main__":
    try:
        main(float(sys.argv[1]))
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
