"""manage.py demo_seed: the demo's network, once per database."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.accounts.models import Organization
from routing.simulation import seed


class Command(BaseCommand):
    help = "Make the demo's operator, hubs, merchants, partners, couriers and today's shifts. A second run adds today's shifts only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --day."""
        parser.add_argument(
            "--day",
            type=date.fromisoformat,
            help="The day to seed shifts for (default: today at the hubs)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say what there is."""
        zone = ZoneInfo(seed.ZONES.get(settings.COUNTRY, "UTC"))
        day = options["day"] or datetime.now(zone).date()
        if Organization.objects.filter(slug="correio").exists():
            added = seed.add_shifts(day, zone.key)
            self.stdout.write(f"The demo's network is there; {added} shifts added for {day}.")
            return
        try:
            found = seed.seed_network(day=day)
        except ValueError as error:
            raise CommandError(str(error)) from error
        seed.keep(found)
        self.stdout.write(
            f"Made {len(found.hubs)} hubs, {len(found.merchants)} merchants, {len(found.partners)} partners, {len(found.couriers)} couriers for {day}."
        )
