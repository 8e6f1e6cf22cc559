"""From a transcript to what llama-cli is given: an initial prompt, a line on stdin, and what stands around it.

llama-cli tokenises these parts one by one, and recognises special tokens in all but the line. The tokens are those of
the whole rendered text only if every part ends or begins at a special token; so the parts are cut there, and what is
left of the headers (`User: `, ChatML's newline) travels on the line, with the user's text.

    initial      in_prefix      line                          in_suffix
    <system…>    <|im_start|>   user⏎ The question            <|im_end|>⏎<|im_start|>assistant⏎

Where the user's text stands is found by rendering the transcript with a placeholder. "The rendered prompt" is what the
template renders, without the trailing spaces of the answer header, and, in all but the line, with special-token strings
in anybody's text made inert.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial

from inference.engine.errors import ChatTemplateError
from inference.engine.gguf.header import ModelFile
from inference.engine.types import Message

from .sandbox import CompiledTemplate


@dataclass(frozen=True, slots=True)
class Prompt:
    """How llama-cli is to be launched and what it is told first.

    `initial`: the launch's prompt, without the BOS token if the vocabulary adds it. `in_prefix`, `in_suffix`: the
    launch's arguments of these names. `line`: the text for stdin; None for an empty line, which generates straight
    after `initial`. `leading_spaces`: how many spaces the end of the prompt has lost; the answer loses as many at its
    beginning. `keeps_conversation`: when the answer has ended by itself, the process can take the next question.
    """

    initial: str
    in_prefix: str
    line: str | None
    in_suffix: str
    leading_spaces: int
    keeps_conversation: bool


class ChatTemplate:
    """The chat template of a model, or `override` instead of it (the setting CHAT_TEMPLATE).

    Raises ChatTemplateError if there is none, or if no llama-cli process can be driven with it.
    """

    def __init__(self, model: ModelFile, override: str | None = None) -> None:
        source = override or corrected(model.chat_template)
        if not source:
            raise ChatTemplateError(
                f"{model.path.name} has no chat template. Expected one for conversations; set CHAT_TEMPLATE, or send "
                "requests with conversation_mode false."
            )
        self._model = model
        self._compiled = CompiledTemplate(source, model.bos_token or "", model.eos_token or "")
        self._end_tokens = tuple(end for end in model.end_tokens if end in model.special_tokens)
        self._inert = partial(inert, control_tokens=model.control_tokens)
        self._marker = _marker_pattern(frozenset(model.special_tokens))
        self._now = datetime.now()
        self.prompt([Message("user", _QUESTION)])

    def prompt(self, messages: Sequence[Message]) -> Prompt:
        """The parts for `messages`, which end in a question, or in an open answer that is to be continued.

        A template without a system role gets the system prompt at the head of the first question, a blank line
        between them. Raises ChatTemplateError if the template refuses the messages.
        """
        if not messages:
            raise ChatTemplateError("There are no messages. Expected at least one; send a question.")
        self._now = datetime.now()
        turns = list(messages) if self._shows_system_prompt(messages) else _folded(messages)
        earlier = [replace(turn, content=self._inert(turn.content)) for turn in turns[:-1]]
        if turns[-1].role == "assistant":
            return self._continued(earlier, turns[-1].content)
        return self._split(earlier, turns[-1]) or self._whole(earlier, turns[-1])

    def _split(self, earlier: list[Message], question: Message) -> Prompt | None:
        """The parts, or None if the template does not let the question be cut out."""
        around = _around(self._render(earlier, replace(question, content=_QUESTION)), _QUESTION)
        if around is None:
            return None
        prefix, suffix = around
        rendered = self._render(earlier, question)
        if not _encloses(rendered, prefix, suffix):
            return None
        text = rendered[len(prefix) : len(rendered) - len(suffix)]
        first_marker = self._marker.search(suffix)
        if first_marker is None:
            return None
        in_suffix, spaces = self._answer_header(suffix[first_marker.start() :])
        in_prefix, header, keeps = "", "", False
        between = self._between(earlier, prefix, suffix)
        initial = prefix.removesuffix(between) if between else prefix
        if between is not None and prefix.endswith(between) and self._can_begin(initial, between):
            in_prefix, header = self._cut(between)
            keeps = True
        else:
            initial, header = self._cut(prefix)
        line = header + text + suffix[: first_marker.start()]
        # An empty prompt ends llama-cli, unless BOS is added; an empty line is no line.
        if not line or not (initial or self._model.adds_bos):
            return None
        return Prompt(initial, in_prefix, line, in_suffix, spaces, keeps)

    def _between(self, earlier: list[Message], prefix: str, suffix: str) -> str | None:
        """What the template puts between an answer's end token and the next question, if the process can go on so.

        It can if the template leaves everything before as it was, renders the answer as it was generated, and ends it
        with an end token, which llama-cli has in its context already.
        """
        dialogue = [Message("user", _QUESTION), Message("assistant", _ANSWER), Message("user", _NEXT)]
        try:
            rendered = self._render(earlier, *dialogue)
        except ChatTemplateError:
            return None
        begin, end = prefix + _QUESTION, _NEXT + suffix
        if not _encloses(rendered, begin, end):
            return None
        header, found, rest = rendered[len(begin) : len(rendered) - len(end)].partition(_ANSWER)
        if not found or header.rstrip(" ") != suffix.rstrip(" "):
            return None
        return self._after_end_token(rest)

    def _continued(self, earlier: list[Message], answer: str) -> Prompt:
        """Everything is the initial prompt: the transcript up to the end of the open answer, without its end token."""
        text = self._inert(answer)
        around = _around(self._render(earlier, Message("assistant", _ANSWER), generate=False), _ANSWER)
        if around is None:
            initial, spaces = self._answer_header(self._render(earlier) + text)
            return self._launchable(Prompt(initial, "", None, "", spaces, False))
        header, end = around
        rendered = self._render(earlier, Message("assistant", text), generate=False)
        if _encloses(rendered, header, end):
            # The continuation is appended to the answer, so space that the template trims at its end is still there.
            trimmed = rendered[len(header) : len(rendered) - len(end)]
            text = trimmed.rstrip() + text[len(text.rstrip()) :]
        initial, spaces = self._answer_header(header + text)
        in_prefix, in_suffix = self._following(earlier, header) or ("", None)
        return self._launchable(Prompt(initial, in_prefix, None, in_suffix or "", spaces, in_suffix is not None))

    def _following(self, earlier: list[Message], header: str) -> tuple[str, str] | None:
        """`in_prefix` and `in_suffix` for a question after the open answer; None if it cannot follow in the process."""
        try:
            rendered = self._render(earlier, Message("assistant", _ANSWER), Message("user", _NEXT))
        except ChatTemplateError:
            return None
        before, found, suffix = rendered.partition(_NEXT)
        first_marker = self._marker.search(suffix)
        if not found or first_marker is None or not before.startswith(header + _ANSWER):
            return None
        between = self._after_end_token(before.removeprefix(header + _ANSWER))
        if between is None or not header.rstrip(" ").endswith(suffix.rstrip(" ")):
            return None
        return self._cut(between)[0], self._answer_header(suffix[first_marker.start() :])[0]

    def _whole(self, earlier: list[Message], question: Message) -> Prompt:
        """Where the question cannot be cut out, it is part of the initial prompt, and inert like everything there."""
        rendered = self._render(earlier, replace(question, content=self._inert(question.content)))
        initial, spaces = self._answer_header(rendered)
        return self._launchable(Prompt(initial, "", None, "", spaces, False))

    def _render(self, earlier: list[Message], *messages: Message, generate: bool = True) -> str:
        rendered = self._compiled.render([*earlier, *messages], add_generation_prompt=generate, now=self._now)
        return rendered.removeprefix(self._model.bos_token or "") if self._model.adds_bos else rendered

    def _answer_header(self, text: str) -> tuple[str, int]:
        """Without trailing spaces, which tokenise unlike the training did, and how many they were."""
        header = text.rstrip(" ")
        if header.endswith(self._end_tokens):
            raise ChatTemplateError(
                "The chat template ends the prompt with a token that ends the generation. Expected the header of an "
                "answer; set CHAT_TEMPLATE to the template that the model was trained with."
            )
        return header, len(text) - len(header)

    def _after_end_token(self, text: str) -> str | None:
        ends = [end for end in self._end_tokens if text.startswith(end)]
        return text.removeprefix(max(ends, key=len)) if ends else None

    def _cut(self, text: str) -> tuple[str, str]:
        """Cut after the last special token."""
        end = 0
        for marker in self._marker.finditer(text):
            end = marker.end()
        return text[:end], text[end:]

    def _can_begin(self, initial: str, between: str) -> bool:
        """Whether `between` can be tokenised apart from `initial`, as it is after an end token."""
        if not initial:
            return self._model.adds_bos
        return not self._cut(initial)[1] or self._marker.match(between) is not None

    def _launchable(self, prompt: Prompt) -> Prompt:
        if not (prompt.initial or self._model.adds_bos):
            raise ChatTemplateError(
                "The chat template renders nothing. Expected a prompt for the model; check CHAT_TEMPLATE."
            )
        return prompt

    def _shows_system_prompt(self, messages: Sequence[Message]) -> bool:
        """Whether the template puts it into this transcript: some have no such role, some show it to questions only."""
        system, *rest = messages
        if system.role != "system":
            return True
        try:
            return _SYSTEM in self._render(
                [replace(system, content=_SYSTEM), *rest], generate=messages[-1].role == "user"
            )
        except ChatTemplateError:
            return False


def raw_prompt(model: ModelFile, text: str) -> Prompt:
    """The parts for a completion of `text` as it stands, without a chat template.

    A vocabulary without BOS needs the text in the launch, where special-token strings in it have to be made inert.
    """
    if model.adds_bos:
        return Prompt("", "", text or None, "", 0, False)
    if not text:
        raise ChatTemplateError("The prompt is empty, and this model has no token to begin with. Send a text.")
    return Prompt(inert(text, model.control_tokens), "", None, "", 0, False)


def inert(text: str, control_tokens: Collection[str]) -> str:
    """`text` with a zero-width space after the first character of each special-token string in it.

    llama-cli then reads the string as plain text. Overlapping strings are found too. A token of one character cannot
    be made inert.
    """
    if not control_tokens:
        return text
    return _inert_pattern(frozenset(control_tokens)).sub("\\g<0>\u200b", text)


def corrected(template: str | None) -> str | None:
    """`template`, or the right one where it is known to be wrong."""
    for sign, right in _KNOWN_WRONG:
        if template and sign in template:
            return right
    return template


# Words that no template and, by chance, no text contains. Where one does, the question is not cut out.
_SYSTEM, _QUESTION, _ANSWER, _NEXT = "qxsystemzkv", "qxquestionzkv", "qxanswerzkv", "qxnextzkv"

# bitnet.cpp's converter (utils/convert-ms-to-gguf-bitnet.py) writes a `Human: … BITNETAssistant: ` template with an end
# token after it into every BitNet model, Microsoft's BitNet-b1.58-2B-4T included; with it the model never stops
# (https://github.com/ikawrakow/ik_llama.cpp/issues/339). The right one stands in tokenizer_config.json of
# https://huggingface.co/microsoft/bitnet-b1.58-2B-4T.
_BITNET = (
    "{% for message in messages %}{% set content = message['role'] | capitalize + ': '+ message['content'] | trim + "
    "'<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
_KNOWN_WRONG = (("BITNETAssistant", _BITNET),)


def _folded(messages: Sequence[Message]) -> list[Message]:
    """The system prompt at the head of the first question."""
    system, *rest = messages
    if not rest or rest[0].role != "user":
        return [replace(system, role="user"), *rest]
    return [replace(rest[0], content=f"{system.content}\n\n{rest[0].content}"), *rest[1:]]


def _around(rendered: str, placeholder: str) -> tuple[str, str] | None:
    parts = rendered.split(placeholder)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _encloses(rendered: str, prefix: str, suffix: str) -> bool:
    return len(rendered) >= len(prefix) + len(suffix) and rendered.startswith(prefix) and rendered.endswith(suffix)


@lru_cache(maxsize=8)
def _inert_pattern(tokens: frozenset[str]) -> re.Pattern[str]:
    rests: dict[str, list[str]] = {}
    for token in filter(None, tokens):
        rests.setdefault(token[0], []).append(re.escape(token[1:]))
    return re.compile("|".join(f"{re.escape(first)}(?={'|'.join(rest)})" for first, rest in sorted(rests.items())))


def _marker_pattern(tokens: frozenset[str]) -> re.Pattern[str]:
    """Special tokens at which a text can be cut. Those made of white space could merge with the text beside them."""
    markers = sorted((token for token in tokens if token and not re.search(r"\s", token)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, markers)) or r"(?!)")
