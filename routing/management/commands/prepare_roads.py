"""Prepare the OSM extract for the road engine, once per vehicle kind; a second run finds it done."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.geo.extract import extract_path
from routing.travel_times import roads
from routing.travel_times.protocol import VEHICLE_KINDS


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kinds", nargs="+", choices=VEHICLE_KINDS, default=list(VEHICLE_KINDS)
        )
        parser.add_argument("--threads", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            prepared = roads.prepare(
                extract_path(),
                roads_cache(),
                kinds=options["kinds"],
                threads=options["threads"],
                report=self.stdout.write,
            )
        except roads.RoadsNotPrepared as error:
            raise CommandError(str(error)) from error
        kinds = ", ".join(prepared)
        self.stdout.write(f"Roads ready for {kinds} ({time.monotonic() - started:.1f} s).")


def roads_cache() -> Path:
    """Where prepared roads are kept."""
    return settings.LOCAL / "roads"
