"""`manage.py fetch_model`: download a model from the Hugging Face Hub into the models folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bitnetsite.env import BASE_DIR, env
from inference.engine.gguf.header import ModelFile
from inference.provisioning.engine.build_steps import Display
from inference.provisioning.engine.engine_build import QUANTIZE
from inference.provisioning.engine.programs import BITNET_CPP_TYPES, program_for
from inference.provisioning.models.embedding_quantization import quantize_embeddings, require_llama_quantize
from inference.provisioning.models.model_download import FetchedModel, fetch_model, megabytes
from inference.provisioning.models.model_source import DownloadProgress, ModelDownloadError, ModelSource

UPDATE_INTERVAL = 0.1  # seconds
BAR_WIDTH = 24  # characters


class Command(BaseCommand):
    """Shows progress as one updating line in a terminal, and as a line every few seconds elsewhere."""

    help = "Download a model from the Hugging Face Hub. Skips an existing file; resumes an interrupted download."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repo", help="Repository, as OWNER/NAME (default: MODEL_REPO).")
        parser.add_argument("--file", help="GGUF file in that repository (default: MODEL_FILE).")
        parser.add_argument(
            "--quantize-embeddings",
            action="store_true",
            help="Also create a smaller and faster copy, with embeddings in Q6_K. Microsoft reports a perplexity of "
            "17.15 instead of 17.11 for its 2B model.",
        )
        parser.add_argument(
            "--llama-quantize",
            type=Path,
            metavar="PATH",
            help="Path of llama-quantize (default: next to LLAMA_CLI, or what build_engine built).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source = ModelSource(
            options["repo"] or env("MODEL_REPO"), options["file"] or env("MODEL_FILE"), env("HF_ENDPOINT")
        )
        self.stdout.ending = ""  # the display writes its own line ends
        display = Display(self.stdout)
        try:
            if options["quantize_embeddings"]:
                require_llama_quantize(options["llama_quantize"] or _llama_quantize(env("MODELS_DIR") / source.file))
            fetched = self._fetch(source, display)
            model = fetched.model
            if options["quantize_embeddings"]:
                program = options["llama_quantize"] or _llama_quantize(model.path)
                model = quantize_embeddings(model, program, display)
                display.step(f"{_shown(model.path)} has {megabytes(model.size)} MB; you may delete the larger file.")
        except ModelDownloadError as error:
            display.clear()
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            display.clear()
            raise CommandError("Interrupted. Run it again to resume.", returncode=130) from None
        display.step(_next_step(model))

    def _fetch(self, source: ModelSource, display: Display) -> FetchedModel:
        display.step(f"Downloading {source.file} of {source.repo} from {source.endpoint}")
        fetched = fetch_model(source, env("MODELS_DIR"), _Bar(display))
        path, size = _shown(fetched.model.path), megabytes(fetched.model.size)
        if fetched.received:
            display.step(f"Downloaded {path}: {size} MB, SHA-256 verified ({fetched.sha256})")
        elif fetched.sha256:
            display.step(f"Already exists: {path}, {size} MB, SHA-256 verified ({fetched.sha256})")
        else:
            display.step(f"Already exists: {path}, {size} MB. {source.endpoint} cannot be reached to verify it.")
        return fetched


class _Bar:
    """A progress bar with the speed of this run and the remaining time."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._first: DownloadProgress | None = None
        self._started = self._shown = 0.0

    def __call__(self, progress: DownloadProgress) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first, self._started = progress, now
            if progress.bytes:
                self._display.step(f"Resuming at {megabytes(progress.bytes)} MB")
        if now - self._shown < UPDATE_INTERVAL and progress.bytes != progress.total_bytes:
            return
        self._shown = now
        total = progress.total_bytes or 1
        part = progress.bytes / total
        done = "#" * round(part * BAR_WIDTH)
        text = f"[{done:.<{BAR_WIDTH}}] {part:4.0%}  {megabytes(progress.bytes)} of {megabytes(total)} MB"
        speed = (progress.bytes - self._first.bytes) / max(now - self._started, 0.001)
        if speed and now - self._started > 1:
            minutes, seconds = divmod(round((total - progress.bytes) / speed), 60)
            text += f"  {speed / 1e6:.1f} MB/s  {minutes}:{seconds:02} left"
        self._display.progress(text)


def _shown(path: Path) -> str:
    """Return the path as it may be set in MODEL_PATH: relative to the project's folder if it is inside."""
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else str(path)


def _llama_quantize(model: Path) -> Path:
    return program_for(model, QUANTIZE)


def _next_step(model: ModelFile) -> str:
    text = f"To use it: MODEL_PATH={_shown(model.path)} make run"
    if model.quantization in BITNET_CPP_TYPES:
        text += (
            f"\nIts weights are in {model.quantization}, which only bitnet.cpp's own llama-cli supports: build it with "
            "`manage.py build_engine --bitnet`."
        )
    return text
