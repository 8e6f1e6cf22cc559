"""`manage.py prune_history`: delete expired history now; the server does so once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.history.pruning import prune
from inference.serving import configuration


class Command(BaseCommand):
    """Deletes in batches, so that a running server is not blocked."""

    help = "Delete expired history, and conversations that were deleted more than an hour ago."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="Days to keep (default: as in the settings).")
        parser.add_argument("--dry-run", action="store_true", help="Only print what would be deleted.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] is not None and options["days"] < 1:
            raise CommandError("--days: enter a whole number of at least 1.")
        configuration.refresh()
        verb = "Would delete" if options["dry_run"] else "Deleted"
        for line in prune(options["days"], dry_run=options["dry_run"]):
            self.stdout.write(f"{verb} {line}.")
