"""Assign a day's consignments to partners, from the command line."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock
from couriers.assignment import actions, queries
from delivery.hubs.models import Hub


class Command(BaseCommand):
    """Prints who got how many, what it costs, what was left out and what would help."""

    help = "Assign a day's consignments to partners at least cost, nobody over capacity."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day and hubs by their code."""
        parser.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD, the hub's day")
        parser.add_argument(
            "--hub", action="append", default=[], help="a hub's code; all when left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print the summary."""
        hubs = list(Hub.objects.filter(code__in=options["hub"]))
        if len(hubs) != len(set(options["hub"])):
            known = ", ".join(Hub.objects.values_list("code", flat=True))
            raise CommandError(f"There is no such hub. There are: {known}.")
        run = actions.assign_day(day=options["day"], hub_ids=[h.pk for h in hubs], now=clock.now())
        names = queries.partner_names()
        self.stdout.write(
            f"{run.day}: {run.assigned} assigned for {run.total_price} {run.currency}, {run.unassigned} left out."
        )
        for partner, count in run.figures["by_partner"].items():
            self.stdout.write(f"  {names[partner]}: {count}")
        for warning in run.figures["without_shift"]:
            self.stdout.write(
                f"  {names[warning['partner']]} has nobody on duty for its {warning['consignments']}."
            )
        for way in queries.ways_out(run):
            self.stdout.write(f"  {way['sentence']} ({way['helps']} of those left out)")
