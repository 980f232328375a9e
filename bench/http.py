"""Order POST and board GET on one uvicorn process: requests a second, p50 and p95.

    uv run python -m bench.http --json OUT [--seconds 10] [--clients 8]

A database of its own is made and dropped. The server is the one of production (config.serve, one process); the clients are
threads with kept-alive connections in this process, so on a small machine both share the cores. Each figure is given for
the clients together and for one client alone (what a request costs without a queue).
"""

import argparse
import http.client
import json
import os
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from bench.day import _databases, _own_database

ADDRESS = {"line1": "Mannerheimintie 10", "postcode": "00100", "city": "Helsinki", "country": "FI"}
PARCEL = {
    "weight_g": 700,
    "length_mm": 300,
    "width_mm": 200,
    "height_mm": 95,
    "items": [{"name": "Roses"}],
}
ORDERS_BEFORE = 300  # what a board and a list have to show

type Send = Callable[[http.client.HTTPConnection, int], tuple[int, bytes]]


def main() -> None:
    arguments = _arguments()
    with _databases():
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        with _own_database(), TemporaryDirectory() as folder:
            result = run(Path(folder), arguments)
    print(_table(result))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2))


def run(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Serve the bench's database and return the figures of each door."""
    from django.db import connection

    from tests.servers import running_server

    key, session, hub = _seed()
    name = str(connection.settings_dict["NAME"])
    connection.close()
    with running_server(database=name, folder=folder) as url:
        machine = {"Authorization": f"Bearer {key}"}
        person = {"Cookie": f"sessionid={session}"}
        today = datetime.now(UTC).date().isoformat()
        doors: dict[str, Send] = {
            "order POST": lambda c, n: _ask(
                c, "POST", "/api/v1/orders/", _command(machine), _order(n)
            ),
            "order list GET": lambda c, n: _ask(c, "GET", "/api/v1/orders/?page_size=50", machine),
            "board GET": lambda c, n: _ask(c, "GET", f"/api/v1/board/{hub}/?day={today}", person),
        }
        _measure(url, doors["order POST"], clients=1, count=ORDERS_BEFORE)
        _put_on_board(hub)
        figures: dict[str, Any] = {}
        for door, send in doors.items():
            _measure(url, send, clients=1, count=10)  # warm
            figures[door] = {
                str(clients): _measure(url, send, clients=clients, seconds=arguments.seconds)
                for clients in (1, arguments.clients)
            }
    return {"seconds": arguments.seconds, "cores": os.cpu_count(), "doors": figures}


def _seed() -> tuple[str, str, uuid.UUID]:
    """Make the operator, a merchant and a hub; return a key of the operator's, a dispatcher's session and the hub."""
    from django.contrib.gis.geos import Point
    from django.test import Client

    from common.accounts.api_keys import create_api_key
    from common.accounts.models import ApiKey, Membership, Organization, Role, User
    from delivery.models import Hub, Merchant

    operator = Organization.objects.create(kind="OPERATOR", name="Bench", slug="bench-operator")
    shop = Organization.objects.create(kind="MERCHANT", name="Shop", slug="bench-shop")
    Merchant.objects.create(organization=shop)
    point = Point(24.94, 60.17, srid=4326)
    hub = Hub.objects.create(operator=operator, code="B", name="Bench", point=point, timezone="UTC")
    dispatcher = User.objects.create_user("dispatcher@bench.example", None, name="Dispatcher")
    Membership.objects.create(user=dispatcher, organization=operator, role=Role.DISPATCHER)
    client = Client()
    client.force_login(dispatcher)
    scopes = [str(scope) for scope in ApiKey.Scope]
    key = create_api_key(organization=operator, name="bench", scopes=scopes)[1]
    return key, client.cookies["sessionid"].value, hub.pk


def _put_on_board(hub: uuid.UUID) -> None:
    """Let the orders so far belong to the hub, as if their addresses had been found."""
    from delivery.models import Consignment

    Consignment.objects.update(hub_id=hub, status="READY")


def _command(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}


def _order(number: int) -> bytes:
    body = {
        "merchant": "bench-shop",
        "external_ref": uuid.uuid4().hex,
        "recipient": {"name": f"Recipient {number}", "phone": "+358401234567"},
        "address": ADDRESS,
        "consignments": [{"parcels": [PARCEL]}],
    }
    return json.dumps(body).encode()


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes | None = None,
) -> tuple[int, bytes]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _measure(
    url: str, send: Send, *, clients: int, seconds: float = 0, count: int = 0
) -> dict[str, float]:
    """Return requests a second and milliseconds at p50 and p95 of `clients` asking as fast as they are answered."""
    place = urlsplit(url)
    took: list[float] = []
    until = time.perf_counter() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        mine: list[float] = []
        while (count and len(mine) < count) or (seconds and time.perf_counter() < until):
            started = time.perf_counter()
            status, body = send(connection, len(mine))
            mine.append(time.perf_counter() - started)
            if status >= 300:
                raise SystemExit(f"The server answered {status}: {body[:300].decode()}")
        connection.close()
        took.extend(mine)

    began = time.perf_counter()
    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - began
    cuts = statistics.quantiles(took, n=20, method="inclusive") if len(took) > 1 else [0.0] * 19
    return {
        "requests": len(took),
        "per_s": round(len(took) / lasted, 1),
        "p50_ms": round(cuts[9] * 1000, 1),
        "p95_ms": round(cuts[18] * 1000, 1),
    }


def _table(result: dict[str, Any]) -> str:
    lines = [f"{'door':16} {'clients':>10} {'requests/s':>11} {'p50 ms':>8} {'p95 ms':>8}"]
    for door, rows in result["doors"].items():
        for clients, row in rows.items():
            lines.append(
                f"{door:16} {clients:>10} {row['per_s']:11.1f} {row['p50_ms']:8.1f} {row['p95_ms']:8.1f}"
            )
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
