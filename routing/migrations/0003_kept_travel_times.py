"""What road engines answered is kept: unlogged (a crash costs time, never data) and uncompressed (numbers do not shrink)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_plans_room")]

    operations = [
        migrations.CreateModel(
            name="KeptRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "map_version", "vehicle_kind", "place",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("map_version", models.CharField(max_length=120)),
                ("vehicle_kind", models.CharField(max_length=10)),
                ("place", models.BigIntegerField()),
                ("cells", models.BinaryField()),
                ("used_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="SnappedPoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "map_version", "vehicle_kind", "point",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("map_version", models.CharField(max_length=120)),
                ("vehicle_kind", models.CharField(max_length=10)),
                ("point", models.BigIntegerField()),
                ("place", models.BigIntegerField(help_text="Null: no road within reach.", null=True)),
                ("used_on", models.DateField()),
            ],
        ),
        migrations.RunSQL(
            sql=[
                "ALTER TABLE routing_keptrow ALTER COLUMN cells SET STORAGE EXTERNAL",
                "ALTER TABLE routing_keptrow SET UNLOGGED",
                "ALTER TABLE routing_snappedpoint SET UNLOGGED",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]  # fmt: skip
