from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0005_message_edits")]
    operations = [migrations.AddField("message", "files", models.JSONField(blank=True, default=list))]
