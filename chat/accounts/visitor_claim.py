"""Give the conversations, presets and prompts of a visitor to the user who signs in with the same browser."""

from __future__ import annotations

import uuid
from itertools import count
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from chat.models import MAX_PRESET_NAME, Conversation, Preset, SavedPrompt
from chat.transport import presence

from .owners import VISITOR


def claim_for_user(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Claim what the session's visitor owns, at sign-up and sign-in. Receives `user_logged_in`."""
    if visitor := request.session.pop(VISITOR, None):
        claim(uuid.UUID(visitor), user)


@transaction.atomic
def claim(visitor: uuid.UUID, user: Any) -> None:
    """Change the owner of the rows. Running answers continue. A preset or prompt whose name is taken gets a number.

    The user keeps their own presets and prompts. Of the visitor's, the oldest ones follow as far as the limit allows.
    """
    conversations = list(Conversation.objects.filter(visitor=visitor).values_list("pk", flat=True))
    Conversation.objects.filter(visitor=visitor).update(user=user, visitor=None)
    for conversation in conversations:  # notifies pages of the user that are open elsewhere
        presence.notify_changed(Conversation(pk=conversation, user=user))
    if Preset.objects.filter(user=user, default=True).exists():
        Preset.objects.filter(visitor=visitor).update(default=False)
    for named in (Preset, SavedPrompt):
        _claim_named(named, visitor, user)


def _claim_named(model: type[Preset | SavedPrompt], visitor: uuid.UUID, user: Any) -> None:
    taken = set(model.objects.filter(user=user).values_list("name", flat=True))
    for row in model.objects.filter(visitor=visitor).order_by("created_at", "pk"):
        if len(taken) >= model.LIMIT:
            row.delete()  # nobody could reach it any more
            continue
        row.name = free_name(row.name, taken)
        row.user, row.visitor = user, None
        row.save(update_fields=["name", "user", "visitor"])
        taken.add(row.name)


def free_name(name: str, taken: set[str]) -> str:
    """Return the name, or the first of "name (2)", "name (3)", … that is free, within the length limit."""
    if name not in taken:
        return name
    endings = (f" ({number})" for number in count(2))
    names = (f"{name[: MAX_PRESET_NAME - len(ending)]}{ending}" for ending in endings)
    return next(candidate for candidate in names if candidate not in taken)
