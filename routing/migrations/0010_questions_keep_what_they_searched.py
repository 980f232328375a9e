from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0009_forget_parts_on_the_way_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="whatif",
            name="search_mark",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Fingerprint of the search of the plan as it is",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="whatif",
            name="as_it_is",
            field=models.BinaryField(
                help_text="What that search found, for the questions after this one", null=True
            ),
        ),
    ]
