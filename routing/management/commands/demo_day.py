"""manage.py demo_day: play the demo day through the public doors, then check that everything adds up."""

import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.geo.queries import addresses
from demo.clock import DayClock
from demo.day import Day, load_credentials
from demo.generator import House, make_orders
from demo.player import START_MIN, play, summary
from routing.simulation import seed


class Command(BaseCommand):
    help = "Play the demo day against a running house, through its public doors only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --speed, --fast, --base-url, --orders, --seconds and --seed."""
        parser.add_argument(
            "--speed",
            type=float,
            default=60.0,
            help="How many seconds of the day pass in a real one",
        )
        parser.add_argument(
            "--fast", action="store_true", help="As fast as the house keeps up, without waiting"
        )
        parser.add_argument(
            "--base-url", default=settings.PUBLIC_URL, help="Where the house is served"
        )
        parser.add_argument("--orders", type=int, default=120)
        parser.add_argument(
            "--seconds",
            type=int,
            default=settings.SOLVER_SECONDS,
            help="The solver's limit for each hub's plan",
        )
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, print what happened, run check_state, and fail when something did not add up."""
        if not settings.CLOCK_FILE:
            raise CommandError(
                "The demo drives the house's clock: set CARTEIRO_CLOCK_FILE for it and the house, or run ./bin/dev."
            )
        try:
            found = load_credentials(seed.credentials_path())
        except FileNotFoundError as error:
            raise CommandError(
                "There is no demo network yet. Run `manage.py demo_seed` first."
            ) from error
        base = options["base_url"].rstrip("/")
        self._wait(base)
        started = time.monotonic()
        day = self._day(base, found, options)
        if day.shop(0).get("/api/v1/orders/?page_size=1")["results"]:
            self.stdout.write("This day was played already. `./bin/dev --reset` makes a new one.")
            return
        tally = play(day, seconds=options["seconds"])
        dora = day.person("dora")
        boards = [
            dora.get(f"/api/v1/board/{hub}/?day={found['day']}") for hub in found["hubs"].values()
        ]
        day.clock.leave_running()
        self.stdout.write("")
        for line in summary(day, [b.get("data", b) for b in boards]):
            self.stdout.write(line)
        self.stdout.write(f"Took            {time.monotonic() - started:.0f} s")
        call_command("check_state", stdout=self.stdout)
        if tally.problems:
            raise CommandError(
                f"{len(tally.problems)} things did not add up; the first: {tally.problems[0]}"
            )

    def _day(self, base: str, found: dict[str, Any], options: dict[str, Any]) -> Day:
        houses = [
            House(a.street, a.number, a.postcode, a.city, a.point.lon, a.point.lat)
            for a in addresses(options["orders"], options["seed"])
        ]
        orders = make_orders(houses, count=options["orders"], seed=options["seed"])
        midnight = datetime.combine(
            datetime.fromisoformat(found["day"]), datetime.min.time(), ZoneInfo(found["zone"])
        )
        start = midnight + timedelta(minutes=START_MIN)
        day_clock = DayClock(
            clock.set_demo_clock, start, 0.0 if options["fast"] else options["speed"]
        )
        return Day(
            base,
            found | {"country": settings.COUNTRY},
            day_clock,
            orders,
            lambda line: self.stdout.write(line),
        )

    def _wait(self, base: str) -> None:
        """Wait until the house answers; it may still be starting."""
        if not urlsplit(base).netloc:
            raise CommandError(f"{base} is not an address. Say --base-url http://localhost:8000.")
        for _try in range(60):
            try:
                requests.get(f"{base}/readyz", timeout=5).raise_for_status()
                return
            except requests.RequestException:
                time.sleep(0.5)
        raise CommandError(f"Nothing is served at {base}. Start ./bin/dev, or give --base-url.")
