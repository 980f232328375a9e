from typing import Any

from django.db import migrations


def remove_parts(apps: Any, schema_editor: Any) -> None:
    """Parts are passing work: one that nobody else may search has no place in the table as it was."""
    apps.get_model("routing", "PlanPart").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0008_attempts_at_parts"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, remove_parts),
    ]
