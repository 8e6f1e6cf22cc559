"""Write small GGUF models with random weights, which a real llama-cli loads in about 20 ms; or pack a model as I2_S.

`write_model(path, template=..., special_tokens=...)` writes a model of architecture `bitnet` with ternary layers and a
vocabulary of the 256 bytes, a few merges and the special tokens. It can tokenize any text and use any template. The
answers are noise, reproducible by seed. `weights="I2_S"` writes what only bitnet.cpp reads: its type of ternary
weights, and its architecture `bitnet-b1.58`, with a squared ReLU where `bitnet` has SiLU. The fixture `small_model` of
conftest.py caches the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, TokenType
from gguf.quants import dequantize, quantize

BOS, EOS, EOT = "<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"
LLAMA3_TOKENS: Mapping[str, TokenType] = dict.fromkeys((BOS, EOS, EOT), TokenType.CONTROL)
BITNET_TEMPLATE = (
    "{% for message in messages %}{% set content = message['role'] | capitalize + ': '+ message['content'] | trim + "
    "'<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
I2_S = 36  # a type of bitnet.cpp, which the package gguf does not know
MERGES = ("t h", "i n", "Ġ t", "Ġt h", "e r", ": Ġ", "Ċ Ċ", "Ġ Ġ")


def write_model(
    path: Path,
    *,
    template: str | None = BITNET_TEMPLATE,
    special_tokens: Mapping[str, TokenType] = LLAMA3_TOKENS,
    bos: str | None = BOS,
    eos: str | None = EOS,
    eot: str | None = EOT,
    add_bos: bool | None = True,
    pre: str | None = "llama-bpe",
    merges: Sequence[str] = MERGES,
    seed: int = 0,
    layers: int = 2,
    embedding: int = 256,
    feed_forward: int | None = None,
    heads: int = 4,
    key_heads: int | None = None,
    context_length: int = 2048,
    end_scale: float = 1.5,
    name: str = "Random",
    description: str = "Random weights for tests",
    extra_tokens: int = 0,
    extra_type: TokenType = TokenType.UNUSED,
    shard_tensors: int = 0,
    weights: str = "TQ2_0",
) -> Path:
    """Write a model to `path`, and return the path.

    `bos`, `eos`, `eot` name special tokens; None leaves the field out, as for `add_bos` and `pre`. `merges` are in the
    spelling of byte-level BPE (`Ġ` is a space, `Ċ` a newline). `embedding` and `feed_forward` (by default the same) are
    multiples of 256. `end_scale` is how much longer the embeddings of `eos` and `eot` are than the others: 1.5 ends an
    answer after some 40 tokens at temperature 1, 0 hardly ever. `extra_tokens` lengthens the vocabulary with tokens
    that occur in no text; llama-cli prints nothing for those of type UNUSED. All layers have the same weights.
    """
    tokens = [*_BYTES, *(merge.replace(" ", "") for merge in merges)]
    types = [TokenType.NORMAL] * len(tokens)
    tokens += [f"Ġextra{number}" for number in range(extra_tokens)]
    types += [extra_type] * extra_tokens
    tokens += special_tokens.keys()
    types += special_tokens.values()

    feed_forward = feed_forward or embedding
    key_heads = key_heads or heads
    architecture = {"TQ2_0": "bitnet", "I2_S": "bitnet-b1.58"}[weights]
    writer = GGUFWriter(path, architecture, split_max_tensors=shard_tensors, small_first_shard=shard_tensors > 0)
    writer.add_name(name)
    writer.add_description(description)
    writer.add_context_length(context_length)
    writer.add_embedding_length(embedding)
    writer.add_feed_forward_length(feed_forward)
    writer.add_block_count(layers)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(embedding // heads)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    if pre is not None:
        writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    for add, token in ((writer.add_bos_token_id, bos), (writer.add_eos_token_id, eos), (writer.add_eot_token_id, eot)):
        if token is not None:
            add(tokens.index(token))
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    if template is not None:
        writer.add_chat_template(template)

    random = np.random.default_rng(seed)
    embeddings = random.normal(0, 0.1, (len(tokens), embedding)).astype(np.float16)
    for end in {eos, eot} - {None}:
        embeddings[tokens.index(end)] *= end_scale
    writer.add_tensor("token_embd.weight", embeddings)
    keys = embedding // heads * key_heads
    norms = {"attn_norm": embedding, "attn_sub_norm": embedding, "ffn_norm": embedding, "ffn_sub_norm": feed_forward}
    shapes = {
        "attn_q": (embedding, embedding),
        "attn_k": (keys, embedding),
        "attn_v": (keys, embedding),
        "attn_output": (embedding, embedding),
        "ffn_gate": (feed_forward, embedding),
        "ffn_up": (feed_forward, embedding),
        "ffn_down": (embedding, feed_forward),
    }
    # The layers' weights must be larger than the embeddings, which are the output matrix too. Otherwise the model would
    # repeat its last token forever.
    linears = {
        linear: random.integers(-1, 2, shape).astype(np.float32) * np.float32(0.125) for linear, shape in shapes.items()
    }
    for layer in range(layers):
        for norm, size in norms.items():
            writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(size, np.float32))
        for linear, values in linears.items():
            _add_ternary(writer, f"blk.{layer}.{linear}.weight", values, weights)
    writer.add_tensor("output_norm.weight", np.ones(embedding, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return shards_of(path)[0] if shard_tensors else path


def pack_as_i2_s(model: Path, path: Path) -> Path:
    """Write a model of architecture `bitnet` with its ternary weights packed as I2_S, and return the path."""
    reader = GGUFReader(model)
    architecture = str(reader.fields["general.architecture"].contents())
    writer = GGUFWriter(path, architecture)
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture":
            kind, *inner = field.types
            writer.add_key_value(name, field.contents(), kind, inner[0] if inner else None)
    for tensor in reader.tensors:
        if tensor.tensor_type in (GGMLQuantizationType.TQ1_0, GGMLQuantizationType.TQ2_0):
            _add_ternary(writer, tensor.name, dequantize(tensor.data, tensor.tensor_type), "I2_S")
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_ternary(writer: GGUFWriter, name: str, values: np.ndarray[Any, Any], weights: str) -> None:
    if weights == "TQ2_0":
        writer.add_tensor(name, quantize(values, GGMLQuantizationType.TQ2_0), raw_dtype=GGMLQuantizationType.TQ2_0)
    else:
        kind = cast(GGMLQuantizationType, I2_S)
        writer.add_tensor(name, packed_as_i2_s(values), raw_shape=values.shape, raw_dtype=kind)


def packed_as_i2_s(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return ternary weights as `quantize_i2_s` of bitnet.cpp packs them on x86: 128 in 32 bytes, then their scale."""
    codes = (np.sign(values).astype(np.int8) + 1).astype(np.uint8).reshape(-1, 4, 32)
    packed = codes[:, 0] << 6 | codes[:, 1] << 4 | codes[:, 2] << 2 | codes[:, 3]
    scale = np.zeros(8, np.float32)
    scale[0] = np.abs(values).max()
    return np.concatenate([packed.ravel().view(np.int8), scale.view(np.int8)])


def shards_of(path: Path) -> list[Path]:
    """Return the files that were written for a model in several files, in order."""
    return sorted(path.parent.glob(f"{path.stem.partition('-0')[0]}-*-of-*.gguf"))


def _byte_tokens() -> list[str]:
    """Return the 256 bytes as GPT-2 spells them: printable ones as they are, others as characters from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    spelling = {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}
    return [spelling[byte] for byte in range(256)]


_BYTES = _byte_tokens()
