"""Chat templates that treat thoughts as published ones do, cut down to that."""

from __future__ import annotations

from tests.gguf_files import BITNET_TEMPLATE

_TURNS = "{%- for m in messages %}{{- '<|im_start|>' + m.role + '\n' }}"
_HEADER = "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}HEADER{%- endif %}"

# As Qwen3's: thoughts apart from contents or in them; none of earlier turns; a switch that closes the thought.
QWEN3 = (
    "{%- set last = namespace(question=0) %}{%- for m in messages if m.role == 'user' %}"
    "{%- set last.question = messages.index(m) %}{%- endfor %}"
    + _TURNS
    + "{%- set thought = m.reasoning_content or '' %}"
    "{%- set content = m.content %}{%- if not thought and '</think>' in content %}"
    "{%- set thought = content.split('</think>')[0].split('<think>')[-1] %}"
    "{%- set content = content.split('</think>')[-1] %}{%- endif %}"
    "{%- if m.role == 'assistant' and loop.index0 > last.question %}"
    "{{- '<think>\n' + thought.strip('\n') + '\n</think>\n\n' }}{%- endif %}"
    "{{- content.lstrip('\n') + '<|im_end|>\n' }}{%- endfor %}"
    + _HEADER.replace("HEADER", "{%- if enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}")
)
# As DeepSeek-R1's distillations: thoughts in contents, none of earlier turns; the prompt opens one, with no switch.
R1 = (
    _TURNS + "{%- set content = m.content %}{%- if m.role == 'assistant' and '</think>' in content %}"
    "{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}"
    "{{- content + '<|im_end|>\n' }}{%- endfor %}" + _HEADER.replace("HEADER", "{{- '<think>\n' }}")
)
# As DeepSeek-V3.1's: no thought unless it is asked for.
V31 = R1.replace(
    "{{- '<think>\n' }}",
    "{%- if thinking is defined and thinking %}{{- '<think>' }}{%- else %}{{- '</think>' }}{%- endif %}",
)
# As SmolLM3's: contents with their thoughts, in every turn.
SMOLLM3 = (
    "{%- if enable_thinking is defined and not enable_thinking %}{{- '<|im_start|>system\n/no_think<|im_end|>\n' }}"
    "{%- endif %}"
    + _TURNS
    + "{{- m.content + '<|im_end|>\n' }}{%- endfor %}"
    + _HEADER.replace(
        "HEADER",
        "{%- if enable_thinking is defined and not enable_thinking %}{{- '<think>\n\n</think>\n' }}{%- endif %}",
    )
)
# As GLM-4.6's: an empty thought in earlier turns, and other white space.
GLM = (
    _TURNS.replace("m.role + '\n'", "m.role") + "{%- if m.role == 'assistant' %}"
    "{%- if loop.last and m.reasoning_content %}{{- '\n<think>' + m.reasoning_content + '</think>\n' }}"
    "{%- else %}{{- '\n<think></think>\n' }}{%- endif %}{%- else %}{{- '\n' }}{%- endif %}"
    "{{- m.content + '<|im_end|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant' }}"
    "{%- if enable_thinking is defined and not enable_thinking %}{{- '\n<think></think>' }}{%- endif %}{%- endif %}"
)
THINKING = {"Qwen3": QWEN3, "DeepSeek-R1": R1, "DeepSeek-V3.1": V31, "SmolLM3": SMOLLM3, "GLM": GLM}

# For the fake llama-cli, which has the BitNet template.
BITNET_THINKS = BITNET_TEMPLATE.replace("message['content'] |", "message['content'].split('</think>')[-1] |")
BITNET_KEEPS = BITNET_TEMPLATE + "{#- <think> -#}"
