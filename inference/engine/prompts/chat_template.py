"""From a transcript to llama-cli's input: an initial prompt, a line on stdin, and the prefix and suffix around it.

llama-cli tokenizes these parts separately, and parses special tokens in all of them except the line. The tokens equal
those of the whole rendered text only if every part ends or starts at a special token. So the text is cut there, and the
rest of the headers (`User: `, ChatML's newline) is sent on the line, together with the user's text.

    initial      in_prefix      line                          in_suffix
    <system…>    <|im_start|>   user⏎ The question            <|im_end|>⏎<|im_start|>assistant⏎

The position of the user's text is found by rendering the transcript with a placeholder. "The rendered prompt" is what
the template renders, without the trailing spaces of the answer header, and, except on the line, with special-token
strings in messages made inert.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import product

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.gguf.header import ModelFile
from inference.engine.types import Message

from .known_wrong import corrected
from .planted_words import check_planted_words
from .prompt import Prompt
from .sandbox import CompiledTemplate, Conventions
from .special_tokens import SpecialTokens, make_inert
from .thoughts import CLOSING, OPENING, TAGS, Thoughts


class ChatTemplate:
    """The chat template of a model, or `override` (the setting CHAT_TEMPLATE) instead.

    Raises ChatTemplateError if there is none, if llama-cli cannot be driven with it, or if it loses words of a
    conversation.
    """

    def __init__(self, model: ModelFile, override: str | None = None) -> None:
        source = override or corrected(model.chat_template)
        if not source:
            raise ChatTemplateError(
                f"{model.path.name} has no chat template. Expected one for conversations; set CHAT_TEMPLATE, or use "
                "completions, without a conversation."
            )
        if model.glued_token:
            raise ChatTemplateError(
                f"The converter of {model.path.name} has written {model.bos_token} before the control tokens, such as "
                f"{model.glued_token!r}, so that the chat template cannot write them. Expected a file of a newer "
                "converter; convert or download the model again, or use completions, without a conversation."
            )
        origin = "The chat template in CHAT_TEMPLATE" if override else f"The chat template of {model.path.name}"
        self._model = model
        self._compiled = CompiledTemplate(source, origin, model.bos_token or "", model.eos_token or "")
        self._special_tokens = SpecialTokens(model)
        self._inert = partial(make_inert, control_tokens=model.control_tokens)
        self._now = datetime.now()
        self._conventions = Conventions()
        self._thoughts = Thoughts()
        self._adopt_conventions(source, origin)
        self._thoughts = Thoughts.of(
            source, model.special_tokens, lambda turns, header: self._render(turns, generate=header)
        )

    @property
    def can_think(self) -> bool:
        """Whether the model can think before it answers."""
        return self._thoughts.known

    def prompt(self, messages: Sequence[Message], think: bool | None = None) -> Prompt:
        """Return the parts for `messages`, which end in a question, or in an open answer to be continued.

        `think`: see `GenerationRequest`. For a template without a system role, the system prompt is put at the start of
        the first question, followed by a blank line. Raises PromptRefused if the template refuses the messages, and
        ChatTemplateError if it fails.
        """
        if not messages:
            raise PromptRefused("There are no messages. Expected at least one; send a question.")
        self._now = datetime.now()
        self._conventions = replace(self._conventions, think=think)
        turns = list(messages) if self._shows_system_prompt(messages) else _fold_system_prompt(messages)
        earlier = [self._earlier_turn(turn) for turn in turns[:-1]]
        if turns[-1].role == "assistant":
            answer = self._thoughts.raw(self._inert_answer(turns[-1]))
            prompt = self._continuation(earlier, answer)
            begins = self._thoughts.after(prompt.initial, answer)
        else:
            prompt = self._split(earlier, turns[-1]) or self._unsplit(earlier, turns[-1])
            begins = self._thoughts.after(prompt.text)
        return replace(prompt, answer_begins=begins, keeps_thoughts=self._thoughts.kept)

    def _adopt_conventions(self, source: str, origin: str) -> None:
        """Find the conventions with which the template renders a conversation of two turns without losing a word."""
        failures = []
        for parts, lists in product((False, True), repeat=2):
            self._conventions = Conventions(parts, lists)
            try:
                return check_planted_words(self.prompt, source, origin)
            except ChatTemplateError as failure:
                failures.append(failure)
        raise failures[0]

    def _earlier_turn(self, turn: Message) -> Message:
        """Return a turn before the last one as the template takes it, without a thought that it would leave out."""
        if turn.role != "assistant":
            return replace(turn, content=self._inert(turn.content))
        return self._thoughts.rendered(self._inert_answer(turn if self._thoughts.kept else replace(turn, reasoning="")))

    def _inert_answer(self, turn: Message) -> Message:
        """Return an answer with special-token strings made inert, except the tags of thoughts."""
        tokens = self._model.control_tokens - (TAGS if self._thoughts.known else frozenset())
        return replace(turn, content=make_inert(turn.content, tokens), reasoning=make_inert(turn.reasoning, tokens))

    # A question on the line

    def _split(self, earlier: list[Message], question: Message) -> Prompt | None:
        """Return the parts, or None if the question cannot be separated from what the template renders around it."""
        around = _around(self._render(earlier, replace(question, content=_QUESTION)), _QUESTION)
        if around is None:
            return None
        prefix, suffix = around
        rendered = self._render(earlier, question)
        if not _encloses(rendered, prefix, suffix):
            return None
        text = rendered[len(prefix) : len(rendered) - len(suffix)]
        suffix_cut = self._special_tokens.first_in(suffix)
        if suffix_cut is None:
            return None
        in_suffix, spaces = self._answer_header(suffix[suffix_cut:])
        in_prefix, header, keeps = "", "", False
        between = self._between_turns(earlier, prefix, suffix)
        initial = prefix.removesuffix(between) if between else prefix
        if between is not None and prefix.endswith(between) and self._can_precede(initial, between):
            in_prefix, header = self._special_tokens.cut_after_last(between)
            keeps = True
        else:
            initial, header = self._special_tokens.cut_after_last(prefix)
        line = header + text + suffix[:suffix_cut]
        # llama-cli exits if its prompt is empty and BOS is not added. An empty line has another meaning.
        if not line or not (initial or self._model.adds_bos):
            return None
        return Prompt(initial, in_prefix, line, in_suffix, spaces, keeps)

    def _between_turns(self, earlier: list[Message], prefix: str, suffix: str) -> str | None:
        """Return what the template renders between an answer's end token and the next question.

        None if a process cannot take the next question. It can if the template does not change the text before, renders
        the answer as it was generated, and ends it with an end token, which llama-cli then has in its context.
        """
        dialogue = [Message("user", _QUESTION), Message("assistant", _ANSWER), Message("user", _NEXT)]
        try:
            rendered = self._render(earlier, *dialogue)
        except (ChatTemplateError, PromptRefused):
            return None
        begin, end = prefix + _QUESTION, _NEXT + suffix
        if not _encloses(rendered, begin, end):
            return None
        header, found, rest = rendered[len(begin) : len(rendered) - len(end)].partition(_ANSWER)
        if not found or header.rstrip(" ") != suffix.rstrip(" "):
            return None
        return self._special_tokens.after_end_token(rest)

    def _can_precede(self, initial: str, between: str) -> bool:
        """Return whether `between` has the same tokens after `initial` as after an end token."""
        if not initial:
            return self._model.adds_bos
        return not self._special_tokens.cut_after_last(initial)[1] or self._special_tokens.starts(between)

    def _unsplit(self, earlier: list[Message], question: Message) -> Prompt:
        """Return parts with the question, made inert, in the initial prompt."""
        rendered = self._render(earlier, replace(question, content=self._inert(question.content)))
        initial, spaces = self._answer_header(rendered)
        return self._launchable(Prompt(initial, "", None, "", spaces, False))

    # An open answer

    def _continuation(self, earlier: list[Message], text: str) -> Prompt:
        """Return parts with all of the transcript, without the end token of the open answer, in the initial prompt."""
        if (header_of_thought := self._header_of_thought(earlier, text)) is not None:
            initial, spaces = self._answer_header(header_of_thought + text)
            return self._launchable(Prompt(initial, "", None, "", spaces, False))
        around = _around(self._render(earlier, Message("assistant", _ANSWER), generate=False), _ANSWER)
        if around is None:
            initial, spaces = self._answer_header(self._render(earlier) + text)
            return self._launchable(Prompt(initial, "", None, "", spaces, False))
        header, end = around
        rendered = self._render(earlier, Message("assistant", text), generate=False)
        if _encloses(rendered, header, end):
            # Keep white space at the end, which the template trims: the continuation is appended to it.
            trimmed = rendered[len(header) : len(rendered) - len(end)]
            text = trimmed.rstrip() + text[len(text.rstrip()) :]
        initial, spaces = self._answer_header(header + text)
        in_prefix, in_suffix = self._around_next_question(earlier, header) or ("", None)
        return self._launchable(Prompt(initial, in_prefix, None, in_suffix or "", spaces, in_suffix is not None))

    def _header_of_thought(self, earlier: list[Message], answer: str) -> str | None:
        """Return the header of an open answer that contains its thought, None if it contains none.

        Templates drop or empty the thought of an answer in the transcript. So the header is that of a new answer,
        without the beginning of a thought where `answer` contains it.
        """
        if not (answer.lstrip().startswith(OPENING) or CLOSING in answer):
            return None
        header = self._render(earlier)
        if answer.lstrip().startswith(OPENING):
            return _THOUGHT_IN_HEADER.sub("", header)
        return header if header.rstrip().endswith(OPENING) else None

    def _around_next_question(self, earlier: list[Message], header: str) -> tuple[str, str] | None:
        """Return `in_prefix` and `in_suffix` for a question after the open answer.

        None if the process cannot take the next question.
        """
        try:
            rendered = self._render(earlier, Message("assistant", _ANSWER), Message("user", _NEXT))
        except (ChatTemplateError, PromptRefused):
            return None
        before, found, suffix = rendered.partition(_NEXT)
        suffix_cut = self._special_tokens.first_in(suffix)
        if not found or suffix_cut is None or not before.startswith(header + _ANSWER):
            return None
        between = self._special_tokens.after_end_token(before.removeprefix(header + _ANSWER))
        if between is None or not header.rstrip(" ").endswith(suffix.rstrip(" ")):
            return None
        return self._special_tokens.cut_after_last(between)[0], self._answer_header(suffix[suffix_cut:])[0]

    # Both

    def _render(self, earlier: list[Message], *messages: Message, generate: bool = True) -> str:
        rendered = self._compiled.render(
            [*earlier, *messages], self._conventions, add_generation_prompt=generate, now=self._now
        )
        return rendered.removeprefix(self._model.bos_token or "") if self._model.adds_bos else rendered

    def _answer_header(self, text: str) -> tuple[str, int]:
        """Remove trailing spaces, which would be tokenized unlike in training, and return how many they were."""
        header = text.rstrip(" ")
        if self._special_tokens.ends_in_end_token(header):
            raise ChatTemplateError(
                "The chat template ends the prompt with a token that ends the generation. Expected the header of an "
                "answer; set CHAT_TEMPLATE to the template that the model was trained with."
            )
        return header, len(text) - len(header)

    def _launchable(self, prompt: Prompt) -> Prompt:
        if not (prompt.initial or self._model.adds_bos):
            raise ChatTemplateError(
                "The chat template renders nothing. Expected a prompt for the model; check CHAT_TEMPLATE."
            )
        return prompt

    def _shows_system_prompt(self, messages: Sequence[Message]) -> bool:
        """Return whether the rendered transcript contains the system prompt.

        Some templates have no system role, some render it only together with questions.
        """
        system, *rest = messages
        if system.role != "system":
            return True
        try:
            return _SYSTEM in self._render(
                [replace(system, content=_SYSTEM), *rest], generate=messages[-1].role == "user"
            )
        except (ChatTemplateError, PromptRefused):
            return False


# Placeholders that occur in no template and probably in no message. If one does, the question is not split off.
_SYSTEM, _QUESTION, _ANSWER, _NEXT = "qxsystemzkv", "qxquestionzkv", "qxanswerzkv", "qxnextzkv"

_THOUGHT_IN_HEADER = re.compile(r"(<think>\s*)?(</think>\s*)?\Z")


def _fold_system_prompt(messages: Sequence[Message]) -> list[Message]:
    """Put the system prompt at the start of the first question."""
    system, *rest = messages
    if not rest or rest[0].role != "user":
        return [replace(system, role="user"), *rest]
    return [replace(rest[0], content=f"{system.content}\n\n{rest[0].content}"), *rest[1:]]


def _around(rendered: str, placeholder: str) -> tuple[str, str] | None:
    """Return the text before and after the placeholder, None unless it occurs exactly once."""
    parts = rendered.split(placeholder)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _encloses(rendered: str, prefix: str, suffix: str) -> bool:
    return len(rendered) >= len(prefix) + len(suffix) and rendered.startswith(prefix) and rendered.endswith(suffix)
