"""What only the database can promise about the partner network."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("couriers", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            sql="ALTER TABLE couriers_servicearea ADD CONSTRAINT area_is_valid "
            "CHECK (ST_IsValid(polygon) AND NOT ST_IsEmpty(polygon))",
            reverse_sql="ALTER TABLE couriers_servicearea DROP CONSTRAINT area_is_valid",
        ),
    ]
