"""Makes the demo model from nothing: `python -m models.demo.build`, about an hour and a half on two cores.

What is finished stays in the build folder and is not made again, so an interrupted build goes on where it was;
`--fresh` begins anew. The result, its card and the reference of the tests are written last, after all was checked.
"""

import argparse
import shutil
import time
from pathlib import Path

import torch

from .card import write_card
from .dataset import Dataset, build_dataset
from .engine import PROJECT, Engine, find_binary
from .evaluate import Score, print_failures, print_readme_answers, score
from .export import export
from .held_out import assert_held_out
from .model import Numerics, Shape
from .reference import compare, write_reference
from .tokenizer import load_tokenizer, train_tokenizer
from .train import Schedule, load_model, train

DIALOGUES = 120_000  # about one epoch of the schedule
THREADS = 2
MODEL = PROJECT / "models" / "demo-bitnet.gguf"
CARD = PROJECT / "models" / "demo-bitnet.md"
REFERENCE = PROJECT / "tests" / "models" / "demo_model_reference.json"
BUILD = Path(__file__).parent / "build"


def parsed_arguments() -> argparse.Namespace:
    """What stands on the command line."""
    parser = argparse.ArgumentParser(description="Make the demo model from nothing.")
    parser.add_argument("--build", type=Path, default=BUILD, help="folder for what is made on the way")
    parser.add_argument("--fresh", action="store_true", help="delete that folder first")
    parser.add_argument("--failures", action="store_true", help="print every answer that was not sensible")
    return parser.parse_args()


def corpus(folder: Path) -> Dataset:
    """The tokenizer and the encoded corpus, checked to be free of the evaluation."""
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
    """The scores at temperature 0 and 0.7, printed."""
    scores = []
    for temperature in (0.0, 0.7):
        result = score(engine, temperature)
        print("\n".join(result.lines()), flush=True)
        if failures:
            print_failures(result)
        scores.append(result)
    return scores


def main() -> None:
    """Corpus, training, export, comparison with llama-cli, evaluation, card."""
    arguments = parsed_arguments()
    folder: Path = arguments.build
    binary = find_binary()
    if arguments.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(THREADS)
    began = time.monotonic()
    dataset = corpus(folder)
    print("→ Training", flush=True)
    train(dataset, folder / "checkpoint.pt", Schedule(), Shape())
    print(f"training ended after {(time.monotonic() - began) / 60:.0f} minutes", flush=True)
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
    shutil.copyfile(draft, MODEL)
    shutil.copyfile(folder / "reference.json", REFERENCE)
    write_card(CARD, model=exact, size=size, corpus=dataset.describe(), agreement=agreement, scores=scores, speed=speed)
    print(f"→ {MODEL}, {CARD.name} and {REFERENCE.name} are written", flush=True)


if __name__ == "__main__":
    main()
