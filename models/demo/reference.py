"""Record what PyTorch computes for twenty prompts, so that tests can compare llama-cli with it without PyTorch.

For every position of a prompt and its answer the record holds the most likely next token, and for the whole prompt the
answer at temperature 0. The network runs in float32 here: the ternary products are then exact, as llama.cpp's are.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from .corpus import DEFAULT_SYSTEM_PROMPT
from .engine import Engine, Sampling
from .evaluate import render
from .model import BitNet
from .tokenizer import BEGIN_OF_TEXT, END_OF_TURN, SPECIAL_TOKENS, encode

LONGEST_ANSWER = 200  # tokens
MESSAGES = (
    "What is machine learning?",
    "What is BitNet?",
    "Who are you?",
    "Hello",
    "How are you today?",
    "What is the capital of France?",
    "What is 17 + 25?",
    "Count from 3 to 9",
    "What is the opposite of hot?",
    "Write a haiku about the sea",
    "Write a short story about a fox",
    "Name three fruits",
    "Show me hello world in Python",
    "Make a table of the planets",
    "What is Docker?",
    "How do I change the temperature?",
    "What is a neural network?",
    "Who was Napoleon?",
    "Tell me a joke",
    "My name is Ada",
)


@dataclass(frozen=True)
class Recorded:
    """One prompt: `pieces` are the texts of the tokens of prompt and answer, without the first, begin of text.

    `next_pieces[i]` is the text of the most likely token after `pieces[: i + 1]`. `cuts` are the lengths at which
    llama-cli can be asked the same: the text so far is tokenised into exactly these pieces, and does not end in a token
    that ends a generation.
    """

    prompt: str
    answer: str
    pieces: list[str]
    next_pieces: list[str]
    cuts: list[int]


def token_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return the token ids of a text that may contain special tokens."""
    ids: list[int] = []
    for number, part in enumerate(text.split(SPECIAL_TOKENS[-1])):
        ids += [END_OF_TURN] * (number > 0)
        ids += encode(tokenizer, part)
    return ids


def piece(tokenizer: Tokenizer, token: int) -> str:
    """Return the text of a token."""
    if token >= BEGIN_OF_TEXT:
        return SPECIAL_TOKENS[token - BEGIN_OF_TEXT]
    return tokenizer.decode([token])


@torch.no_grad()
def greedy(model: BitNet, ids: list[int]) -> list[int]:
    """Return the most likely continuation, up to the end of the turn."""
    answer: list[int] = []
    while len(answer) < LONGEST_ANSWER:
        logits = model(torch.tensor([[BEGIN_OF_TEXT, *ids, *answer]]))
        token = int(logits[0, -1].argmax())
        answer.append(token)
        if token >= BEGIN_OF_TEXT:
            break
    return answer


@torch.no_grad()
def record(model: BitNet, tokenizer: Tokenizer, message: str) -> Recorded:
    """Return everything that is compared for one prompt."""
    prompt = render(DEFAULT_SYSTEM_PROMPT, [], message)
    ids = token_ids(tokenizer, prompt)
    answer = greedy(model, ids)
    ids += answer
    most_likely = model(torch.tensor([[BEGIN_OF_TEXT, *ids]]))[0, 1:].argmax(-1).tolist()
    pieces = [piece(tokenizer, token) for token in ids]
    cuts = [
        end
        for end in range(1, len(ids) + 1)
        if ids[end - 1] != END_OF_TURN and token_ids(tokenizer, "".join(pieces[:end])) == ids[:end]
    ]
    text = tokenizer.decode([token for token in answer if token < BEGIN_OF_TEXT])
    return Recorded(prompt, text, pieces, [piece(tokenizer, token) for token in most_likely], cuts)


def write_reference(model: BitNet, tokenizer: Tokenizer, path: Path) -> list[Recorded]:
    """Record all prompts."""
    recorded = [record(model, tokenizer, message) for message in MESSAGES]
    content = [asdict(item) for item in recorded]
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return recorded


def next_piece(engine: Engine, prompt: str) -> str:
    """Return the most likely next token, as llama-cli prints it with `--special`."""
    output = engine.run(prompt, tokens=1, sampling=Sampling(), arguments=("--special",))
    return output.decode(errors="replace")


@dataclass(frozen=True)
class Agreement:
    """Positions that were compared, those with the same next token, prompts, and those with the same answer.

    A position is a prefix of a text. A prefix that several prompts share counts once: all have the same system prompt,
    and a tie in it would otherwise count twenty times.
    """

    positions: int
    same_tokens: int
    prompts: int
    same_answers: int

    def __str__(self) -> str:
        return (
            f"same next token on {self.same_tokens} of {self.positions} positions, "
            f"same answer on {self.same_answers} of {self.prompts} prompts"
        )


def compare(engine: Engine, recorded: list[Recorded]) -> Agreement:
    """Ask llama-cli for the next token at every cut, and for every answer at temperature 0."""
    asked = {"".join(item.pieces[:cut]): item.next_pieces[cut - 1] for item in recorded for cut in item.cuts}

    def is_same_token(pair: tuple[str, str]) -> bool:
        prompt, expected = pair
        return next_piece(engine, prompt).startswith(expected)

    def is_same_answer(item: Recorded) -> bool:
        return engine.complete(item.prompt).text == item.answer

    with ThreadPoolExecutor(2) as pool:
        same_tokens = sum(pool.map(is_same_token, asked.items()))
        same_answers = sum(pool.map(is_same_answer, recorded))
    return Agreement(len(asked), same_tokens, len(recorded), same_answers)
