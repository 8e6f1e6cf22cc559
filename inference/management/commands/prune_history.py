"""`manage.py prune_history`: deletes what the server deletes once a day by itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.history.pruning import prune
from inference.serving import configuration


class Command(BaseCommand):
    """Says what was deleted. In batches: a server that runs meanwhile is not held up."""

    help = "Delete old history, and chats that were deleted over an hour ago."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="Keep so many days; where it is not given, as in the settings.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be deleted.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] is not None and options["days"] < 1:
            raise CommandError("--days: expected a whole number, 1 or more.")
        configuration.refresh()
        verb = "Would delete" if options["dry_run"] else "Deleted"
        for line in prune(options["days"], dry_run=options["dry_run"]):
            self.stdout.write(f"{verb} {line}.")
