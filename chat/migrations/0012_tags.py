"""Tags of conversations; and the texts of attached files are found by the search."""

from django.db import migrations

import chat.tags


def fold_files(apps, schema_editor):
    """Write the searched text of the questions that have files, as `Message.more_searched` has it now."""
    message = apps.get_model("chat", "Message")
    for row in message.objects.exclude(files=[]).only("text", "files").iterator(chunk_size=100):
        texts = [row.text, *(each[name] for each in row.files for name in ("name", "text"))]
        message.objects.filter(pk=row.pk).update(search_text="\n".join(texts).casefold())


class Migration(migrations.Migration):
    dependencies = [("chat", "0011_share")]
    operations = [
        migrations.AddField("conversation", "tags", chat.tags.TagsField(blank=True, default=list)),
        migrations.RunPython(fold_files, migrations.RunPython.noop, elidable=True),
    ]
