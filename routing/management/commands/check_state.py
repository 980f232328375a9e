"""check_state: fold the event log again and compare every derived column."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from routing.state import queries

MOST_SHOWN = 50


class Command(BaseCommand):
    """Compares what is derived with what it is derived from. Exits with 1 when something does not add up."""

    help = "Fold the event log again and compare every derived column; exits with 1 and says what does not add up."

    def add_arguments(self, parser: CommandParser) -> None:
        """Read the options."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every check on one snapshot of the database, changing nothing."""
        with transaction.atomic():
            if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = list(queries.differences())
            looked_at = queries.counts()
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "looked_at": looked_at,
                        "differences": [{"check": c, "sentence": s} for c, s in found],
                    }
                )
            )
        else:
            self._tell(found, looked_at)
        if found:
            raise SystemExit(1)

    def _tell(self, found: list[tuple[str, str]], looked_at: dict[str, Any]) -> None:
        for check, sentence in found[:MOST_SHOWN]:
            self.stdout.write(f"{check}: {sentence}")
        if len(found) > MOST_SHOWN:
            self.stdout.write(f"… and {len(found) - MOST_SHOWN} more.")
        figures = ", ".join(f"{count} {name}" for name, count in looked_at.items())
        ending = "everything adds up." if not found else f"{len(found)} differences."
        self.stdout.write(f"Looked at {figures}: {ending}")
