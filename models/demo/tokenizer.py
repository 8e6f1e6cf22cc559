"""The vocabulary: byte-level BPE, trained on the corpus, that llama.cpp reads as `gpt2` / `llama-bpe`."""

import random
import re
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from .corpus import random_dialogue

VOCABULARY_SIZE = 2048
SPECIAL_TOKENS = ("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>")
BEGIN_OF_TEXT, END_OF_TEXT, END_OF_TURN = range(VOCABULARY_SIZE - len(SPECIAL_TOKENS), VOCABULARY_SIZE)

# How Llama 3 splits a text before merging; llama.cpp has the same expression under the name `llama-bpe`.
LLAMA_3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| "
    r"?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TRAINING_DIALOGUES = 25_000
TRAINING_SEED = 7


def corpus_texts(seed: int, count: int) -> list[str]:
    """Yield the texts from which the merges are learned, without digits, so that every digit is a token of its own."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        dialogue = random_dialogue(rng)
        if dialogue.system:
            texts.append(f"System: {dialogue.system}")
        for turn in dialogue.turns:
            texts += [f"User: {turn.question}", f"Assistant: {turn.answer}", turn.answer]
    return [re.sub(r"\d", "", text) for text in texts]


def train_tokenizer(path: Path, *, dialogues: int = TRAINING_DIALOGUES) -> Tokenizer:
    """Learn the merges from a sample of the corpus and write them to `path`.

    `ignore_merges` takes a word that is in the vocabulary as it is, as llama.cpp does for `llama-bpe`.
    """
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA_3_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE - len(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus_texts(TRAINING_SEED, dialogues), trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


def load_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer that `train_tokenizer` wrote."""
    return Tokenizer.from_file(str(path))


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return the token ids of a text without special tokens."""
    return tokenizer.encode(text, add_special_tokens=False).ids
