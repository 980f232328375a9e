"""A hub's day on one page: what needs a person, the plans, the routes with their stops, and where the couriers are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from common import clock
from common.accounts.readers import Reader
from common.days import day_bounds
from couriers.assignment import queries as assignment
from couriers.assignment import reasons as assignment_reasons
from couriers.models import Assignment, LastPosition, Shift, Unassigned
from delivery.models import Consignment, Hub
from delivery.orders.status import Status
from routing.plans import queries as plans
from routing.plans.models import Plan, Unplanned
from routing.plans.reasons import sentence
from routing.routes.models import Route
from routing.routes.queries import DRIVEN, hub_today, route_data, with_stops

# Not on a route yet, or off it again: what a dispatcher may have to do something about.
WAITING = (
    Status.RECEIVED,
    Status.ADDRESS_REVIEW,
    Status.READY,
    Status.OFFERED,
    Status.ACCEPTED,
    Status.AT_HUB,
    Status.ATTEMPT_FAILED,
    Status.RESCHEDULED,
)


def hubs_on_board(reader: Reader) -> QuerySet[Hub]:
    """Return the hubs whose boards a reader may see: the operator's dispatchers, their own operator's."""
    return plans.hubs_planned_by(reader)


def board_snapshot(reader: Reader, hub: Hub, day: date) -> dict[str, Any] | None:
    """Return a hub's day as its board shows it; None for who may not (at most 12 queries, however big the day is)."""
    if not plans.plans_people(reader) or hub.operator_id != reader.organization_id:
        return None
    waiting = list(_waiting(hub, day))
    open_plans = list(_open_plans(hub, day))
    routes = [route_data(route) for route in _routes(hub, day)]
    on_a_route = {c["id"] for r in routes for s in r["stops"] for c in s["consignments"]}
    waiting = [
        c
        for c in waiting
        if c.pk not in on_a_route or c.status in (Status.ATTEMPT_FAILED, Status.RESCHEDULED)
    ]
    return {
        "hub": {
            "id": hub.pk,
            "code": hub.code,
            "name": hub.name,
            "lon": hub.point.x,
            "lat": hub.point.y,
            "timezone": hub.timezone,
        },
        "day": day,
        "counts": _counts(hub, day),
        "waiting": _with_reasons(waiting, open_plans, hub, day),
        "offers": _offers(waiting),
        "at_risk": [_at_risk(r, s) for r in routes for s in r["stops"] if s["is_at_risk"]],
        "plans": [plans.plan_data(p) for p in open_plans],
        "routes": routes,
        "couriers": _couriers(routes),
    }


def _of_the_day(hub: Hub, day: date) -> QuerySet[Consignment]:
    """Those of the hub and day, those left over from earlier days, and those that no hub has yet."""
    here = Q(hub=hub) | Q(hub__isnull=True)
    return Consignment.objects.filter(here, Q(due_on=day) | Q(due_on__lt=day, status__in=WAITING))


def _waiting(hub: Hub, day: date) -> QuerySet[Consignment]:
    offer = Assignment.objects.filter(consignment=OuterRef("pk"), state=Assignment.State.OFFERED)
    return (
        _of_the_day(hub, day)
        .filter(status__in=WAITING)
        .select_related("address", "partner")
        .annotate(answer_by=Subquery(offer.values("answer_by")[:1]))
        .order_by("-priority", "window_end", "id")
    )


def _counts(hub: Hub, day: date) -> dict[str, int]:
    rows = _of_the_day(hub, day).order_by().values_list("status").annotate(Count("pk"))
    return dict(rows)


def _open_plans(hub: Hub, day: date) -> QuerySet[Plan]:
    """The published plan, the newest proposals and what is in work, newest first."""
    return (
        Plan.objects.filter(hub=hub, day=day, state__in=(*plans.OPEN, Plan.State.FAILED))
        .defer("inputs")
        .order_by("-id")[:10]
    )


def _routes(hub: Hub, day: date) -> QuerySet[Route]:
    found = Route.objects.filter(plan__hub=hub, plan__day=day, state__in=DRIVEN)
    return with_stops(found).order_by("number", "id")


def _with_reasons(
    waiting: Sequence[Consignment], open_plans: Sequence[Plan], hub: Hub, day: date
) -> list[dict[str, Any]]:
    nobody = _unassigned_reasons([c.pk for c in waiting if c.status == Status.READY])
    nowhere = _unplanned_reasons(open_plans, hub, day)
    return [
        _waiting_data(c)
        | {"why": nobody.get(c.pk) or nowhere.get(c.pk) or _why_waiting(c, open_plans)}
        for c in waiting
    ]


def _waiting_data(consignment: Consignment) -> dict[str, Any]:
    point = consignment.address.point
    return {
        "id": consignment.pk,
        "code": consignment.code,
        "status": consignment.status,
        "due_on": consignment.due_on,
        "priority": consignment.priority,
        "partner": {"id": consignment.partner_id, "name": consignment.partner.name}
        if consignment.partner
        else None,
        "window_start": consignment.window_start,
        "window_end": consignment.window_end,
        "lon": point.x if point else None,
        "lat": point.y if point else None,
        "accuracy": consignment.address.accuracy,
        "attempts_made": consignment.attempts_made,
        "version": consignment.version,
    }


def _why_waiting(consignment: Consignment, open_plans: Sequence[Plan]) -> dict[str, Any] | None:
    """Return why an accepted consignment is on no route when no plan has said so: it came after the plan."""
    is_ready = consignment.status in (Status.ACCEPTED, Status.AT_HUB)
    if is_ready and any(p.state == Plan.State.PUBLISHED for p in open_plans):
        return {
            "reasons": [{"code": "came_later", "sentence": sentence({"code": "came_later"})}],
            "action": None,
        }
    return None


def _unassigned_reasons(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return why the newest run found no partner for each of these (three queries, none without any)."""
    if not ids:
        return {}
    rows = list(
        Unassigned.objects.filter(consignment__in=ids)
        .order_by("consignment", "-run")
        .distinct("consignment")
    )
    names, hubs = assignment.partner_names(), assignment.hub_names()
    return {row.consignment_id: assignment_reasons.spoken(row.why, names, hubs) for row in rows}


def _unplanned_reasons(
    open_plans: Sequence[Plan], hub: Hub, day: date
) -> dict[UUID, dict[str, Any]]:
    """Return why plans left consignments out, the newest plan's word first (two queries, none without plans)."""
    solved = [p.pk for p in open_plans if p.state in (Plan.State.READY, Plan.State.PUBLISHED)]
    if not solved:
        return {}
    first, last = day_bounds(day, hub.timezone)
    shifts = Shift.objects.filter(hub=hub, starts_at__gte=first, starts_at__lt=last)
    names = {str(pk): alias for pk, alias in shifts.values_list("pk", "courier__alias")}
    rows = Unplanned.objects.filter(plan__in=solved).select_related("consignment").order_by("plan")
    return {row.consignment_id: plans.left_out_data(row, names) for row in rows}


def _offers(waiting: Iterable[Consignment]) -> list[dict[str, Any]]:
    """Return how many offers wait for an answer by partner, and until when the first."""
    offered = [c for c in waiting if c.status == Status.OFFERED and c.partner is not None]
    count = Counter(c.partner_id for c in offered)
    names = {c.partner_id: c.partner.name for c in offered if c.partner is not None}
    until = {
        pk: min(
            (at for c in offered if c.partner_id == pk and (at := getattr(c, "answer_by", None))),
            default=None,
        )
        for pk in count
    }
    return [
        {"partner": pk, "name": names[pk], "count": n, "answer_by": until[pk]}
        for pk, n in count.most_common()
    ]


def _at_risk(route: dict[str, Any], stop: dict[str, Any]) -> dict[str, Any]:
    until = stop["window_end"] or stop["planned_at"]
    return {
        "route": route["id"],
        "number": route["number"],
        "courier": route["courier"]["alias"],
        "stop": stop["id"],
        "position": stop["position"],
        "codes": [c["code"] for c in stop["consignments"]],
        "eta_at": stop["eta_at"],
        "window_end": stop["window_end"],
        "late_s": max(0, int((stop["eta_at"] - until).total_seconds())),
    }


def _couriers(routes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    aliases = {r["courier"]["id"]: r["courier"]["alias"] for r in routes}
    rows = LastPosition.objects.filter(courier__in=aliases)
    return [
        {
            "courier": p.courier_id,
            "alias": aliases[p.courier_id],
            "lon": round(p.point.x, 6),
            "lat": round(p.point.y, 6),
            "heading": p.heading_deg,
            "at": p.recorded_at,
        }
        for p in rows
    ]


def board_of_today(reader: Reader, hub_id: str) -> dict[str, Any] | None:
    """Return the board of the hub's today, for its stream's snapshot; None for who may not see it."""
    hub = hubs_on_board(reader).filter(pk=hub_id).first()
    return (
        None if hub is None else board_snapshot(reader, hub, hub_today(hub.timezone, clock.now()))
    )
