from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0007_parts_of_big_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="planpart",
            name="attempt",
            field=models.PositiveIntegerField(
                default=0, help_text="Version of the plan when it was begun"
            ),
        ),
        migrations.AlterField(
            model_name="planpart",
            name="ask",
            field=models.BinaryField(
                help_text="Nothing where only the plan's own job searches it", null=True
            ),
        ),
        migrations.RemoveConstraint(model_name="planpart", name="plan_part_once"),
        migrations.AddConstraint(
            model_name="planpart",
            constraint=models.UniqueConstraint(
                fields=("plan", "attempt", "number"), name="plan_part_once"
            ),
        ),
    ]
