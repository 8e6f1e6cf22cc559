"""`manage.py create_api_key USER NAME`: create an API key and print it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from inference.management.arguments import whole_number
from inference.models import ApiKey
from inference.serving.parameters import MAX_COUNT, MAX_DAYS, MAX_TOKENS_PER_DAY


class Command(BaseCommand):
    help = (
        "Create an API key for a user and print it. It is shown only once: the server stores only its hash. Keys are "
        "listed and revoked on the page API keys of the user's account."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="owner of the key")
        parser.add_argument("name", help="what the key is for")
        parser.add_argument("--days", type=whole_number(1, MAX_DAYS), help="days until it expires (default: never)")
        parser.add_argument("--requests-per-minute", type=whole_number(1, MAX_COUNT))
        parser.add_argument("--tokens-per-day", type=whole_number(1, MAX_TOKENS_PER_DAY), help="of prompts and answers")
        parser.add_argument("--at-once", type=whole_number(1, MAX_COUNT), help="concurrent answers")

    def handle(self, *, user: str, name: str, days: int | None, **options: Any) -> None:
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(
                f"There is no user {user}. Create one at {reverse('sign-up')}, or with manage.py createsuperuser."
            )
        limits = {limit: options[limit] for limit in ("requests_per_minute", "tokens_per_day", "at_once")}
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, key = ApiKey.objects.issue(user=owner, name=name, expires_at=expires_at, **limits)
        self.stdout.write(key)
