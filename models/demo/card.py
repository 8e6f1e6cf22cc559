"""The model card, with the figures of the build that made the file."""

from pathlib import Path

from .evaluate import SEEDS, Score
from .evaluation import QUESTIONS
from .export import NAME
from .model import BitNet
from .reference import Agreement

TEXT = """# {name}

A BitNet b1.58 language model with {parameters:.1f} million weights in {size:.1f} MB. It comes with this server so that
everything can be tried at once: the page, the API, streaming, conversations, system prompts. It is a demonstration. For
real work, use BitNet-b1.58-2B-4T.

| | |
| --- | --- |
| Architecture | `bitnet` of llama.cpp: {layers} layers, {heads} heads, width {width}, feed-forward {inner} |
| Weights | ternary (−1, 0, +1) times one scale per matrix, stored as TQ2_0; tied embeddings in F16 |
| Vocabulary | {vocabulary} tokens, byte-level BPE of its own |
| Context | {context} tokens; trained on conversations of up to 1,600 |
| Chat template | that of BitNet-b1.58-2B-4T |
| Speed | {speed:,.0f} tokens per second on one thread of the machine that made it |
| Training | {steps:,} steps of about 3,800 tokens, {minutes:.0f} minutes on two cores: `make demo-model` |
| Corpus | {corpus} |

All of its training text was written and generated for it by the code in `models/demo/`. Nothing was downloaded.

## What it can do

Greetings and small talk; who it is; what this server is and how its features work; about 120 definitions around
language models, the web and programming; sums and differences up to 100, products and quotients up to 12 × 12, surest
with small numbers; counting; 50 capitals; opposites, colours, days and months; short lists, tables and code blocks;
haiku and tiny stories; the user's name and a few other facts for the length of a conversation; answering in capitals,
briefly or like a pirate when the system prompt asks for it.

## What it cannot do

* It knows nothing else, and says so, or should: sometimes it gives a fluent answer to another question instead.
* It does not reason, translate sentences, summarise texts, write programs, or follow instructions that are new to it.
* It understands English only, in short sentences. Unusual wording leads it astray; odd names may come back misspelt.
* Many system prompts change nothing. A manner holds best over short answers.
* Its texts are recalled almost word for word: ask twice, and you read the same twice.

## How good it is

{questions} questions that the training never saw. Compared without case and punctuation, none is a message of the
corpus, nor is one of four words or more a part of one; the build asserts it. They are other phrasings of topics that
it was trained on, and topics that it should decline. The corpus was widened in the kinds of questions in which an
earlier model had failed, so this is a test whose subjects were known. An answer counts as sensible if it has the key
fact, ended by itself and did not loop. Top-p 0.9, no top-k, no min-p; at 0.7 with {seeds} seeds.

| Kind | Questions | Temperature 0 | Temperature 0.7 |
| --- | --- | --- | --- |
{rows}

llama-cli against PyTorch in float32: {agreement}.
"""
ROW = "| {kind} | {count} | {cold:.0%} | {warm:.0%} |"


def table_rows(cold: Score, warm: Score) -> str:
    """Return one row for each kind of question, and one for all."""
    kinds = dict.fromkeys(question.kind for question in QUESTIONS)
    rows = [
        ROW.format(
            kind=kind,
            count=sum(question.kind == kind for question in QUESTIONS),
            cold=cold.share(kind),
            warm=warm.share(kind),
        )
        for kind in kinds
    ]
    total = ROW.format(kind="**all**", count=len(QUESTIONS), cold=cold.share(), warm=warm.share())
    return "\n".join([*rows, total])


def write_card(
    path: Path,
    *,
    model: BitNet,
    size: int,
    steps: int,
    minutes: float,
    corpus: str,
    agreement: Agreement,
    scores: list[Score],
    speed: float,
) -> None:
    """Write the card; `size` is in bytes, `speed` in tokens per second, `scores` are those at 0 and at 0.7."""
    cold, warm = scores
    shape = model.shape
    text = TEXT.format(
        name=NAME,
        parameters=sum(parameter.numel() for parameter in model.parameters()) / 1e6,
        size=size / 1e6,
        layers=shape.layers,
        heads=shape.heads,
        width=shape.embedding,
        inner=shape.feed_forward,
        vocabulary=f"{shape.vocabulary:,}",
        context=f"{shape.context:,}",
        speed=speed,
        steps=steps,
        minutes=minutes,
        corpus=corpus,
        questions=len(QUESTIONS),
        seeds=len(SEEDS),
        rows=table_rows(cold, warm),
        agreement=agreement,
    )
    path.write_text(text, encoding="utf-8")
