"""Prepare the OSM extract for the road engine, once per vehicle kind; a second run finds it done.

`.local/roads/ready.json` then names the network of each kind, for whoever starts the servers.
"""

import json
import os
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
        write_aside(
            roads_cache() / "ready.json", {kind: str(path) for kind, path in prepared.items()}
        )
        kinds = ", ".join(prepared)
        self.stdout.write(f"Roads ready for {kinds} ({time.monotonic() - started:.1f} s).")


def write_aside(file: Path, content: dict[str, str]) -> None:
    """Write JSON that a reader sees as a whole or not at all."""
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    aside.write_text(json.dumps(content))
    aside.rename(file)


def roads_cache() -> Path:
    """Where prepared roads are kept."""
    return settings.LOCAL / "roads"
