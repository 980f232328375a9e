"""live_events: print the tables of live events, or write them into docs/live-events.md."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import get_resolver

from common.live.document import document, tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "live-events.md"


class Command(BaseCommand):
    """Prints or writes the tables."""

    help = "Print docs/live-events.md as the rooms register it; --write keeps it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Read the options."""
        parser.add_argument(
            "--write", action="store_true", help="write the file instead of printing it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the page with every floor's doors loaded, since they register the streams."""
        assert get_resolver().url_patterns  # noqa: S101 - loading them is the point
        if options["write"]:
            PAGE.write_text(document(PAGE.read_text()))
        else:
            self.stdout.write(tables())
