"""What llama-cli is given for one request."""

from __future__ import annotations

from dataclasses import dataclass

from inference.engine.errors import PromptRefused
from inference.engine.gguf.header import ModelFile

from .special_tokens import make_inert
from .thoughts import Thought


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts with which llama-cli is launched, and that it is sent first.

    `initial`: the initial prompt, without the BOS token if llama-cli adds it. `in_prefix`, `in_suffix`: the arguments
    of these names. `line`: the text for stdin; None for an empty line, which generates directly after `initial`.
    `leading_spaces`: how many spaces were removed from the end of the prompt, and have to be removed from the start of
    the answer. `keeps_conversation`: whether the process can take the next question after an answer that ended by
    itself. `answer_begins`: with a thought or not. `keeps_thoughts`: whether the template renders the thoughts of
    earlier answers.
    """

    initial: str
    in_prefix: str
    line: str | None
    in_suffix: str
    leading_spaces: int
    keeps_conversation: bool
    answer_begins: Thought = "none"
    keeps_thoughts: bool = False

    @property
    def text(self) -> str:
        """Return the whole prompt."""
        return self.initial + self.in_prefix + (self.line or "") + self.in_suffix


def raw_prompt(model: ModelFile, text: str) -> Prompt:
    """Return the parts for a completion of `text`, without a chat template.

    If llama-cli adds no BOS token, the text has to be in the initial prompt, with special-token strings made inert.
    """
    if model.adds_bos:
        return Prompt("", "", text or None, "", 0, False)
    if not text:
        raise PromptRefused("The prompt is empty, and this model has no token to begin with. Send a text.")
    return Prompt(make_inert(text, model.control_tokens), "", None, "", 0, False)
