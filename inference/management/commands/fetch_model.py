"""`manage.py fetch_model`: a model from the Hugging Face Hub into the models folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bitnetsite.env import BASE_DIR, env
from inference.engine.gguf.header import ModelFile
from inference.provisioning.build_steps import Display
from inference.provisioning.embedding_quantization import quantize_embeddings, require_llama_quantize
from inference.provisioning.model_download import (
    DownloadProgress,
    FetchedModel,
    ModelDownloadError,
    ModelSource,
    fetch_model,
    megabytes,
)

SECONDS_BETWEEN_UPDATES = 0.1
BAR = 24  # characters

OF_BITNET_CPP = {"I2_S", "TL1", "TL2"}


class Command(BaseCommand):
    """Shows the download as one updating line on a terminal, and as a plain line every few seconds elsewhere."""

    help = "Fetch a model from the Hugging Face Hub. Does nothing if it is there; an interrupted download resumes."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repo", help="The repository instead of MODEL_REPO, as OWNER/NAME.")
        parser.add_argument("--file", help="The GGUF file of that repository, instead of MODEL_FILE.")
        parser.add_argument(
            "--quantize-embeddings",
            action="store_true",
            help="Also make a copy with the embeddings in Q6_K: smaller, and faster. Microsoft gives the perplexity "
            "of its 2B model as 17.15 instead of 17.11.",
        )
        parser.add_argument(
            "--llama-quantize", type=Path, metavar="PATH", help="The program for that; by default beside LLAMA_CLI."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source = ModelSource(
            options["repo"] or env("MODEL_REPO"), options["file"] or env("MODEL_FILE"), env("HF_ENDPOINT")
        )
        llama_quantize = options["llama_quantize"] or env("LLAMA_CLI").with_name("llama-quantize")
        self.stdout.ending = ""  # the progress line ends only when it is finished
        display = Display(self.stdout)
        try:
            if options["quantize_embeddings"]:
                require_llama_quantize(llama_quantize)
            fetched = self._fetch(source, display)
            model = fetched.model
            if options["quantize_embeddings"]:
                model = quantize_embeddings(model, llama_quantize, display)
                display.step(f"{_shown(model.path)} has {megabytes(model.size)} MB; the larger file may be deleted.")
        except ModelDownloadError as error:
            display.clear()
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            display.clear()
            raise CommandError("Interrupted. Run it again to resume.", returncode=130) from None
        display.step(_what_next(model))

    def _fetch(self, source: ModelSource, display: Display) -> FetchedModel:
        display.step(f"Fetching {source.file} of {source.repo} from {source.endpoint}")
        fetched = fetch_model(source, env("MODELS_DIR"), _Bar(display))
        path, size = _shown(fetched.model.path), megabytes(fetched.model.size)
        if fetched.received:
            display.step(f"Fetched {path}: {size} MB, SHA-256 as announced ({fetched.sha256})")
        elif fetched.sha256:
            display.step(f"Already there: {path}, {size} MB, SHA-256 as announced ({fetched.sha256})")
        else:
            display.step(f"Already there: {path}, {size} MB. {source.endpoint} cannot be reached to compare it.")
        return fetched


class _Bar:
    """Shows progress, with the speed of this run and the time that is left at it."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._first: DownloadProgress | None = None
        self._started = self._shown = 0.0

    def __call__(self, progress: DownloadProgress) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first, self._started = progress, now
            if progress.bytes:
                self._display.step(f"Going on from {megabytes(progress.bytes)} MB")
        if now - self._shown < SECONDS_BETWEEN_UPDATES and progress.bytes != progress.total_bytes:
            return
        self._shown = now
        total = progress.total_bytes or 1
        part = progress.bytes / total
        done = "#" * round(part * BAR)
        text = f"[{done:.<{BAR}}] {part:4.0%}  {megabytes(progress.bytes)} of {megabytes(total)} MB"
        speed = (progress.bytes - self._first.bytes) / max(now - self._started, 0.001)
        if speed and now - self._started > 1:
            minutes, seconds = divmod(round((total - progress.bytes) / speed), 60)
            text += f"  {speed / 1e6:.1f} MB/s  {minutes}:{seconds:02} left"
        self._display.progress(text)


def _shown(path: Path) -> str:
    """As it may be written into MODEL_PATH: from the project's folder, where it lies in it."""
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else str(path)


def _what_next(model: ModelFile) -> str:
    text = f"To serve it: MODEL_PATH={_shown(model.path)} make run"
    if model.quantization in OF_BITNET_CPP:
        text += (
            f"\nIts weights are in {model.quantization}, which bitnet.cpp's own llama-cli reads and no other: build "
            "that one and set LLAMA_CLI to it."
        )
    return text
