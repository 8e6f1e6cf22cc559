"""Published chat templates, each with the special tokens of its vocabulary, for models of tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gguf import TokenType

from inference.engine.gguf.header import ModelFile
from inference.engine.gguf.header import TokenType as ReadType
from tests.gguf_files import BITNET_TEMPLATE, BOS, EOS, EOT


@dataclass(frozen=True)
class Case:
    """`end`: the token that ends an answer. `system`: whether the template has a system role.

    `restarts`: after which beginnings of a conversation (STARTS in test_token_parity.py) the process cannot take the
    next question, because the template puts something else between two turns than before the first.
    """

    template: str
    markers: tuple[str, ...]
    end: str
    bos: str | None = None
    system: bool = True
    kind: TokenType = TokenType.CONTROL
    adds_bos: bool = True
    restarts: tuple[str, ...] = ()

    @property
    def special_tokens(self) -> dict[str, TokenType]:
        control = dict.fromkeys(filter(None, (self.bos, self.end)), TokenType.CONTROL)
        return control | dict.fromkeys(self.markers, self.kind)

    def model_file(self) -> ModelFile:
        """Return the model file as it would be read."""
        return ModelFile(
            path=Path("model.gguf"),
            size=1,
            architecture="bitnet",
            name="",
            description="",
            parameter_count=1,
            quantization="TQ2_0",
            context_length=2048,
            vocabulary_size=300,
            bos_token=self.bos,
            eos_token=self.end,
            adds_bos=self.adds_bos and self.bos is not None,
            special_tokens=MappingProxyType({token: ReadType(kind) for token, kind in self.special_tokens.items()}),
            end_tokens=frozenset({self.end}),
            chat_template=self.template,
        )

    def model_arguments(self) -> dict[str, Any]:
        """Return the arguments for `write_model`."""
        return {
            "template": self.template,
            "special_tokens": self.special_tokens,
            "bos": self.bos,
            "eos": self.end,
            "eot": None,
            "add_bos": self.adds_bos and self.bos is not None,
        }


_CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + "
    "'\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{% endif %}"
)
_LLAMA3 = """{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""
_GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
_PHI3 = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
_MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
_SYSTEM_LAST = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' }}"
    "{% if loop.last and messages[0]['role'] == 'system' %}{{ messages[0]['content'] + '\n\n' }}{% endif %}"
    "{{ message['content'] + '[/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
_ZEPHYR = (
    "{% for message in messages %}\n{{ '<|' + message['role'] + '|>\n' + message['content'] + eos_token }}\n"
    "{% endfor %}{% if add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}"
)
_DEEPSEEK = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ '<｜User｜>' + message['content'] }}"
    "{% elif message['role'] == 'assistant' %}{{ '<｜Assistant｜>' + message['content'] + eos_token }}"
    "{% else %}{{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}"
)
_PLAIN = (
    "{% for message in messages %}{{ message['role'] | capitalize + ': ' + message['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
_THINKING = _CHATML.replace("<|im_start|>assistant\n'", "<|im_start|>assistant\n<think>\n'")
_TRIMS = _CHATML.replace("message['content']", "message['content'].strip()")

_IM = ("<|im_start|>",)
_LLAMA3_MARKERS = (EOS, "<|start_header_id|>", "<|end_header_id|>")
_PHI3_MARKERS = ("<|user|>", "<|assistant|>", "<|system|>")

_EVERY = ("question", "system", "replayed", "open answer")
_FIRST = ("question",)

CASES = {
    "bitnet": Case(BITNET_TEMPLATE, (EOS,), EOT, BOS),
    "bitnet, BOS not added": Case(BITNET_TEMPLATE, (EOS,), EOT, BOS, adds_bos=False),
    "bitnet, no BOS": Case(BITNET_TEMPLATE.replace("bos_token + ", ""), (EOS,), EOT, restarts=_FIRST),
    "llama 3": Case(_LLAMA3, _LLAMA3_MARKERS, EOT, BOS),
    "chatml": Case(_CHATML, _IM, "<|im_end|>", restarts=_FIRST),
    "chatml, trims, BOS": Case(_TRIMS, _IM, "<|im_end|>", "<s>", restarts=_FIRST),
    "qwen, default system": Case(_DEFAULT_SYSTEM + _CHATML, _IM, "<|im_end|>"),
    "thinking header": Case(_THINKING, _IM, "<|im_end|>", restarts=_EVERY),
    "gemma, no system": Case(
        _GEMMA, ("<start_of_turn>",), "<end_of_turn>", "<bos>", system=False, restarts=("question", "system")
    ),
    "phi 3": Case(_PHI3, _PHI3_MARKERS, "<|end|>", "<s>", restarts=_FIRST),
    "phi 3, user-defined": Case(_PHI3, _PHI3_MARKERS, "<|end|>", "<s>", kind=TokenType.USER_DEFINED, restarts=_FIRST),
    "mistral, ignores system": Case(_MISTRAL, ("[INST]", "[/INST]"), "</s>", "<s>", system=False),
    "mistral, system last": Case(_SYSTEM_LAST, ("[INST]", "[/INST]"), "</s>", "<s>", restarts=("system",)),
    "zephyr": Case(_ZEPHYR, (), "</s>", "<s>", restarts=_FIRST),
    "deepseek": Case(_DEEPSEEK, ("<｜User｜>", "<｜Assistant｜>"), "<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
    "cannot be split": Case(_PLAIN, (), "</s>", "<s>", restarts=_EVERY),
}

# The template that bitnet.cpp's converter writes into Microsoft's model, and one of the same kind under another name.
WRONG_BITNET_TEMPLATE = (
    "{% for message in messages %}{% if loop.first %}{{ bos_token }}{% endif %}{% if message['role'] == 'user' %}"
    "{{ 'Human: ' + message['content'] + '\\n\\nBITNETAssistant: ' + eos_token }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}"
)
ENDS_IN_END_TOKEN = WRONG_BITNET_TEMPLATE.replace("BITNETAssistant", "Bot")
