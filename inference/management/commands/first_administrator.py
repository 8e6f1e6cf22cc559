"""`manage.py first_administrator`: create the administrator named by DJANGO_SUPERUSER_… if there is none yet."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bitnetsite.env import env


class Command(BaseCommand):
    help = (
        "Create an administrator from DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD, if they are set and the "
        "server has no administrator yet. `manage.py createsuperuser` prompts for both instead."
    )

    def handle(self, **options: Any) -> None:
        name = env("DJANGO_SUPERUSER_USERNAME")
        if not name or get_user_model().objects.filter(is_superuser=True).exists():
            return
        if not env("DJANGO_SUPERUSER_PASSWORD"):
            raise CommandError("DJANGO_SUPERUSER_USERNAME is set, but DJANGO_SUPERUSER_PASSWORD is not. Set both.")
        if get_user_model().objects.filter(username=name).exists():
            raise CommandError(f"The user {name} already exists, and is not an administrator. Choose another name.")
        call_command("createsuperuser", interactive=False, email=env("DJANGO_SUPERUSER_EMAIL"), stdout=self.stdout)
