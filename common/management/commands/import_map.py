"""`manage.py import_map`: fill the map tables from the extract."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.geo.osm_import import import_map


class Command(BaseCommand):
    help = (
        "Import streets, house numbers and the basemap from the OpenStreetMap extract (CARTEIRO_OSM_EXTRACT, "
        "else the demo city). Does nothing when that extract is in already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--path", type=Path, help="an .osm.pbf to import instead of the setting's"
        )
        parser.add_argument(
            "--force", action="store_true", help="import again even if this extract is in already"
        )

    def handle(self, *args: Any, path: Path | None, force: bool, **options: Any) -> None:
        if path is not None and not path.is_file():
            raise CommandError(f"{path} is not a file. Give the path of an .osm.pbf.")
        extract, written = import_map(
            path=path, force=force, now=timezone.now(), progress=self.stdout.write
        )
        counts = ", ".join(
            f"{count:,} {table.removeprefix('map')}" for table, count in extract.counts.items()
        )
        self.stdout.write(f"{'Imported' if written else 'Already in:'} {extract.name} ({counts})")
