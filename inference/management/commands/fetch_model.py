"""`manage.py fetch_model`: download a model from the Hugging Face Hub into the models folder."""

from __future__ import annotations

import sys
import time
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bitnetsite.env import BASE_DIR, env
from inference.engine.gguf.header import ModelFile
from inference.provisioning.engine.build_steps import Display
from inference.provisioning.engine.engine_build import QUANTIZE
from inference.provisioning.engine.programs import is_program, program_for, program_problem
from inference.provisioning.models.embedding_quantization import quantize_embeddings, require_llama_quantize
from inference.provisioning.models.model_choice import choose_model
from inference.provisioning.models.model_download import FetchedModel, fetch_model
from inference.provisioning.models.model_source import DownloadProgress, ModelDownloadError, ModelSource
from inference.provisioning.models.sizes import megabytes

UPDATE_INTERVAL = 0.1  # seconds
BAR_WIDTH = 24  # characters


class Command(BaseCommand):
    """Shows progress as one updating line in a terminal, and as a line every few seconds elsewhere."""

    help = (
        "Download a model from the Hugging Face Hub. Skips an existing file; resumes an interrupted download. "
        "`manage.py models` lists the catalogue."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "model",
            nargs="?",
            help="A name of the catalogue, or hf:OWNER/NAME/FILE, or OWNER/NAME of a repository with one GGUF file "
            "(default: MODEL_FILE of MODEL_REPO).",
        )
        parser.add_argument("--repo", help="Repository, as OWNER/NAME (default: MODEL_REPO).")
        parser.add_argument("--file", help="GGUF file in that repository (default: MODEL_FILE).")
        parser.add_argument(
            "--quantize-embeddings",
            action=BooleanOptionalAction,
            help="Also create a smaller and faster copy, with embeddings in Q6_K. Of Microsoft's 2B model it is "
            "21 %% faster and 0.4 GB smaller; Microsoft reports a perplexity of 17.15 instead of 17.11. In a terminal, "
            "the default is to ask.",
        )
        parser.add_argument(
            "--llama-quantize",
            type=Path,
            metavar="PATH",
            help="Path of llama-quantize (default: next to the llama-cli that runs the model).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["model"] and (options["repo"] or options["file"]):
            raise CommandError("Expected either MODEL or --repo and --file, not both.")
        self.stdout.ending = ""  # the display writes its own line ends
        display = Display(self.stdout)
        try:
            source = _source(options)
            quantizes = self._quantizes(source, options)
            model = self._fetch(source, display).model
            if quantizes:
                program = options["llama_quantize"] or program_for(model.quantization, QUANTIZE)
                model = quantize_embeddings(model, program, display)
                display.step(f"{_shown(model.path)} has {megabytes(model.size)} MB; you may delete the larger file.")
        except ModelDownloadError as error:
            display.clear()
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            display.clear()
            raise CommandError("Interrupted. Run it again to resume.", returncode=130) from None
        if source.entry and source.entry.embeddings and not quantizes:
            display.step(f"--quantize-embeddings makes a copy that is {source.entry.embeddings}.")
        display.step(_next_step(model))

    def _quantizes(self, source: ModelSource, options: dict[str, Any]) -> bool:
        """Return whether to quantize the embeddings too; ask in a terminal. Raise ModelDownloadError."""
        wanted: bool | None = options["quantize_embeddings"]
        gain = source.entry.embeddings if source.entry else ""
        if wanted is False or (wanted is None and not gain):
            return False
        model = source.entry.weights if source.entry else source.destination(env("MODELS_DIR"))
        program = options["llama_quantize"] or program_for(model, QUANTIZE)
        if wanted:
            require_llama_quantize(program)
            return True
        if not (is_program(program) and self.stdout.isatty() and sys.stdin.isatty()):
            return False
        answer = input(f"Also create a copy with embeddings in Q6_K ({gain})? [Y/n] ")
        return answer.strip().casefold() in ("", "y", "yes")

    def _fetch(self, source: ModelSource, display: Display) -> FetchedModel:
        display.step(f"Downloading {source.file} of {source.repo} from {source.endpoint}")
        if entry := source.entry:
            display.step(f"{entry.title}. Licence: {entry.licence} ({entry.terms})")
        else:
            display.step(f"Licence: see {source.page}")
        fetched = fetch_model(source, env("MODELS_DIR"), _Bar(display))
        path, size = _shown(fetched.model.path), megabytes(fetched.model.size)
        if fetched.received:
            display.step(f"Downloaded {path}: {size} MB, SHA-256 verified ({fetched.sha256})")
        elif fetched.sha256:
            display.step(f"Already exists: {path}, {size} MB, SHA-256 verified ({fetched.sha256})")
        else:
            display.step(f"Already exists: {path}, {size} MB. {source.endpoint} cannot be reached to verify it.")
        return fetched


def _source(options: dict[str, Any]) -> ModelSource:
    """Return the file that the arguments ask for. Raise ModelDownloadError."""
    endpoint, folder = env("HF_ENDPOINT"), env("MODELS_DIR")
    if options["model"]:
        source = choose_model(options["model"], endpoint, folder)
    else:
        source = ModelSource(options["repo"] or env("MODEL_REPO"), options["file"] or env("MODEL_FILE"), endpoint)
    source.destination(folder)  # refuses an unsafe name
    return source


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


def _next_step(model: ModelFile) -> str:
    text = f"To use it: MODEL_PATH={_shown(model.path)} make run"
    if problem := program_problem(model.quantization):
        text += f"\n{problem}"
    return text
