"""What a saved prompt consists of, and the prompts of an owner in a file."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError

from chat.accounts.owners import Owner
from chat.accounts.visitor_claim import free_name
from chat.conversations.serializers import Line
from chat.models import MAX_PRESET_NAME, SavedPrompt
from inference.api.requests.fields import StrictSerializer, StrictString

MAX_TEXT = 10_000  # characters


class PromptFields(StrictSerializer):
    name = Line(max_length=MAX_PRESET_NAME)
    text = StrictString(max_length=MAX_TEXT)


def prompt_json(prompt: SavedPrompt) -> dict[str, Any]:
    """Return a prompt. No query."""
    return {"id": str(prompt.id), "name": prompt.name, "text": prompt.text}


def exported(owner: Owner) -> list[dict[str, str]]:
    """Return the owner's prompts as in an export."""
    rows = SavedPrompt.objects.owned_by(owner).order_by("name")
    return [{"name": name, "text": text} for name, text in rows.values_list("name", "text")]


def validated_prompts(value: Any) -> list[dict[str, str]]:
    """Return the prompts of a file. Raise ValidationError."""
    if not isinstance(value, list) or len(value) > SavedPrompt.LIMIT:
        raise ValidationError({"prompts": f"Expected a list of at most {SavedPrompt.LIMIT} prompts."})
    serializer = PromptFields()
    prompts = []
    for at, each in enumerate(value):
        try:
            prompts.append(dict(serializer.run_validation(each)))
        except ValidationError as error:
            raise ValidationError({f"prompts.{at}": error.detail}) from error
    return prompts


def import_prompts(owner: Owner, prompts: list[dict[str, str]]) -> int:
    """Add prompts to the owner's library; return how many. Raise ValidationError where there would be too many.

    A prompt that the owner has already is left out. One whose name is taken by another text gets a number.
    """
    present = dict(SavedPrompt.objects.owned_by(owner).values_list("name", "text"))
    known = set(present.values())
    taken = set(present)
    new = []
    for each in prompts:
        if each["text"] in known:
            continue
        name = free_name(each["name"], taken)
        taken.add(name)
        known.add(each["text"])
        new.append(SavedPrompt(**owner.fields, name=name, text=each["text"]))
    if new and len(taken) > SavedPrompt.LIMIT:
        raise ValidationError(
            {"prompts": f"There would be {len(taken)}; the limit is {SavedPrompt.LIMIT}. Remove some first."}
        )
    SavedPrompt.objects.bulk_create(new)
    return len(new)
