"""The special tokens of a vocabulary as llama.cpp classifies them, and those that end a generation.

The rules and the names are those of `llm_load_vocab` in llama.cpp's `src/llama.cpp`, builds 3960 to 4100. Later builds
recognise more names that end a generation; in practice the file's own `eos` and `eot` decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any


class TokenType(IntEnum):
    """The types of `tokenizer.ggml.token_type`."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


_ADDS_BOS_MODELS = {"llama", "bert"}
_ADDS_BOS_PRE = {"llama3", "llama-v3", "llama-bpe", "tekken", "chameleon"}
_DEFAULT_BOS_EOS = {"llama": (1, 2), "gpt2": (11, 11), "t5": (None, 1)}
_END_NAMES = ("<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>", "<|eom_id|>")
_DEEPSEEK_END = "<｜end▁of▁sentence｜>"
_FILL_IN_NAMES = {
    "fim_pre": ("<|fim_prefix|>", "<fim-prefix>", "<｜fim▁begin｜>", "<PRE>"),
    "fim_suf": ("<|fim_suffix|>", "<fim-suffix>", "<｜fim▁hole｜>", "<SUF>"),
    "fim_mid": ("<|fim_middle|>", "<fim-middle>", "<｜fim▁end｜>", "<MID>"),
    "fim_pad": ("<|fim_pad|>", "<fim-pad>", "<PAD>"),
    "fim_rep": ("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>"),
    "fim_sep": ("<|file_sep|>",),
}
_FILL_IN_ENDS = ("fim_pad", "fim_rep", "fim_sep")


class Vocabulary:
    """The tokens of a GGUF file with its `tokenizer.ggml.…` fields. `types`: one per token, or empty."""

    def __init__(self, tokens: Sequence[bytes], types: Sequence[int], fields: Mapping[str, Any]) -> None:
        self._tokens = tokens
        self._types = types
        self._fields = fields
        self._model = str(fields.get("tokenizer.ggml.model", ""))

    def token(self, purpose: str) -> str | None:
        """Return the token for `purpose` (`bos`, `eos`, `eot` …): the file's, else llama.cpp's default."""
        bos, eos = _DEFAULT_BOS_EOS.get(self._model, (None, None))
        default = {"bos": bos, "eos": eos}.get(purpose)
        for found in (self._fields.get(f"tokenizer.ggml.{purpose}_token_id"), default):
            if isinstance(found, int) and 0 <= found < len(self._tokens):
                return _text(self._tokens[found])
        return None

    def missing_pre(self) -> str | None:
        """Return the pre-tokenizer that the file should name and does not, if it is known."""
        llama3 = {b"<|begin_of_text|>", b"<|eot_id|>"} <= set(self._tokens)
        return "llama-bpe" if self._model == "gpt2" and "tokenizer.ggml.pre" not in self._fields and llama3 else None

    def glued_token(self) -> str | None:
        """Return a control token that a converter has written with the BOS token before it, if it did so to most.

        The text of the token itself is then missing, so that templates cannot write it:
        https://github.com/microsoft/BitNet/issues/195.
        """
        bos = self.token("bos")
        kinds = zip(self._tokens, self._types, strict=False)
        others = [text for text in (_text(token) for token, kind in kinds if kind == TokenType.CONTROL) if text != bos]
        if not bos:
            return None
        bos = bos[: len(bos) // 2] if bos == bos[: len(bos) // 2] * 2 else bos  # also written before itself
        glued = [text for text in others if text.startswith(bos) and text != bos]
        return glued[0] if 2 * len(glued) > len(others) else None

    def adds_bos(self) -> bool:
        """Return whether llama.cpp puts the BOS token before every prompt."""
        stated = self._fields.get("tokenizer.ggml.add_bos_token")
        if isinstance(stated, bool):
            return stated
        pre = self._fields.get("tokenizer.ggml.pre")
        return self._model in _ADDS_BOS_MODELS or (self._model == "gpt2" and pre in _ADDS_BOS_PRE)

    def special_tokens(self) -> tuple[dict[str, TokenType], frozenset[str]]:
        """Return the special tokens with their types, and the tokens that end a generation."""
        special = {
            _text(token): TokenType(kind)
            for token, kind in zip(self._tokens, self._types, strict=False)
            if kind in (TokenType.UNKNOWN, TokenType.CONTROL, TokenType.USER_DEFINED) and token
        }
        known = set(self._tokens)

        def present(*names: str) -> list[str]:
            return [name for name in names if name.encode() in known]

        # llama.cpp recognises these by their texts, and makes them control tokens whatever type the file gives.
        named = present(*_END_NAMES)
        if self.token("eot") is None and not named:
            named = present(_DEEPSEEK_END)
        ends = {text for text in map(self.token, ("eos", "eot", "eom", *_FILL_IN_ENDS)) if text} | set(named)
        for purpose, names in _FILL_IN_NAMES.items():
            if self.token(purpose) is None:
                found = present(*names)
                named += found
                ends.update(found if purpose in _FILL_IN_ENDS else ())
        special.update(dict.fromkeys(named, TokenType.CONTROL))
        return special, frozenset(ends)


def _text(token: bytes) -> str:
    return token.decode("utf-8", "replace")
