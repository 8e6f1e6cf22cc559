"""Dialogues as token ids, with a mask of the tokens that the model learns to predict."""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from .corpus import Dialogue, random_dialogue
from .held_out import contains_held_out
from .tokenizer import BEGIN_OF_TEXT, END_OF_TURN, encode, load_tokenizer

USUAL_LENGTH = 768  # tokens
LONGEST = 1600  # tokens; one dialogue in fifty may be this long
CHUNK = 2_000  # dialogues that one worker makes from one seed
FIRST_SEED = 100


@dataclass(frozen=True)
class Encoded:
    """The token ids of a dialogue, and a mask: 1 where the model learns to predict the token, 0 elsewhere."""

    ids: list[int]
    learned: list[int]


def encode_dialogue(tokenizer: Tokenizer, dialogue: Dialogue, rng: random.Random, longest: int) -> Encoded:
    """Return the dialogue as the chat template renders it, up to the last turn that fits into `longest` tokens.

    Half of the answers follow `Assistant: `, half `Assistant:`, because both occur: the template has the space, and the
    server strips it, since a prompt that ends in a space is tokenized differently.
    """
    ids = [BEGIN_OF_TEXT]
    learned = [0]
    if dialogue.system:
        system = [*encode(tokenizer, f"System: {dialogue.system}"), END_OF_TURN]
        ids += system
        learned += [0] * len(system)
    for turn in dialogue.turns:
        question = [*encode(tokenizer, f"User: {turn.question.strip()}"), END_OF_TURN]
        if rng.random() < 0.5:
            header = encode(tokenizer, "Assistant: ")
            answer = encode(tokenizer, turn.answer)
        else:
            header = encode(tokenizer, "Assistant:")
            answer = encode(tokenizer, f"Assistant: {turn.answer}")[len(header) :]
        answer.append(END_OF_TURN)
        if len(ids) + len(question) + len(header) + len(answer) > longest:
            break
        ids += question + header + answer
        learned += [0] * (len(question) + len(header)) + [1] * len(answer)
    return Encoded(ids, learned)


def encoded_chunk(tokenizer_path: Path, seed: int, count: int) -> list[Encoded]:
    """Return `count` dialogues from one seed, without those that contain a question of the evaluation."""
    tokenizer = load_tokenizer(tokenizer_path)
    rng = random.Random(seed)
    encoded = []
    while len(encoded) < count:
        dialogue = random_dialogue(rng)
        if contains_held_out(dialogue):
            continue
        item = encode_dialogue(tokenizer, dialogue, rng, LONGEST if rng.random() < 0.02 else USUAL_LENGTH)
        if any(item.learned):
            encoded.append(item)
    return encoded


def build_dataset(tokenizer_path: Path, path: Path, *, dialogues: int, workers: int = 2) -> "Dataset":
    """Generate, encode and save the whole corpus."""
    seeds = range(FIRST_SEED, FIRST_SEED + dialogues // CHUNK)
    encoded: list[Encoded] = []
    with ProcessPoolExecutor(workers) as pool:
        for chunk in pool.map(encoded_chunk, [tokenizer_path] * len(seeds), seeds, [CHUNK] * len(seeds)):
            encoded += chunk
    np.savez(
        path,
        lengths=np.array([len(item.ids) for item in encoded], np.int32),
        ids=np.concatenate([np.array(item.ids, np.int16) for item in encoded]),
        learned=np.concatenate([np.array(item.learned, np.int8) for item in encoded]),
    )
    return Dataset(path)


class Dataset:
    """The encoded corpus; dialogue `i` is a slice of one long row of tokens."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self.lengths = arrays["lengths"]
            self.ids = arrays["ids"]
            self.learned = arrays["learned"]
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])

    def __len__(self) -> int:
        return len(self.lengths)

    def describe(self) -> str:
        """Return the size of the corpus in one line."""
        return f"{len(self):,} dialogues, {len(self.ids):,} tokens, {int(self.learned.sum()):,} of them learned"

    def prompts(self, tokenizer: Tokenizer) -> Iterator[str]:
        """Yield every system prompt and every user message of the corpus as text."""
        for index in range(len(self)):
            ids = self.ids[self.offsets[index] : self.offsets[index + 1]]
            for part in np.split(ids, np.flatnonzero(ids == END_OF_TURN) + 1):
                text = tokenizer.decode([token for token in part.tolist() if token < BEGIN_OF_TEXT])
                role, _, content = text.partition(": ")
                if role in ("System", "User"):
                    yield content

    def padded(self, indices: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return token ids and targets of some dialogues, both of shape (dialogues, longest).

        A target is the next token where it is learned, and -1 elsewhere.
        """
        longest = max(self.lengths[index] for index in indices)
        ids = np.zeros((len(indices), longest), np.int64)
        targets = np.full((len(indices), longest), -1, np.int64)
        for row, index in enumerate(indices):
            here = slice(self.offsets[index], self.offsets[index + 1])
            tokens, learned = self.ids[here].astype(np.int64), self.learned[here]
            ids[row, : len(tokens)] = tokens
            targets[row, : len(tokens) - 1] = np.where(learned[1:], tokens[1:], -1)
        return ids, targets


def batches(
    dataset: Dataset, indices: list[int], tokens: int, rng: random.Random, *, chunk: int = 1500
) -> Iterator[list[int]]:
    """Return batches of dialogues of similar length, of at most `tokens` padded tokens each, in random order."""
    indices = list(indices)
    rng.shuffle(indices)
    for start in range(0, len(indices), chunk):
        by_length = sorted(indices[start : start + chunk], key=lambda index: dataset.lengths[index])
        made: list[list[int]] = []
        batch: list[int] = []
        for index in by_length:
            if batch and dataset.lengths[index] * (len(batch) + 1) > tokens:
                made.append(batch)
                batch = []
            batch.append(index)
        made.append(batch)
        rng.shuffle(made)
        yield from made
