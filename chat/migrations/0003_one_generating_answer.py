"""Allow one answer with the status "generating" per conversation."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q


def interrupt_stale(apps: Any, schema_editor: Any) -> None:
    """Mark all but the newest of a conversation's generating answers as interrupted: a server that crashed left them."""
    messages = apps.get_model("chat", "Message").objects.using(schema_editor.connection.alias)
    generating = messages.filter(status="generating")
    newer = generating.filter(conversation=OuterRef("conversation")).filter(
        Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), id__gt=OuterRef("id"))
    )
    stale = list(generating.filter(Exists(newer)).values_list("pk", flat=True))
    for first in range(0, len(stale), 500):
        messages.filter(pk__in=stale[first : first + 500]).update(status="interrupted")


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0002_search_titles"),
    ]

    operations = [
        migrations.RunPython(interrupt_stale, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "generating")),
                fields=("conversation",),
                name="message_one_generating_per_conversation",
            ),
        ),
    ]
