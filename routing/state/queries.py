"""Does everything that is derived agree with what it is derived from? Read-only; each difference is one sentence.

It lives on this floor because it must see all floors below. The sentences are for operators and logs, in English.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery

from common.live.models import LiveEvent, Stream
from couriers.assignment.queries import counters_off
from couriers.models import Assignment
from delivery.models import Attempt, Consignment, CustodyScan, Parcel, TrackingEvent
from delivery.orders.status import Status, is_allowed
from delivery.parcels.models import LOADABLE, Packaging
from routing.routes.models import Route, Stop, StopConsignment
from routing.routes.queries import TO_COME

ON_A_ROUTE = (Status.PLANNED, Status.LOADED, Status.OUT_FOR_DELIVERY, Status.ARRIVING)
MAY_BE_ON_A_ROUTE = (*ON_A_ROUTE, Status.AT_HUB)
ABOARD_OR_AFTER = (Status.LOADED, Status.OUT_FOR_DELIVERY, Status.ARRIVING, Status.DELIVERED)


def differences() -> Iterator[tuple[str, str]]:
    """Yield (check, sentence) for everything that does not add up; nothing when all is well."""
    for name, check in CHECKS.items():
        for sentence in check():
            yield name, sentence


def _log() -> Iterator[str]:
    """Fold each consignment's event log again."""
    folded: dict[Any, tuple[int, str, str]] = {}
    rows = TrackingEvent.objects.order_by("consignment", "seq").values_list(
        "consignment_id", "seq", "status_from", "status_to", "consignment__code"
    )
    for consignment_id, events in groupby(rows.iterator(chunk_size=5_000), key=lambda row: row[0]):
        status, last, fault = str(Status.RECEIVED), 0, ""
        for _id, seq, moved_from, moved_to, code in events:
            if seq != last + 1:
                fault = f"{code}: event {last + 1} is missing from its log (the next is {seq})."
            last = seq
            if moved_from and moved_to:
                if moved_from != status:
                    fault = f"{code}: event {seq} moves it from {moved_from}, but it was {status}."
                elif not is_allowed(moved_from, moved_to):
                    fault = f"{code}: event {seq} moves it from {moved_from} to {moved_to}, which is not allowed."
                status = moved_to
        folded[consignment_id] = (last, status, fault)
    for pk, code, seq, status in Consignment.objects.order_by("pk").values_list(
        "pk", "code", "last_seq", "status"
    ):
        last, wanted, fault = folded.get(pk, (0, str(Status.RECEIVED), ""))
        if fault:
            yield fault
        if seq != last:
            yield f"{code}: last_seq is {seq}, its log has {last} events."
        if status != wanted:
            yield f"{code}: its status is {status}, its log says {wanted}."


def _attempts() -> Iterator[str]:
    rows = Consignment.objects.annotate(
        tried=Count("attempts"),
        given=Count("attempts", filter=Q(attempts__outcome=Attempt.Outcome.DELIVERED)),
    )
    for c in rows.exclude(tried=F("attempts_made")).order_by("pk"):
        yield f"{c.code}: attempts_made is {c.attempts_made}, it has {c.tried} attempts."
    for c in rows.filter(status=Status.DELIVERED).exclude(given=1).order_by("pk"):
        yield f"{c.code}: it is DELIVERED with {c.given} attempts that delivered."
    for c in rows.filter(given__gt=0).exclude(status=Status.DELIVERED).order_by("pk"):
        yield f"{c.code}: an attempt delivered it, but it is {c.status}."


def _packaging() -> Iterator[str]:
    parcels = Parcel.objects.select_related("consignment").annotate(
        todo=Count("steps", filter=~Q(steps__state="DONE")), all_steps=Count("steps")
    )
    for p in parcels.filter(packaging=Packaging.PASSED, todo__gt=0).order_by("pk"):
        yield f"Parcel {p.code}: it passed with {p.todo} steps of its checklist not done."
    for p in parcels.filter(packaging=Packaging.OVERRIDDEN, override=None).order_by("pk"):
        yield f"Parcel {p.code}: it was let through, but nobody is on record for it."
    loaded = parcels.filter(consignment__status__in=ABOARD_OR_AFTER).exclude(packaging__in=LOADABLE)
    for p in loaded.exclude(consignment__kind=Consignment.Kind.RETURN).order_by("pk"):
        yield f"Parcel {p.code}: its consignment is {p.consignment.status}, but its packing is {p.packaging}."


def _custody() -> Iterator[str]:
    newest = CustodyScan.objects.filter(parcel=OuterRef("pk")).order_by(
        "-occurred_at", "-received_at", "-id"
    )
    rows = Parcel.objects.annotate(
        scan=Subquery(newest.values("id")[:1]), said=Subquery(newest.values("holder")[:1])
    )
    for p in rows.filter(scan__isnull=False).order_by("pk"):
        if p.holder_id != p.said:
            yield f"Parcel {p.code}: its holder is {p.holder_id}, its newest scan says {p.said}."


def _capacity() -> Iterator[str]:
    for row in counters_off():
        yield f"Partner {row['partner']} on {row['day']}: {row['taken']} counted, {row['real']} assigned."


def _assignments() -> Iterator[str]:
    active = Assignment.objects.filter(state__in=("OFFERED", "ACCEPTED")).select_related(
        "consignment"
    )
    for a in active.exclude(partner=F("consignment__partner")).order_by("pk"):
        yield f"{a.consignment.code}: its assignment is to {a.partner_id}, it says {a.consignment.partner_id}."


def _routes() -> Iterator[str]:
    active = StopConsignment.objects.filter(is_active=True).select_related(
        "consignment", "stop__route"
    )
    for d in active.exclude(consignment__status__in=MAY_BE_ON_A_ROUTE).order_by("pk"):
        yield f"{d.consignment.code}: it is {d.consignment.status} and still on route {d.stop.route_id}."
    driven = (Route.State.PUBLISHED, Route.State.RUNNING)
    for d in active.exclude(stop__route__state__in=driven).order_by("pk"):
        yield f"{d.consignment.code}: it is on route {d.stop.route_id}, which is {d.stop.route.state}."
    for d in active.exclude(stop__state__in=TO_COME).order_by("pk"):
        yield f"{d.consignment.code}: its stop is {d.stop.state}, but it is still to be handed over there."
    lost = Consignment.objects.filter(status__in=ON_A_ROUTE).exclude(stops__is_active=True)
    for c in lost.order_by("pk"):
        yield f"{c.code}: it is {c.status}, but on no route."
    yield from _stops()


def _stops() -> Iterator[str]:
    ended = Stop.objects.filter(state__in=TO_COME, route__state=Route.State.DONE)
    for route_id in ended.values_list("route", flat=True).distinct():
        yield f"Route {route_id}: it is done with stops still to come."
    rows = Route.objects.annotate(
        first=Min("stops__position"), last=Max("stops__position"), number_of=Count("stops")
    )
    for route in rows.filter(number_of__gt=0).exclude(first=1, last=F("number_of")).order_by("pk"):
        yield f"Route {route.pk}: its {route.number_of} stops are numbered {route.first} to {route.last}."


def _streams() -> Iterator[str]:
    """Every stream's events are numbered without a gap up to its counter (old ones may have been removed)."""
    told = {
        name: (first, last, count)
        for name, first, last, count in LiveEvent.objects.order_by()
        .values_list("stream")
        .annotate(Min("seq"), Max("seq"), Count("seq"))
    }
    for stream in Stream.objects.order_by("name").iterator():
        first, last, count = told.pop(stream.name, (stream.seq + 1, stream.seq, 0))
        if last != stream.seq:
            yield f"Stream {stream.name}: its counter is {stream.seq}, its last event is {last}."
        if count != last - first + 1:
            yield f"Stream {stream.name}: {last - first + 1 - count} events are missing between {first} and {last}."
    for name in told:
        yield f"Stream {name}: it has events but no counter."


def _foreign_keys_up() -> Iterator[str]:
    """Constraints the database was told to hold, but that were switched off for a while (a restore, a bulk load)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1, 2"
        )
        for table, name in cursor.fetchall():
            yield f"Table {table}: the constraint {name} was never validated."


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "log": _log,
    "attempts": _attempts,
    "packaging": _packaging,
    "custody": _custody,
    "capacity": _capacity,
    "assignments": _assignments,
    "routes": _routes,
    "streams": _streams,
    "constraints": _foreign_keys_up,
}


def counts() -> dict[str, Any]:
    """Return how much was looked at."""
    models = {
        "consignments": Consignment,
        "events": TrackingEvent,
        "parcels": Parcel,
        "routes": Route,
        "streams": Stream,
    }
    return {name: model._default_manager.count() for name, model in models.items()}
