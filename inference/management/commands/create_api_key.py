"""`manage.py create_api_key USER NAME`: makes an API key and prints it, for once."""

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
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


class Command(BaseCommand):
    help = (
        "Makes an API key for a user and prints it. It is shown this once: the server keeps only its hash. Keys are "
        "listed and revoked at /accounts/keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="whose key it is")
        parser.add_argument("name", help="what it is for")
        parser.add_argument("--days", type=_count, help="until it expires; it never does where this is left out")
        parser.add_argument("--requests-per-minute", type=_count)
        parser.add_argument("--tokens-per-day", type=_count, help="of prompts and answers")
        parser.add_argument("--at-once", type=_count, help="answers made at once")

    def handle(self, *, user: str, name: str, days: int | None, **options: Any) -> None:
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user}. Make one: /accounts/sign-up, or manage.py createsuperuser.")
        limits = {limit: options[limit] for limit in ("requests_per_minute", "tokens_per_day", "at_once")}
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, key = ApiKey.objects.issue(user=owner, name=name, expires_at=expires_at, **limits)
        self.stdout.write(key)
