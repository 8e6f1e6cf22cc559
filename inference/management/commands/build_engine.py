"""Builds llama-cli from its pinned source, into the folder where the server looks for it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.provisioning.build_steps import EngineBuildError
from inference.provisioning.engine_build import ENGINE, TOOLS, Build, build_engine


class Command(BaseCommand):
    help = "Build llama-cli from its pinned source. Does nothing if it is already built; an interrupted build resumes."
    requires_system_checks = []  # a missing engine is what this command mends

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tools", action="store_true", help=f"also build {', '.join(TOOLS)}")
        parser.add_argument(
            "--portable",
            action="store_true",
            help="for any x86-64 processor with AVX2, instead of everything that this machine's processor can do",
        )
        parser.add_argument(
            "--folder", type=Path, default=Path(settings.BASE_DIR, ".engine"), help="where to build (%(default)s)"
        )

    def handle(self, *args: Any, tools: bool, portable: bool, folder: Path, **options: Any) -> None:
        targets = (ENGINE, *TOOLS) if tools else (ENGINE,)
        self.stdout.ending = ""  # the progress line ends only when it is finished
        try:
            build_engine(Build(folder, targets, portable), self.stdout)
        except EngineBuildError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Run it again to resume.", returncode=130) from None
