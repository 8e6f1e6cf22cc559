"""Rename settings, the history's columns and a permission; existing rows and grants are kept."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OLD, NEW = "replay_generationrecord", "reproduce_generationrecord"


def _rename_permission(apps: Apps, old: str, new: str, name: str) -> None:
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="inference", content_type__model="generationrecord", codename=old
    )
    permissions.update(codename=new, name=name)


def rename_permission(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep the grants of users and groups: they refer to the permission's row."""
    _rename_permission(apps, OLD, NEW, "Can reproduce generations")


def restore_permission(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename_permission(apps, NEW, OLD, "Can replay generations")


class Migration(migrations.Migration):
    dependencies = [
        ("inference", "0004_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RenameField("inferencesettings", "most_tokens", "max_answer_tokens"),
        migrations.RenameField("inferencesettings", "most_prompt", "max_prompt_chars"),
        migrations.RenameField("inferencesettings", "most_per_owner", "max_requests_per_caller"),
        migrations.RenameField("generationrecord", "pid", "worker"),
        migrations.AlterField(
            "generationrecord",
            "worker",
            models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.RenameField("generationrecord", "replay_of", "reproduces"),
        migrations.AlterField(
            "generationrecord",
            "reproduces",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="reproductions",
                to="inference.generationrecord",
            ),
        ),
        migrations.AlterModelOptions(
            "generationrecord",
            options={
                "ordering": ("-at",),
                "permissions": ((NEW, "Can reproduce generations"),),
                "verbose_name": "generation",
            },
        ),
        migrations.RunPython(rename_permission, restore_permission),
    ]
