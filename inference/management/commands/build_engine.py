"""Build llama-cli from its pinned source, in the folder where the server looks for it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.provisioning import engine_cache
from inference.provisioning.build_steps import EngineBuildError
from inference.provisioning.engine_build import ENGINE, TOOLS, Build, build_engine
from inference.provisioning.engine_cache import EngineCache


class Command(BaseCommand):
    help = (
        "Build llama-cli from its pinned source. Does nothing if it is already built; copies it from the user's cache "
        "if it was built in another folder; an interrupted build resumes."
    )
    requires_system_checks = []  # this command fixes the missing engine that the checks report

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tools", action="store_true", help=f"also build {', '.join(TOOLS)}")
        parser.add_argument(
            "--portable",
            action="store_true",
            help="for any x86-64 processor with AVX2, instead of using all features of this machine's processor",
        )
        parser.add_argument(
            "--folder", type=Path, default=Path(settings.BASE_DIR, ".engine"), help="where to build (%(default)s)"
        )
        parser.add_argument(
            "--no-cache", action="store_true", help=f"compile, and leave {engine_cache.default_folder()} alone"
        )

    def handle(self, *args: Any, tools: bool, portable: bool, folder: Path, no_cache: bool, **options: Any) -> None:
        targets = (ENGINE, *TOOLS) if tools else (ENGINE,)
        cache = None if no_cache else EngineCache(engine_cache.default_folder())
        self.stdout.ending = ""  # the display writes its own line ends
        try:
            build_engine(Build(folder, targets, portable), self.stdout, cache)
        except EngineBuildError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Run it again to resume.", returncode=130) from None
