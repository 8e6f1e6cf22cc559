"""Train a checkpoint from the encoded corpus, by a schedule in steps, so that training can be paused and resumed."""

import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from .dataset import Dataset, batches
from .model import BitNet, Numerics, Shape

VALIDATION_DIALOGUES = 600
LOG_EVERY = 50  # steps
SAVE_EVERY = 200  # steps


@dataclass(frozen=True)
class Schedule:
    """Length, rates and batch size. The values come from trials of half an hour with an earlier corpus."""

    steps: int = 3200
    tokens_per_step: int = 4096
    learning_rate: float = 3e-3
    warm_up: int = 100  # steps
    flat_until: float = 0.35  # of all steps; from there the rate decreases linearly
    lowest: float = 0.02  # of the learning rate
    clip: float = 1.0
    weight_decay: float = 0.1
    seed: int = 0

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        progress = step / self.steps
        fall = 1.0 if progress < self.flat_until else (1 - progress) / (1 - self.flat_until)
        return self.learning_rate * min(1.0, (step + 1) / self.warm_up) * max(self.lowest, fall)


def optimizers(model: BitNet, schedule: Schedule) -> list[torch.optim.Optimizer]:
    """Muon for the ternary matrices, AdamW for embeddings and norms."""
    matrices = [parameter for layer in model.blk for parameter in layer.parameters() if parameter.ndim == 2]
    others = [parameter for layer in model.blk for parameter in layer.parameters() if parameter.ndim == 1]
    others += [model.token_embd, model.output_norm]
    rate = schedule.learning_rate
    return [
        torch.optim.Muon(
            matrices, lr=rate, momentum=0.95, weight_decay=schedule.weight_decay, adjust_lr_fn="match_rms_adamw"
        ),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]


@dataclass(frozen=True)
class Batch:
    """Token ids of shape (dialogues, length), the flattened positions to predict, and their targets."""

    ids: Tensor
    wanted: Tensor
    targets: Tensor

    @classmethod
    def of(cls, dataset: Dataset, indices: list[int]) -> "Batch":
        """Return the batch of these dialogues."""
        ids, targets = dataset.padded(indices)
        flat = torch.from_numpy(targets).reshape(-1)
        wanted = (flat >= 0).nonzero()[:, 0]
        return cls(torch.from_numpy(ids), wanted, flat[wanted])


def training_batches(dataset: Dataset, schedule: Schedule, *, skip: int) -> Iterator[list[int]]:
    """Yield batches forever, epoch after epoch, in an order set by the seed; skip the first `skip`."""
    rng = random.Random(schedule.seed)
    indices = list(range(VALIDATION_DIALOGUES, len(dataset)))
    number = 0
    while True:
        for batch in batches(dataset, indices, schedule.tokens_per_step, rng):
            number += 1
            if number > skip:
                yield batch


@torch.no_grad()
def validate(model: BitNet, held_back: list[Batch]) -> tuple[float, float]:
    """Return loss and token accuracy on dialogues that are not trained on."""
    loss, right, count = 0.0, 0, 0
    for batch in held_back:
        logits = model(batch.ids, batch.wanted)
        loss += functional.cross_entropy(logits, batch.targets, reduction="sum").item()
        right += int((logits.argmax(-1) == batch.targets).sum())
        count += len(batch.targets)
    return loss / count, right / count


def save_checkpoint(
    path: Path, model: BitNet, step: int, seconds: float, optimizer_states: list[dict] | None = None
) -> None:
    """Write the checkpoint atomically. `seconds`: training time without pauses."""
    state = {
        "shape": asdict(model.shape),
        "model": model.state_dict(),
        "step": step,
        "seconds": seconds,
        "optimizers": optimizer_states,
    }
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load_model(path: Path, numerics: Numerics | None = None) -> BitNet:
    """Return the network of a checkpoint."""
    state = torch.load(path, weights_only=True)
    model = BitNet(Shape(**state["shape"]), numerics)
    model.load_state_dict(state["model"])
    return model


def training_minutes(path: Path) -> float:
    """Return the training time of a checkpoint."""
    return torch.load(path, weights_only=True)["seconds"] / 60


def train(
    dataset: Dataset,
    checkpoint: Path,
    schedule: Schedule,
    shape: Shape,
    *,
    start: Path | None = None,
    compiled: bool = True,
) -> BitNet:
    """Train up to the last step of the schedule. Resume from `checkpoint` if it exists.

    `start`: a finished checkpoint with the initial weights of a further phase.
    """
    torch.manual_seed(schedule.seed)
    model = BitNet(shape, Numerics(compiled=compiled))
    workers = optimizers(model, schedule)
    step, earlier = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        step, earlier = state["step"], state["seconds"]
        if step < schedule.steps:
            for optimizer, optimizer_state in zip(workers, state["optimizers"], strict=True):
                optimizer.load_state_dict(optimizer_state)
    elif start is not None:
        model.load_state_dict(torch.load(start, weights_only=True)["model"])
    held_back = [
        Batch.of(dataset, indices)
        for indices in batches(dataset, list(range(VALIDATION_DIALOGUES)), 8192, random.Random(1))
    ]
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, from step {step} to {schedule.steps}", flush=True
    )
    began, tokens, average = time.monotonic(), 0, None
    for indices in training_batches(dataset, schedule, skip=step):
        if step >= schedule.steps:
            break
        rate = schedule.rate(step)
        for optimizer in workers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        batch = Batch.of(dataset, indices)
        loss = functional.cross_entropy(model(batch.ids, batch.wanted), batch.targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), schedule.clip)
        for optimizer in workers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        tokens += batch.ids.numel()
        average = loss.item() if average is None else 0.98 * average + 0.02 * loss.item()
        if step % LOG_EVERY == 0:
            elapsed = time.monotonic() - began
            print(
                f"step {step}  {elapsed:.0f} s  {tokens / elapsed:.0f} tokens/s  rate {rate:.5f}  loss {average:.4f}",
                flush=True,
            )
        if step % SAVE_EVERY == 0 and step < schedule.steps:
            seconds = earlier + time.monotonic() - began
            save_checkpoint(checkpoint, model, step, seconds, [optimizer.state_dict() for optimizer in workers])
            print(
                "step {}  validation loss {:.4f}, token accuracy {:.4f}".format(step, *validate(model, held_back)),
                flush=True,
            )
    save_checkpoint(checkpoint, model, step, earlier + time.monotonic() - began)
    print("finished: validation loss {:.4f}, token accuracy {:.4f}".format(*validate(model, held_back)), flush=True)
    return model
