"""`manage.py create_api_key USER NAME`: create an API key and print it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from inference.models import ApiKey


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a whole number greater than 0")
    return int(text)


class Command(BaseCommand):
    help = (
        "Create an API key for a user and print it. It is shown only once: the server stores only its hash. Keys are "
        "listed and revoked at /accounts/keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="owner of the key")
        parser.add_argument("name", help="what the key is for")
        parser.add_argument("--days", type=_count, help="days until it expires (default: never)")
        parser.add_argument("--requests-per-minute", type=_count)
        parser.add_argument("--tokens-per-day", type=_count, help="of prompts and answers")
        parser.add_argument("--at-once", type=_count, help="concurrent answers")

    def handle(self, *, user: str, name: str, days: int | None, **options: Any) -> None:
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(
                f"There is no user {user}. Create one at /accounts/sign-up, or with manage.py createsuperuser."
            )
        limits = {limit: options[limit] for limit in ("requests_per_minute", "tokens_per_day", "at_once")}
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, key = ApiKey.objects.issue(user=owner, name=name, expires_at=expires_at, **limits)
        self.stdout.write(key)
