"""A hub network's day from a file to phones: wall seconds by stage and peak memory.

    uv run python -m bench.day --consignments 2000 --json OUT [--seconds 20] [--seed 7]

A database of its own is made and dropped (in the cluster of DATABASE_URL, or the checkout's own when it is not set).
Set up outside the clock: the demo map, the network, roads, and one courier per COURIERS_PER consignments. On the clock:

intake    the CSV file read, previewed, confirmed and taken in (orders, consignments, parcels, checklists, tracking)
geocode   each address found in the map; what is not sure at house level waits for a person and is counted
assign    the whole day to partners at least cost, offers accepted
plan      each hub: travel times, the solver (limit --seconds a hub), the independent checker, road lines, rows kept
publish   each hub: compared with the world, checked again, consignments moved, recipients and phones told

Hubs are solved two at a time, as a worker with two solve jobs would. peak_mb: this process and its largest child.
"""

import argparse
import csv
import io
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).resolve().parent.parent
COURIERS_PER = 40
SOLVED_AT_ONCE = 2
# Kilobytes on Linux, bytes on macOS (getrusage(2)).
PER_MB = 1024 if sys.platform == "linux" else 1024 * 1024


def main() -> None:
    arguments = _arguments()
    with _databases():
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        with _own_database(), _roads():
            result = run(arguments.consignments, arguments.seconds, arguments.seed)
    print(_table(result))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2))


def run(consignments: int, seconds: int, seed: int) -> dict[str, Any]:
    """Return the figures of one day of so many consignments."""
    from common.clock import now
    from routing.simulation import seed as network

    zone = ZoneInfo("Europe/Helsinki")
    day = now().astimezone(zone).date() + timedelta(days=1)
    network.seed_network(day=day)
    _add_couriers(day, zone, -(-consignments // COURIERS_PER), seed)
    file = _file(day, zone, consignments, seed)
    counts: dict[str, Any] = {}
    stages: dict[str, float] = {}
    # Whoever else worked on the machine slowed every stage down: the figures mean little without this one.
    load_before = os.getloadavg()[0]
    began = time.perf_counter()
    for name, stage in (
        ("intake", lambda: _take_in(file)),
        ("geocode", _geocode),
        ("assign", lambda: _assign(day)),
        ("plan", lambda: _plan(day, seconds)),
        ("publish", lambda: _publish(day)),
    ):
        started = time.perf_counter()
        counts[name] = stage()
        stages[name] = round(time.perf_counter() - started, 2)
        print(f"{name:8} {stages[name]:8.2f} s  {counts[name]}", flush=True)
    total = round(time.perf_counter() - began, 2)
    return {
        "consignments": consignments,
        "solver_limit_s": seconds,
        "stages": stages,
        "total_s": total,
        "peak_mb": _peak_mb(),
        "load_average_before": round(load_before, 1),
        "cores": os.cpu_count(),
        "counts": counts,
        "differences": _differences(),
    }


# Setting up, off the clock


@contextmanager
def _databases() -> Iterator[None]:
    """Use DATABASE_URL; without one, this checkout's own servers for as long as the run takes."""
    if "DATABASE_URL" in os.environ:
        yield
        return
    sys.path.insert(0, str(PROJECT / "bin" / "_lib"))
    from devtools.databases import Databases

    with Databases().in_use() as settings:
        os.environ.update(settings)
        yield


@contextmanager
def _own_database() -> Iterator[None]:
    from django.core.management import call_command
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    print(f"database {name}", flush=True)
    try:
        call_command("import_map", verbosity=0)
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


@contextmanager
def _roads() -> Iterator[None]:
    from django.conf import settings

    from common.geo.extract import extract_path
    from routing.travel_times import roads

    prepared = roads.prepare(extract_path(), PROJECT / ".local" / "roads", report=print)
    with roads.serving(prepared) as urls:
        settings.OSRM_URLS = urls
        yield


def _add_couriers(day: date, zone: ZoneInfo, wanted: int, seed: int) -> None:
    """Give each partner vans and shifts of 6 to 8 hours at the hubs it serves until there are `wanted` couriers."""
    from common.accounts.models import User
    from couriers.models import Courier, Partner, Shift, Vehicle

    random = Random(seed)
    partners = list(Partner.objects.order_by("pk").prefetch_related("areas"))
    Partner.objects.update(daily_capacity=100_000, auto_accepts=False)
    # The demo's own vans take few parcels, so that all its couriers ride.
    Vehicle.objects.update(max_parcels=300)
    midnight = datetime.combine(day, datetime.min.time(), zone)
    for number in range(Courier.objects.count(), wanted):
        partner = partners[number % len(partners)]
        areas = sorted(partner.areas.all(), key=lambda a: str(a.pk))
        user = User.objects.create(email=f"bench{number}@demo.example", name=f"Courier {number}")
        courier = Courier.objects.create(
            user=user,
            partner=partner,
            alias=f"C{number}",
            rides="VAN",
            certificates=partner.certificates,
        )
        vehicle = Vehicle.objects.create(
            partner=partner, kind="VAN", name=f"Van {number}", capacity_g=600_000, capacity_ml=3_800_000,
            has_cold_box=True, fixed_cost="20.00", cost_per_km="0.35", cost_per_hour="18.00",
        )  # fmt: skip
        starts_at = midnight + timedelta(minutes=random.randrange(510, 600, 15))
        Shift.objects.create(
            courier=courier,
            vehicle=vehicle,
            hub_id=areas[number // len(partners) % len(areas)].hub_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=random.randrange(360, 481, 30)),
        )


def _file(day: date, zone: ZoneInfo, consignments: int, seed: int) -> bytes:
    """Return a CSV file of the demo generator's orders, one line a parcel, that many consignments."""
    from common.geo.models import MapAddress
    from demo.generator import House, make_orders

    houses = [
        House(a.street_name, a.housenumber, a.postcode, a.city, a.point.x, a.point.y)
        for a in MapAddress.objects.order_by("osm", "housenumber")
    ]
    Random(seed).shuffle(houses)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS, restval="")
    writer.writeheader()
    left = consignments
    for order in make_orders(houses, count=consignments, seed=seed):
        for seller, parcels in order.sellers[:left]:
            left -= 1
            window = (
                [f"{m // 60:02}:{m % 60:02}" for m in order.window_min]
                if order.window_min
                else None
            )
            for number, parcel in enumerate(parcels):
                writer.writerow(
                    {
                        "external_ref": f"D-{order.number}",
                        "name": order.name,
                        "phone": order.phone,
                        "address": order.typed,
                        "postcode": order.postcode,
                        "city": order.city,
                        "country": "FI",
                        "due_on": day.isoformat(),
                        "window_start": _at(day, window[0], zone) if window else "",
                        "window_end": _at(day, window[1], zone) if window else "",
                        "service_s": order.service_s,
                        "seller": seller,
                        "parcel": f"{seller or 'B'}-{number}",
                        "weight_g": parcel.weight_g,
                        "length_mm": parcel.length_mm,
                        "width_mm": parcel.width_mm,
                        "height_mm": parcel.height_mm,
                        "item": parcel.name,
                        "sku": parcel.sku,
                        "quantity": parcel.quantity,
                        "fragile": "yes" if parcel.is_fragile else "no",
                        "cold": "yes" if parcel.is_cold else "no",
                        "min_age": parcel.min_age,
                    }
                )
        if left <= 0:
            break
    return text.getvalue().encode()


COLUMNS = (
    "external_ref", "name", "phone", "address", "postcode", "city", "country", "due_on", "window_start", "window_end",
    "service_s", "seller", "parcel", "weight_g", "length_mm", "width_mm", "height_mm", "item", "sku", "quantity",
    "fragile", "cold", "min_age",
)  # fmt: skip


def _at(day: date, clock: str, zone: ZoneInfo) -> str:
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), zone).isoformat()  # noqa: DTZ007 - joined with its zone


# The stages


def _run_jobs(*names: str) -> int:
    """Carry out the waiting jobs of these tasks here, as a worker would, and return how many."""
    from django.db import connection
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    done = 0
    while waiting := list(
        ProcrastinateJob.objects.filter(status="todo", task_name__in=names).order_by("id")
    ):
        for job in waiting:
            app.tasks[job.task_name].func(**job.args)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = ANY(%s)",
                [[j.pk for j in waiting]],
            )
        done += len(waiting)
    return done


def _take_in(file: bytes) -> dict[str, int]:
    from common.clock import now
    from delivery.intake import actions
    from delivery.models import Consignment, CsvImport, Merchant

    merchant = Merchant.objects.order_by("pk")[0]
    opened = actions.open_import(merchant=merchant, filename="day.csv", content=file, now=now())
    _run_jobs(actions.READ_FILE)
    actions.confirm_import(import_id=opened.pk, now=now())
    _run_jobs(actions.TAKE_IN)
    state = CsvImport.objects.get(pk=opened.pk).state
    if state != "DONE":
        raise RuntimeError(f"The file ended as {state}.")
    return {"bytes": len(file), "consignments": Consignment.objects.count()}


def _geocode() -> dict[str, int]:
    from delivery.models import Consignment
    from delivery.orders.actions import LOCATE_ADDRESS

    jobs = _run_jobs(LOCATE_ADDRESS)
    return {
        "addresses": jobs,
        "ready": Consignment.objects.filter(status="READY").count(),
        "for_a_person": Consignment.objects.filter(status="ADDRESS_REVIEW").count(),
    }


def _assign(day: date) -> dict[str, int]:
    from common.accounts.readers import NOBODY
    from common.clock import now
    from couriers.assignment import actions
    from couriers.models import Partner

    done = actions.assign_day(day=day, now=now())
    for partner in Partner.objects.order_by("pk"):
        actions.accept_offers(partner=partner, offer_ids=None, now=now(), reader=NOBODY)
    return {"assigned": done.assigned, "unassigned": done.unassigned}


def _dispatcher() -> Any:
    from common.accounts.models import User
    from common.accounts.readers import reader_for_user

    return reader_for_user(User.objects.get(email="dora@demo.example"))


def _plan(day: date, seconds: int) -> dict[str, Any]:
    from django.db import connection

    from common.clock import now
    from delivery.models import Hub
    from routing.models import Plan
    from routing.plans import actions, tasks

    reader = _dispatcher()
    plans = [
        actions.request_plan(
            hub_id=hub.pk, day=day, seconds=seconds, seed=1, reader=reader, now=now()
        )
        for hub in Hub.objects.order_by("code")
    ]

    def solve(plan: Plan) -> None:
        try:
            tasks.solve_plan.func(str(plan.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(SOLVED_AT_ONCE) as pool:
        list(pool.map(solve, plans))
    found = list(Plan.objects.order_by("hub__code"))
    failed = [p.problem for p in found if p.state != Plan.State.READY]
    if failed:
        raise RuntimeError(f"Not every plan was solved: {failed}")
    keys = ("planned", "unplanned", "routes", "metres", "waiting_s", "source", "solver_s")
    return {p.hub.code: {key: p.figures[key] for key in keys} for p in found}


def _publish(day: date) -> dict[str, int]:
    from common.clock import now
    from routing.models import Plan, StopConsignment
    from routing.plans import publishing

    for plan in Plan.objects.filter(day=day, state=Plan.State.READY).order_by("hub__code"):
        publishing.publish_plan(
            plan_id=plan.pk, version=plan.version, reader=_dispatcher(), now=now()
        )
    return {"on_routes": StopConsignment.objects.filter(is_active=True).count()}


# Telling


def _differences() -> list[str]:
    from routing.state import queries

    return [sentence for _check, sentence in queries.differences()][:20]


def _peak_mb() -> int:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return round((own + child) / PER_MB)


def _table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['consignments']} consignments, solver limit {result['solver_limit_s']} s a hub"
    ]
    lines += [f"  {name:8} {seconds:8.2f} s" for name, seconds in result["stages"].items()]
    lines.append(f"  {'total':8} {result['total_s']:8.2f} s, peak {result['peak_mb']} MB")
    lines += [f"  DOES NOT ADD UP: {sentence}" for sentence in result["differences"]]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--consignments", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=20, help="time limit of the solver, per hub")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, help="where to save the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
