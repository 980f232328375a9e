"""How much longer than on free roads drives take at each hour of a hub's day."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("routing", "0003_kept_travel_times"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TravelFactors",
            fields=[
                (
                    "hub",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True,
                        related_name="travel_factors", serialize=False, to="delivery.hub",
                    ),
                ),
                *[
                    (
                        kind,
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveSmallIntegerField()
                        ),
                    )
                    for kind in ("van", "scooter", "bicycle")
                ],
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT,
                        related_name="+", to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "travel factors",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F(kind),
                            output_field=models.BooleanField(),
                            template="cardinality(%(expressions)s) = 24 AND array_position(%(expressions)s, NULL) IS NULL "
                            "AND 50 <= ALL(%(expressions)s) AND 400 >= ALL(%(expressions)s)",
                        ),
                        name=f"{kind}_factors_of_each_hour",
                    )
                    for kind in ("van", "scooter", "bicycle")
                ],
            },
        ),
    ]  # fmt: skip
