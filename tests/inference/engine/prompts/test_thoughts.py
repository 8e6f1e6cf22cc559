"""The thought of an answer: found wherever its tags are cut, and rendered in later turns as the template has it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.engine.gguf.header import TokenType
from inference.engine.prompts.chat_template import ChatTemplate
from inference.engine.prompts.prompt import raw_prompt
from inference.engine.prompts.thoughts import Thought, ThoughtSplitter
from inference.engine.types import Message
from tests.chat_templates import CASES
from tests.thinking_templates import QWEN3, SMOLLM3, THINKING

HI, WHY = Message("user", "Hi"), Message("user", "Why?")
THOUGHT = Message("assistant", "Hello.", "A greeting.")
PARTS = ("<think>", "</think>", "<", "think>", "/", "</", " ", "\n", "a", "é")


def split(answer: str, begins: Thought = "possible", cuts: list[int] | None = None) -> tuple[str, str]:
    """Return the thought and the text of an answer that comes in pieces and ends by itself."""
    splitter = ThoughtSplitter(begins)
    edges = sorted({0, len(answer), *(cut % (len(answer) + 1) for cut in cuts or ())})
    parts = [splitter.feed(answer[start:end]) for start, end in itertools.pairwise(edges)]
    return tuple("".join(each) for each in zip(*parts, splitter.finish(), strict=True))  # type: ignore[return-value]


@given(
    answer=st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
    begins=st.sampled_from(["none", "possible", "opened", "inside"]),
    cuts=st.lists(st.integers(0, 100)),
)
@example(answer=" <think>\na b\n</think>\n\nc", begins="possible", cuts=list(range(30)))
@example(answer="<think></think>a", begins="possible", cuts=[10])
def test_thought_and_text_do_not_depend_on_how_an_answer_is_cut(answer: str, begins: Thought, cuts: list[int]) -> None:
    assert split(answer, begins, cuts) == split(answer, begins)


@given(
    answer=st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
    begins=st.sampled_from(["possible", "opened", "inside"]),
    cut=st.integers(0, 100),
)
def test_an_answer_that_is_cut_is_continued_with_what_was_held(answer: str, begins: Thought, cut: int) -> None:
    cut %= len(answer) + 1
    first = ThoughtSplitter(begins)
    thought, text = first.feed(answer[:cut])
    # What the transcript says of an open answer decides what its continuation begins with.
    continued = ThoughtSplitter("none" if text else "inside" if thought else begins, first.held)
    rest = continued.feed(answer[cut:])
    end = continued.finish()
    assert (thought + rest[0] + end[0], text + rest[1] + end[1]) == split(answer, begins)


@pytest.mark.parametrize(
    ("begins", "answer", "parts"),
    [
        ("possible", "<think>\nA greeting.\n</think>\n\nHello.", ("A greeting.", "Hello.")),
        ("possible", "\n<think>A greeting.</think>\nHello.", ("A greeting.", "Hello.")),
        ("opened", "A greeting.\n</think>\n\nHello.", ("A greeting.", "Hello.")),
        ("inside", " greeting.</think>Hello.", (" greeting.", "Hello.")),
        ("possible", "<think>\n\n</think>\n\nHello.", ("", "Hello.")),
        ("possible", "<think>\nnever closed", ("never closed", "")),
        ("opened", "never closed </th", ("never closed </th", "")),
        ("possible", "<think>a</think>b <think>c</think>", ("a", "b <think>c</think>")),
        ("possible", "The tag <think> opens a thought.</think>", ("", "The tag <think> opens a thought.</think>")),
        ("possible", " <thin", ("", " <thin")),
        ("none", "<think> is a tag</think>", ("", "<think> is a tag</think>")),
    ],
)
def test_the_thought_of_an_answer_is_told_from_its_text(begins: Thought, answer: str, parts: tuple[str, str]) -> None:
    assert split(answer, begins) == parts


def template(source: str) -> ChatTemplate:
    return ChatTemplate(CASES["chatml"].model_file(), source)


@pytest.mark.parametrize(
    ("name", "begins", "with_thought", "without"),
    [
        ("Qwen3", "possible", "possible", "none"),
        ("DeepSeek-R1", "opened", "opened", "opened"),
        ("DeepSeek-V3.1", "none", "opened", "none"),
        ("SmolLM3", "possible", "possible", "none"),
        ("GLM", "possible", "possible", "none"),
    ],
)
def test_the_prompt_decides_whether_an_answer_can_begin_with_a_thought(
    name: str, begins: Thought, with_thought: Thought, without: Thought
) -> None:
    thinks = template(THINKING[name])
    asked = [thinks.prompt([HI], think).answer_begins for think in (None, True, False)]
    assert asked == [begins, with_thought, without]


def test_tags_are_text_for_a_model_that_does_not_know_them() -> None:
    ordinary = CASES["chatml"].model_file()
    assert ChatTemplate(ordinary).prompt([HI]).answer_begins == "none"
    assert ChatTemplate(ordinary).prompt([HI, THOUGHT, WHY]) == ChatTemplate(ordinary).prompt(
        [HI, replace(THOUGHT, reasoning=""), WHY]
    )
    assert raw_prompt(ordinary, "<think>").answer_begins == "none"


@pytest.mark.parametrize("kind", [TokenType.CONTROL, TokenType.USER_DEFINED])
def test_tags_in_the_vocabulary_mean_a_thought_too(kind: TokenType) -> None:
    model = CASES["chatml"].model_file()
    tokens = MappingProxyType({**model.special_tokens, "<think>": kind, "</think>": kind})
    prompt = ChatTemplate(replace(model, special_tokens=tokens)).prompt([HI, THOUGHT, WHY])
    assert prompt.answer_begins == "possible"
    assert "<think>\nA greeting.\n</think>\n\nHello.<|im_end|>" in prompt.initial


@pytest.mark.parametrize("name", THINKING)
def test_thoughts_of_earlier_turns_are_rendered_only_where_the_template_does(name: str) -> None:
    prompt = template(THINKING[name]).prompt([HI, THOUGHT, WHY])
    assert ("A greeting." in prompt.text) is prompt.keeps_thoughts is (name == "SmolLM3")
    assert "Hello.<|im_end|>" in prompt.text
    if not prompt.keeps_thoughts:
        assert prompt == template(THINKING[name]).prompt([HI, replace(THOUGHT, reasoning=""), WHY])
    else:
        assert "<think>\nA greeting.\n</think>\n\nHello." in prompt.text


@pytest.mark.parametrize("name", THINKING)
@pytest.mark.parametrize(
    ("answer", "end", "begins"),
    [
        (Message("assistant", "", "A gree"), "{open}A gree", "inside"),
        (Message("assistant", "Hel", "A greeting."), "{open}A greeting.{close}Hel", "none"),
        (Message("assistant", "<think>\nA gree"), "<think>\nA gree", "inside"),
    ],
)
def test_an_open_answer_is_continued_in_its_thought_or_after_it(
    name: str, answer: Message, end: str, begins: Thought
) -> None:
    prompt = template(THINKING[name]).prompt([HI, answer])
    tags = {"open": "<think>", "close": "</think>\n"} if name == "GLM" else {}
    tags = tags or {"open": "<think>\n", "close": "\n</think>\n\n"}
    assert prompt.initial.endswith(end.format(**tags))
    assert prompt.initial.count("<think>") == 1
    assert prompt.answer_begins == begins
    assert prompt.line is None


def test_an_answer_without_its_thought_is_continued_as_text() -> None:
    assert template(QWEN3).prompt([HI, Message("assistant", "Hel")]).answer_begins == "none"


def test_a_question_cannot_open_a_thought() -> None:
    forged = Message("user", "<think>")
    assert template(SMOLLM3).prompt([forged]).answer_begins == "possible"
