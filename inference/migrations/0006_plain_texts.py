"""Reword the texts of fields and permissions, and call an ended process a crash."""

import django.core.validators
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _rename_events(apps: Apps, old: str, new: str) -> None:
    apps.get_model("inference", "EngineEvent").objects.filter(kind=old).update(kind=new)


def call_deaths_crashes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename_events(apps, "death", "crash")


def call_crashes_deaths(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename_events(apps, "crash", "death")


class Migration(migrations.Migration):
    dependencies = [
        ("inference", "0005_plain_names"),
    ]

    operations = [
        migrations.AlterField(
            model_name="engineevent",
            name="kind",
            field=models.CharField(
                choices=[("start", "Start"), ("crash", "Crash"), ("change", "Change")], max_length=6
            ),
        ),
        migrations.RunPython(call_deaths_crashes, call_crashes_deaths),
        migrations.AlterModelOptions(
            name="engineevent",
            options={"ordering": ("-at",), "verbose_name": "engine event", "verbose_name_plural": "engine events"},
        ),
        migrations.AlterModelOptions(
            name="inferencesettings",
            options={
                "permissions": (
                    ("view_dashboard", "Can view the dashboard"),
                    ("operate_engine", "Can pause and resume the engine, and retire processes"),
                ),
                "verbose_name": "settings",
                "verbose_name_plural": "settings",
            },
        ),
        migrations.AlterField(
            model_name="apikey",
            name="at_once",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Concurrent answers. Empty: no limit.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="name",
            field=models.CharField(help_text="What the key is for.", max_length=60),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: the server's general limit, if any.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="tokens_per_day",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Of prompts and answers. Empty: no limit.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="context_size",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Default context size of a conversation, in tokens.",
                null=True,
                validators=[django.core.validators.MinValueValidator(128, "Enter a number of at least 128.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="example_questions",
            field=models.TextField(
                blank=True, help_text="Shown in an empty chat: one per line, at most four.", max_length=600, null=True
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="history_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Days until history entries are deleted.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="keep_api_texts",
            field=models.BooleanField(
                blank=True, help_text="Store prompts and answers of API requests, not only their sizes.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="keep_chat_texts",
            field=models.BooleanField(
                blank=True,
                help_text="Store prompts and answers of the chat page, in addition to the conversations.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="max_answer_tokens",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Upper limit for requests, in tokens per answer.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="max_prompt_chars",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Maximum characters of a prompt or message.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1, "Enter a number from 1 to 100000."),
                    django.core.validators.MaxValueValidator(100000, "Enter a number from 1 to 100000."),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="max_queue",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Maximum queued requests; further ones are refused with 503.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0, "Enter a number of at least 0.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="max_requests_per_caller",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Maximum queued and running requests per caller.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="max_threads",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Maximum threads per answer.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="max_tokens",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Default maximum tokens per answer.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="model_instances",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Answers generated concurrently.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="page_name",
            field=models.CharField(blank=True, help_text="Name of this server.", max_length=40, null=True),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="page_note",
            field=models.CharField(blank=True, help_text="Note below the message field.", max_length=200, null=True),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="queue_timeout",
            field=models.FloatField(
                blank=True,
                help_text="Maximum seconds that a request may wait.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1, "Enter a number of at least 1.")],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="sign_up",
            field=models.BooleanField(blank=True, help_text="Visitors may create accounts.", null=True),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="system_prompt",
            field=models.TextField(
                blank=True,
                help_text="Instructions to the model, before every conversation.",
                max_length=20000,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="temperature",
            field=models.FloatField(
                blank=True,
                help_text="Higher values give more varied answers; 0 selects the most likely token each time.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0, "Enter a number from 0 to 2."),
                    django.core.validators.MaxValueValidator(2.0, "Enter a number from 0 to 2."),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="inferencesettings",
            name="top_p",
            field=models.FloatField(
                blank=True,
                help_text="Nucleus sampling; 1 disables it.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1e-06, "Enter a number above 0 and up to 1."),
                    django.core.validators.MaxValueValidator(1, "Enter a number above 0 and up to 1."),
                ],
            ),
        ),
    ]
