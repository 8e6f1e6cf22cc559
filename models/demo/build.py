"""Train the demo model from scratch: `python -m models.demo.build`, about an hour on two cores.

An interrupted build resumes. A finished build replaces the model, its card and the tests' reference, and deletes its
intermediate files unless `--keep` is given. A build that misses a target replaces nothing unless `--anyway` is given.
"""

import argparse
import shutil
from pathlib import Path

import torch

from .card import write_card
from .dataset import Dataset, build_dataset
from .engine import PROJECT, Engine, find_binary
from .evaluate import Score, print_failures, print_readme_answers, score
from .export import export
from .held_out import assert_held_out
from .model import Numerics, Shape
from .reference import Agreement, compare, write_reference
from .tokenizer import load_tokenizer, train_tokenizer
from .train import Schedule, load_model, train, training_minutes

DIALOGUES = 88_000  # more than the schedule uses
THREADS = 2
# What the model must reach to be committed.
SAME_TOKENS = 0.99
SAME_ANSWERS = 18  # of 20
SENSIBLE_COLD = 0.85
SENSIBLE_WARM = 0.75
NAMES_RECALLED = 0.80
MODEL = PROJECT / "models" / "demo-bitnet.gguf"
CARD = PROJECT / "models" / "demo-bitnet.md"
REFERENCE = PROJECT / "tests" / "models" / "demo_model_reference.json"
BUILD = Path(__file__).parent / "build"


def parsed_arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description="Train the demo model from scratch.")
    parser.add_argument("--build", type=Path, default=BUILD, help="folder for intermediate files")
    parser.add_argument("--keep", action="store_true", help="keep that folder")
    parser.add_argument("--anyway", action="store_true", help="replace the model even if it misses a target")
    parser.add_argument("--failures", action="store_true", help="print every answer that was not sensible")
    return parser.parse_args()


def corpus(folder: Path) -> Dataset:
    """Return the tokenizer and the encoded corpus; check that it has no question of the evaluation."""
    tokenizer_path, dataset_path = folder / "tokenizer.json", folder / "dataset.npz"
    if not tokenizer_path.exists():
        print("→ Tokenizer", flush=True)
        train_tokenizer(tokenizer_path)
    if not dataset_path.exists():
        print("→ Corpus", flush=True)
        build_dataset(tokenizer_path, dataset_path, dialogues=DIALOGUES)
    dataset = Dataset(dataset_path)
    print(dataset.describe(), flush=True)
    checked = assert_held_out(dataset.prompts(load_tokenizer(tokenizer_path)))
    print(f"no question of the evaluation among {checked:,} prompts", flush=True)
    return dataset


def evaluated(engine: Engine, *, failures: bool) -> list[Score]:
    """Return and print the scores at temperature 0 and 0.7."""
    scores = []
    for temperature in (0.0, 0.7):
        result = score(engine, temperature)
        print("\n".join(result.lines()), flush=True)
        if failures:
            print_failures(result)
        scores.append(result)
    return scores


def missed(agreement: Agreement, cold: Score, warm: Score) -> list[str]:
    """Return the targets that the model misses."""
    reached = {
        f"the same next token on {SAME_TOKENS:.0%}": agreement.same_tokens >= SAME_TOKENS * agreement.positions,
        f"the same answer on {SAME_ANSWERS} prompts": agreement.same_answers >= SAME_ANSWERS,
        f"{SENSIBLE_COLD:.0%} sensible at temperature 0": cold.share() >= SENSIBLE_COLD,
        f"{SENSIBLE_WARM:.0%} sensible at temperature 0.7": warm.share() >= SENSIBLE_WARM,
        f"{NAMES_RECALLED:.0%} of names recalled": min(cold.share("name"), warm.share("name")) >= NAMES_RECALLED,
    }
    return [target for target, is_reached in reached.items() if not is_reached]


def main() -> None:
    """Run all steps: corpus, training, export, comparison with llama-cli, evaluation, card."""
    arguments = parsed_arguments()
    folder: Path = arguments.build
    binary = find_binary()
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(THREADS)
    dataset = corpus(folder)
    print("→ Training", flush=True)
    schedule = Schedule()
    train(dataset, folder / "checkpoint.pt", schedule, Shape())
    minutes = training_minutes(folder / "checkpoint.pt")
    print(f"the training took {minutes:.0f} minutes", flush=True)
    print("→ Export", flush=True)
    draft = folder / "demo-bitnet.gguf"
    size = export(load_model(folder / "checkpoint.pt"), folder / "tokenizer.json", draft)
    print(f"{size:,} bytes", flush=True)
    engine = Engine(binary, draft)
    print("→ Comparison of llama-cli with PyTorch", flush=True)
    exact = load_model(folder / "checkpoint.pt", Numerics(torch.float32))
    recorded = write_reference(exact, load_tokenizer(folder / "tokenizer.json"), folder / "reference.json")
    agreement = compare(engine, recorded)
    print(agreement, flush=True)
    print("→ Evaluation", flush=True)
    scores = evaluated(engine, failures=arguments.failures)
    print_readme_answers(engine)
    speed = engine.tokens_per_second()
    print(f"{speed:.0f} tokens per second on one thread", flush=True)
    if targets := missed(agreement, *scores):
        print(f"missed: {'; '.join(targets)}", flush=True)
        if not arguments.anyway:
            raise SystemExit(f"{MODEL.name} was not replaced. The draft is {draft}; use --anyway to replace it.")
    shutil.copyfile(draft, MODEL)
    shutil.copyfile(folder / "reference.json", REFERENCE)
    write_card(
        CARD,
        model=exact,
        size=size,
        steps=schedule.steps,
        minutes=minutes,
        corpus=dataset.describe(),
        agreement=agreement,
        scores=scores,
        speed=speed,
    )
    print(f"→ {MODEL}, {CARD.name} and {REFERENCE.name} are written", flush=True)
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
