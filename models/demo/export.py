"""Write the GGUF file: the trained weights, exactly, with the names and layouts that llama.cpp reads."""

import json
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import dequantize, quantize
from torch import Tensor

from .model import EPSILON, BitNet, ternary
from .tokenizer import BEGIN_OF_TEXT, END_OF_TEXT, END_OF_TURN, SPECIAL_TOKENS

NAME = "BitNet Demo"
DESCRIPTION = (
    "A demo model of a few million ternary weights that comes with BitNet LLM Server. It knows a handful of topics and "
    "was trained on dialogues written for it. Use BitNet-b1.58-2B-4T for real work."
)
LARGEST_FILE = 4_000_000  # bytes; the file is kept in the repository

# The template of BitNet-b1.58-2B-4T.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% set content = message['role'] | capitalize + ': ' + message['content'] | trim + '<|eot_id|>' %}"
    "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}"
    "{{ content }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)


def write_vocabulary(writer: GGUFWriter, tokenizer_path: Path) -> None:
    """Return the tokens, their types and the merges."""
    parsed = json.loads(tokenizer_path.read_text(encoding="utf-8"))["model"]
    tokens = sorted(parsed["vocab"], key=parsed["vocab"].get)
    if len(tokens) != BEGIN_OF_TEXT:
        message = f"The tokenizer has {len(tokens)} tokens; {BEGIN_OF_TEXT} were expected. Train it again."
        raise ValueError(message)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in parsed["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list([*tokens, *SPECIAL_TOKENS])
    writer.add_token_types([TokenType.NORMAL] * len(tokens) + [TokenType.CONTROL] * len(SPECIAL_TOKENS))
    writer.add_token_merges(merges)
    writer.add_bos_token_id(BEGIN_OF_TEXT)
    writer.add_eos_token_id(END_OF_TEXT)
    writer.add_eot_token_id(END_OF_TURN)
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)


def write_header(writer: GGUFWriter, model: BitNet) -> None:
    """Write the file's description, and the sizes from which llama.cpp builds the network."""
    shape = model.shape
    writer.add_name(NAME)
    writer.add_description(DESCRIPTION)
    writer.add_file_type(LlamaFileType.MOSTLY_TQ2_0)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.embedding)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)


def write_ternary(writer: GGUFWriter, name: str, weight: Tensor) -> None:
    """Return a TQ2_0 tensor that is exactly ternary × scale, as in the forward pass of the training."""
    exact = ternary(weight.float()).numpy()
    packed = quantize(exact, GGMLQuantizationType.TQ2_0)
    if not np.array_equal(dequantize(packed, GGMLQuantizationType.TQ2_0), exact):
        message = f"TQ2_0 does not hold {name} exactly."
        raise ValueError(message)
    writer.add_tensor(f"{name}.weight", packed, raw_dtype=GGMLQuantizationType.TQ2_0)


def export(model: BitNet, tokenizer_path: Path, path: Path) -> int:
    """Write the GGUF file and return its size in bytes."""
    model.requires_grad_(requires_grad=False)
    writer = GGUFWriter(path, "bitnet")
    write_header(writer, model)
    write_vocabulary(writer, tokenizer_path)
    writer.add_tensor("token_embd.weight", model.token_embd.numpy().astype(np.float16))
    for index, layer in enumerate(model.blk):
        for name, parameter in layer.named_parameters():
            full_name = f"blk.{index}.{name}"
            if parameter.ndim == 2:
                write_ternary(writer, full_name, parameter)
            else:
                writer.add_tensor(f"{full_name}.weight", parameter.float().numpy())
    writer.add_tensor("output_norm.weight", model.output_norm.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    size = path.stat().st_size
    if size > LARGEST_FILE:
        message = f"The file has {size:,} bytes; at most {LARGEST_FILE:,} are allowed."
        raise ValueError(message)
    return size
