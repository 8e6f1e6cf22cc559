"""`manage.py prune_history`: delete expired history now; the server does so once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from inference.history.pruning import prune
from inference.management.arguments import whole_number
from inference.serving import configuration
from inference.serving.parameters import MAX_DAYS


class Command(BaseCommand):
    """Deletes in batches, so that a running server is not blocked."""

    help = "Delete expired history, conversations that can no longer be restored, and data of expired sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=whole_number(1, MAX_DAYS), help="Days to keep (default: as in the settings)."
        )
        parser.add_argument("--dry-run", action="store_true", help="Only print what would be deleted.")

    def handle(self, *args: Any, **options: Any) -> None:
        configuration.refresh()
        verb = "Would delete" if options["dry_run"] else "Deleted"
        for line in prune(options["days"], dry_run=options["dry_run"]):
            self.stdout.write(f"{verb} {line}.")
