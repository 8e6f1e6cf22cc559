"""Corrections for chat templates that are known to be wrong in published model files."""

from __future__ import annotations

# bitnet.cpp's converter (utils/convert-ms-to-gguf-bitnet.py) writes a `Human: … BITNETAssistant: ` template, with an
# end token after it, into every BitNet model, including Microsoft's BitNet-b1.58-2B-4T. With it the model never stops
# (https://github.com/ikawrakow/ik_llama.cpp/issues/339). The right one is in tokenizer_config.json of
# https://huggingface.co/microsoft/bitnet-b1.58-2B-4T.
_BITNET = (
    "{% for message in messages %}{% set content = message['role'] | capitalize + ': '+ message['content'] | trim + "
    "'<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
_KNOWN_WRONG = (("BITNETAssistant", _BITNET),)  # text that identifies a wrong template, and its replacement


def corrected(template: str | None) -> str | None:
    """Return `template`, or its replacement if it is known to be wrong."""
    for mark, replacement in _KNOWN_WRONG:
        if template and mark in template:
            return replacement
    return template
