"""What a visitor made in a browser becomes the user's who signs in there."""

from __future__ import annotations

import uuid
from itertools import count
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from chat.models import MOST_NAME, Conversation, Preset
from chat.transport import presence

from .owners import VISITOR


@receiver(user_logged_in)
def claim_of_session(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """At sign-up and sign-in; Django's own login view counts too."""
    if visitor := request.session.pop(VISITOR, None):
        claim(uuid.UUID(visitor), user)


@transaction.atomic
def claim(visitor: uuid.UUID, user: Any) -> None:
    """Only rows change their owner: what is being made goes on. A preset whose name is taken gets a number."""
    conversations = list(Conversation.objects.filter(visitor=visitor).values_list("pk", flat=True))
    Conversation.objects.filter(visitor=visitor).update(user=user, visitor=None)
    for conversation in conversations:  # the user's pages that are open elsewhere
        presence.tell_changed(Conversation(pk=conversation, user=user))
    taken = set(Preset.objects.filter(user=user).values_list("name", flat=True))
    for preset in Preset.objects.filter(visitor=visitor).order_by("created_at", "pk"):
        preset.name = free_name(preset.name, taken)
        preset.user, preset.visitor = user, None
        preset.save(update_fields=["name", "user", "visitor"])
        taken.add(preset.name)


def free_name(name: str, taken: set[str]) -> str:
    """The name, or the first of "name (2)", "name (3)", … that is free; never longer than a name may be."""
    if name not in taken:
        return name
    endings = (f" ({number})" for number in count(2))
    names = (f"{name[: MOST_NAME - len(ending)]}{ending}" for ending in endings)
    return next(candidate for candidate in names if candidate not in taken)
