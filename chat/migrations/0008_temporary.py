from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0007_model")]
    operations = [migrations.AddField("conversation", "temporary", models.BooleanField(default=False))]
