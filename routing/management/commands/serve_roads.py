"""Run the road engine for the extract: one server per vehicle kind, until SIGTERM or Ctrl-C."""

import json
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.geo.extract import extract_path
from routing.management.commands.prepare_roads import roads_cache, write_aside
from routing.travel_times import roads
from routing.travel_times.protocol import VEHICLE_KINDS


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kinds", nargs="+", choices=VEHICLE_KINDS, default=list(VEHICLE_KINDS)
        )
        parser.add_argument("--threads", type=int, default=2, help="Threads of each server.")
        parser.add_argument("--host", default="127.0.0.1", help="Where to listen.")
        parser.add_argument(
            "--port",
            type=int,
            default=0,
            help="Of the first kind; the others follow (else free ones).",
        )
        parser.add_argument(
            "--urls-file", type=Path, help="Write {kind: url} here as JSON once all servers answer."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _leave)
        try:
            prepared = roads.prepare(
                extract_path(), roads_cache(), kinds=options["kinds"], report=self.stdout.write
            )
            servers = roads.serve(
                prepared,
                threads=options["threads"],
                host=options["host"],
                first_port=options["port"],
            )
        except roads.RoadsNotPrepared as error:
            raise CommandError(str(error)) from error
        try:
            _announce(
                {server.vehicle_kind: server.url for server in servers},
                options["urls_file"],
                self.stdout.write,
            )
            while all(server.process.poll() is None for server in servers):
                time.sleep(0.5)
            dead = next(server for server in servers if server.process.poll() is not None)
            raise CommandError(
                f"The road engine for {dead.vehicle_kind} ended with exit code {dead.process.returncode}."
            )
        except KeyboardInterrupt:
            self.stdout.write("Road engines stopped.")
        finally:
            roads.stop(servers)
            if options["urls_file"]:
                options["urls_file"].unlink(missing_ok=True)


def _announce(urls: dict[str, str], file: Path | None, write: Any) -> None:
    if file:
        write_aside(file, urls)
    write(f"CARTEIRO_OSRM_URLS={json.dumps(urls)}")


def _leave(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
