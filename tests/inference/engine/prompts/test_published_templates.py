"""What published chat templates do beyond the plain ones, and what must not pass as a usable template."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.prompts.chat_template import ChatTemplate
from inference.engine.types import Message
from tests.chat_templates import CASES

CHATML = CASES["chatml"].template
SYSTEM, HI = Message("system", "Be brief."), Message("user", "Hi")
HELLO, WHY = Message("assistant", "Hello."), Message("user", "Why?")
CONVERSATION = [SYSTEM, HI, HELLO, WHY]

ONLY_PARTS = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}{% for part in m['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# As Qwen3's: the last answer always gets a thought, earlier ones lose theirs.
QWEN3 = (
    "{%- for m in messages %}{%- set content = m.content %}{%- set thought = '' %}{%- if '</think>' in content %}"
    "{%- set thought = content.split('</think>')[0].split('<think>')[-1].strip('\n') %}"
    "{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}"
    "{{- '<|im_start|>' + m.role + '\n' }}{%- if m.role == 'assistant' and loop.last %}"
    "{{- '<think>\n' + thought + '\n</think>\n\n' }}{%- endif %}{{- content + '<|im_end|>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
OPENS_A_THOUGHT = QWEN3.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'")  # DeepSeek-R1
CLOSES_A_THOUGHT = QWEN3.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n</think>'")  # DeepSeek-V3.1


def template(source: str, case: str = "chatml") -> ChatTemplate:
    return ChatTemplate(CASES[case].model_file(), source)


def refused(source: str) -> str:
    """Return why a template is refused before it is used."""
    with pytest.raises(ChatTemplateError) as error:
        template(source)
    return str(error.value)


def test_marks_of_answers_for_training_are_rendered_as_their_content() -> None:
    marked = CHATML.replace("{{ '<|im_start|>' + message", "{%- generation -%}{{ '<|im_start|>' + message", 1)
    marked = marked.replace("{% endfor %}", "{%- endgeneration -%}{% endfor %}", 1)
    assert "generation -%}" in marked
    assert template(marked).prompt(CONVERSATION) == template(CHATML).prompt(CONVERSATION)


def test_a_template_that_reads_only_parts_of_contents_is_given_parts() -> None:
    assert template(ONLY_PARTS).prompt(CONVERSATION) == template(CHATML).prompt(CONVERSATION)


@pytest.mark.parametrize("source", [QWEN3, OPENS_A_THOUGHT, CLOSES_A_THOUGHT])
@pytest.mark.parametrize("answer", ["<think>\nI consider", "\n<think>I consider", "<think>\nYes.\n</think>\n\nParis"])
def test_an_answer_that_begins_with_a_thought_is_continued_where_it_stopped(source: str, answer: str) -> None:
    prompt = template(source).prompt([HI, Message("assistant", answer)])
    assert prompt.text == f"<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n{answer}"


def test_a_thought_that_the_template_has_opened_is_continued_where_it_stopped() -> None:
    prompt = template(OPENS_A_THOUGHT).prompt([HI, Message("assistant", "I see.\n</think>\n\nParis")])
    assert prompt.text.endswith("<|im_start|>assistant\n<think>\nI see.\n</think>\n\nParis")


def test_an_answer_without_its_thought_is_continued_as_the_template_renders_it() -> None:
    prompt = template(QWEN3).prompt([HI, Message("assistant", "Paris is")])
    assert prompt.text.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\nParis is")


def test_a_template_that_fails_on_a_second_question_is_refused_before_it_is_used() -> None:
    assigns = "{% for m in messages %}{% if m.role == 'assistant' %}{% set m.content = '' %}{% endif %}{% endfor %}"
    assert "cannot assign attribute" in refused(assigns + CHATML)


@pytest.mark.parametrize("name", ["tools", "documents"])
def test_a_template_may_loop_over_tools_and_documents_that_are_absent(name: str) -> None:
    source = f"{{% for each in {name} %}}{{{{ each }}}}{{% endfor %}}" + CHATML
    assert template(source).prompt(CONVERSATION) == template(CHATML).prompt(CONVERSATION)


def test_absent_tools_are_none_for_templates_that_do_not_loop_over_them() -> None:
    source = "{% if tools is not none %}Tools!{% endif %}" + CHATML
    assert template(source).prompt(CONVERSATION) == template(CHATML).prompt(CONVERSATION)


def test_tojson_takes_the_arguments_that_transformers_gives_it() -> None:
    source = (
        "{% for m in messages %}<|im_start|>{{ m | tojson(separators=(',', ':'), sort_keys=true) }}<|im_end|>"
        "{% endfor %}<|im_start|>"
    )
    assert '<|im_start|>{"content":"Hi","role":"user"}<|im_end|>' in template(source).prompt([HI]).text


@pytest.mark.parametrize("text", ["chatml", "You are a helpful assistant. Answer the question." + "!" * 200])
def test_plain_text_without_variables_is_refused_with_its_text(text: str) -> None:
    reason = refused(text)
    assert "CHAT_TEMPLATE is plain text without variables" in reason
    assert text[:40] in reason
    assert len(reason) < 400


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{% for m in messages %}<|im_start|>{{ m.role }}{% endfor %}", "a question, it does not show"),
        ("<|im_start|>{{ messages[-1].content }}<|im_end|><|im_start|>", "a second question, it does not show"),
        (CHATML.replace("in messages", "in messages | reverse"), "changes the order"),
        (CHATML.replace("in messages", "in messages if message.role != 'assistant'"), "the assistant message"),
    ],
)
def test_a_template_that_loses_words_is_refused_with_the_template_and_the_words(source: str, reason: str) -> None:
    said = refused(source)
    assert "The chat template in CHAT_TEMPLATE" in said
    assert reason in said
    with pytest.raises(ChatTemplateError, match="The chat template of model"):
        ChatTemplate(replace(CASES["chatml"].model_file(), chat_template=source))


def test_a_template_that_refuses_every_conversation_is_refused_with_its_words() -> None:
    said = refused("{{ raise_exception('This model translates only.') }}")
    assert "The model cannot chat" in said
    assert "This model translates only." in said


FAILS_LATER = (
    "{% for m in messages if m.content == 'forbidden' %}{{ missing | tojson }}{% endfor %}"
    "{% for m in messages if m.content == 'refused' %}{{ raise_exception('Not this.') }}{% endfor %}" + CHATML
)


def test_a_failure_of_the_template_is_told_as_its_own_in_its_words() -> None:
    with pytest.raises(ChatTemplateError, match="Undefined is not JSON serializable") as failure:
        template(FAILS_LATER).prompt([Message("user", "forbidden")])
    assert "alternate" not in str(failure.value)
    with pytest.raises(PromptRefused, match="Not this"):
        template(FAILS_LATER).prompt([Message("user", "refused")])
