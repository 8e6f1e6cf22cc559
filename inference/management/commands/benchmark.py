"""`manage.py benchmark`: measure how fast this machine answers with this model."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.engine.errors import EngineError
from inference.monitoring.benchmarks import BENCHMARKS
from inference.serving.engine_settings import engine_config, engine_lock


class Command(BaseCommand):
    """Prints each figure as soon as it is measured."""

    help = "Time the engine with the configured model, on an otherwise idle machine."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)} (default: all).")

    def handle(self, *args: Any, **options: Any) -> None:
        if unknown := set(options["names"]) - set(BENCHMARKS):
            raise CommandError(f"Unknown benchmark: {', '.join(unknown)}. Choose from {', '.join(BENCHMARKS)}.")
        lock = engine_lock()
        try:
            asyncio.run(lock.acquire(0))
        except EngineError as error:
            raise CommandError(str(error)) from error
        for name in options["names"] or BENCHMARKS:
            self.stdout.write(f"{name}: {BENCHMARKS[name].__doc__}")
            try:
                for figure in asyncio.run(BENCHMARKS[name](engine_config())):
                    self.stdout.write(f"  {figure.value:10.3f} {figure.unit:<9} {figure.name}")
            except EngineError as error:
                raise CommandError(str(error)) from error
