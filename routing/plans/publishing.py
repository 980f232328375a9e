"""A proposal becomes what is driven: checked, compared with the world as it is, put in place of the plan before."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.accounts.readers import Reader
from common.errors.domain import DomainError
from common.live.actions import hold
from delivery.models import Consignment
from delivery.orders.status import Status
from delivery.tracking import bulk as tracking
from delivery.tracking.bulk import Nearness
from delivery.tracking.live import board_stream
from routing.plans import inputs, live, opening, rechecking, republishing, sheets
from routing.plans.inputs import Drop, Inputs
from routing.plans.models import Plan
from routing.plans.reasons import kept, sentence
from routing.plans.republishing import Republishing, StopsOf
from routing.routes import live as routes_live
from routing.routes.models import Route, Stop, StopConsignment

MOST_NAMED = 20


class PlanOutdated(DomainError):
    """Consignments or shifts of the plan changed since it was made."""

    code = "plan_outdated"
    title = gettext_lazy("Something changed since this plan was made. Plan again.")


class PlanBroken(DomainError):
    """The independent checker refused the plan as it stands."""

    code = "plan_broken"
    title = gettext_lazy("The checker refused this plan")


@transaction.atomic
def publish_plan(*, plan_id: UUID, version: int, reader: Reader, now: datetime) -> Plan:
    """Make a proposal the plan that is driven. Called by dispatchers.

    Routes of the plan before that nobody has touched are replaced; those on the road or loaded stay as they are, and
    so does a route that is the same in both plans: its phone and its recipients hear nothing. Each consignment becomes
    PLANNED, each recipient of a changed route gets an ETA, each phone whose list changed and the board hear of it.
    Raises NotFound, StaleVersion, PlanClosed, PlanOutdated (says what changed), PlanBroken.
    """
    closed = _("It is no proposal any more: it is published, replaced or put away.")
    hub, plan = opening.open_plan(plan_id, version, reader, (Plan.State.READY,), closed)
    _hold_day(plan)
    stops_of = _stops(plan)
    fresh = inputs.gather(hub, plan.day, now)
    _refuse_outdated(plan, stops_of, fresh)
    _refuse_broken(stops_of, fresh)
    news = republishing.compare(
        stops_of, republishing.stops_of(republishing.routes_to_replace(plan))
    )
    _keep_same(plan, news)
    stops_of = {route: stops for route, stops in stops_of.items() if route not in news.same}
    dropped = _replace_routes(plan)
    _activate(plan)
    planned = [
        drop.consignment_id
        for stops in stops_of.values()
        for stop in stops
        for drop in stop.drops.all()
    ]
    _move_consignments(planned, dropped - set(planned), stops_of, hub.pk, reader, now)
    plan.state = Plan.State.PUBLISHED
    plan.published_at = now
    plan.version += 1
    plan.figures |= {"phones_told": len(news.changes), "phones_unchanged": len(news.same)}
    plan.save(update_fields=["state", "published_at", "version", "figures"])
    routes_live.tell_manifests(
        news.changes,
        why="published",
        now=now,
        changes={c: asdict(n) for c, n in news.changes.items()},
    )
    live.tell_plan(plan, now=now)
    return plan


def _hold_day(plan: Plan) -> None:
    """Lock the day's routes that are driven and all consignments concerned: what is looked at next stays as it is.

    A courier's command holds its route and its consignments, in this order too: what was delivered meanwhile is seen.
    """
    driven = sheets.lock_driven(hub_id=plan.hub_id, day=plan.day)
    concerned = StopConsignment.objects.filter(
        Q(stop__route__plan=plan) | Q(stop__route__in=driven, is_active=True)
    )
    tracking.lock_consignments(set(concerned.values_list("consignment_id", flat=True)))


def _stops(plan: Plan) -> StopsOf:
    routes = plan.routes.select_related("shift__courier", "shift__vehicle").prefetch_related(
        "stops__drops"
    )
    return republishing.stops_of(list(routes))


def _refuse_outdated(plan: Plan, stops_of: StopsOf, fresh: Inputs) -> None:
    """Raise PlanOutdated, naming what is on a route of the plan and is not as it was when the plan was made."""
    marks = fresh.marks
    used = [
        str(d.consignment_id) for stops in stops_of.values() for s in stops for d in s.drops.all()
    ]
    gone = [c for c in used if c not in marks]
    other = [c for c in used if c in marks and marks[c] != plan.inputs.get(c)]
    shifts = [
        str(r.shift_id)
        for r, stops in stops_of.items()
        if stops and marks.get(str(r.shift_id)) != plan.inputs.get(str(r.shift_id))
    ]
    if not (gone or other or shifts):
        return
    codes = dict(
        Consignment.objects.filter(pk__in=(gone + other)[: 2 * MOST_NAMED]).values_list(
            "pk", "code"
        )
    )
    names = {str(pk): code for pk, code in codes.items()}
    aliases = [r.shift.courier.alias for r in stops_of if str(r.shift_id) in shifts]
    what = _what_changed(gone, other, aliases, names)
    raise PlanOutdated(
        _("Since this plan was made: %(what)s. Plan again.") % {"what": "; ".join(what)},
        gone=gone[:MOST_NAMED],
        changed=other[:MOST_NAMED],
        shifts=shifts[:MOST_NAMED],
        count=len(gone) + len(other) + len(shifts),
    )


def _what_changed(
    gone: Sequence[str], other: Sequence[str], aliases: Sequence[str], names: Mapping[str, str]
) -> list[str]:
    """Return what is said of consignments that left or changed, by id, and of shifts, by courier. names: codes by id."""
    parts = []
    if gone:
        parts.append(
            _count(
                gone,
                names,
                ngettext(
                    "%(n)d consignment left the plan (%(names)s)",
                    "%(n)d consignments left the plan (%(names)s)",
                    len(gone),
                ),
            )
        )
    if other:
        parts.append(
            _count(
                other,
                names,
                ngettext(
                    "%(n)d consignment changed (%(names)s)",
                    "%(n)d consignments changed (%(names)s)",
                    len(other),
                ),
            )
        )
    if aliases:
        parts.append(
            _("shifts changed or have begun (%(names)s)")
            % {"names": ", ".join(aliases[:MOST_NAMED])}
        )
    return parts


def _count(ids: Sequence[str], names: Mapping[str, str], text: str) -> str:
    shown = ", ".join(names.get(i, i) for i in ids[:3]) + (", …" if len(ids) > 3 else "")
    return text % {"n": len(ids), "names": shown}


def _refuse_broken(stops_of: StopsOf, fresh: Inputs) -> None:
    drops = {d.id: d for d in fresh.drops}
    turns = {t.id: t for t in fresh.turns}
    for route, stops in stops_of.items():
        drops_of: dict[UUID, list[Drop]] = {
            s.pk: [drops[d.consignment_id] for d in s.drops.all()] for s in stops
        }
        turn = turns.get(route.shift_id)
        if turn is None:  # a route without stops may belong to a shift that is over
            continue
        broken = rechecking.violations(route, stops, drops_of, turn, fresh.origin)
        if broken:
            said = kept(broken[0]) or {}
            names = {str(turn.id): turn.alias}
            raise PlanBroken(
                _("Route %(number)d breaks a rule: %(rule)s Move the stop, or plan again.")
                % {"number": route.number, "rule": sentence(said, names)},
                route=str(route.pk),
                rule=broken[0].code,
            )


# Above every number of a route: where a row waits while two change places.
ASIDE = 30_000


def _keep_same(plan: Plan, news: Republishing) -> None:
    """Let rows of routes that are the same in both plans change places: what a phone holds stays true.

    The row that is driven goes on in the new plan; the old plan keeps the proposal's row as its record.
    """
    for new, old in news.same.items():
        pinned = {d.consignment_id for s in new.stops.all() if s.is_pinned for d in s.drops.all()}
        for stop in old.stops.all():
            wanted = any(drop.consignment_id in pinned for drop in stop.drops.all())
            Stop.objects.filter(pk=stop.pk).exclude(is_pinned=wanted).update(is_pinned=wanted)
        Route.objects.filter(pk=new.pk).update(number=ASIDE + new.number)
        Route.objects.filter(pk=old.pk).update(plan=plan, is_locked=new.is_locked)
        Route.objects.filter(pk=new.pk).update(
            plan=old.plan_id, number=new.number, state=Route.State.REPLACED
        )


def _replace_routes(plan: Plan) -> set[UUID]:
    """Put away the untouched routes of the day's other plans; return the consignments taken off."""
    Plan.objects.filter(hub_id=plan.hub_id, day=plan.day, state=Plan.State.PUBLISHED).update(
        state=Plan.State.REPLACED
    )
    old = republishing.routes_to_replace(plan)
    active = StopConsignment.objects.filter(stop__route__in=old, is_active=True)
    dropped = set(active.values_list("consignment_id", flat=True))
    active.update(is_active=False)
    Route.objects.filter(pk__in=[r.pk for r in old]).update(state=Route.State.REPLACED)
    return dropped


def _activate(plan: Plan) -> None:
    try:
        with transaction.atomic():
            new = Route.objects.filter(plan=plan, state=Route.State.PROPOSED)
            StopConsignment.objects.filter(stop__route__in=new.values("pk")).update(is_active=True)
            new.update(state=Route.State.PUBLISHED)
    except IntegrityError as error:
        raise PlanOutdated(
            _("A consignment or a courier of this plan is on another route by now. Plan again.")
        ) from error


def _move_consignments(
    planned: Sequence[UUID],
    dropped: Collection[UUID],
    stops_of: StopsOf,
    hub_id: UUID,
    reader: Reader,
    now: datetime,
) -> None:
    news = _first_etas(stops_of)
    etas: dict[UUID, dict[str, Any]] = {
        n.consignment_id: {"eta_at": n.eta_at.isoformat()} for n in news if n.eta_at
    }
    locked = tracking.lock_consignments([*planned, *dropped])
    hold(stream=board_stream(hub_id))
    back = [c for c in dropped if c in locked and locked[c].status == Status.PLANNED]
    tracking.move_many(consignment_ids=back, to=Status.ACCEPTED, now=now, reader=reader)
    new = [c for c in planned if locked[c].status == Status.ACCEPTED]
    tracking.move_many(consignment_ids=new, to=Status.PLANNED, now=now, reader=reader, data=etas)
    tracking.forget_approaches(consignment_ids=back, now=now)
    tracking.tell_approaches(news=news, now=now)


def _first_etas(stops_of: StopsOf) -> list[Nearness]:
    found: dict[Route, list[Nearness]] = defaultdict(list)
    for route, stops in stops_of.items():
        for before, stop in enumerate(stops):
            for drop in stop.drops.all():
                found[route].append(
                    Nearness(
                        consignment_id=drop.consignment_id,
                        eta_at=stop.planned_at,
                        stops_before=before,
                        departs_at=route.planned_start_at,
                        courier_alias=route.shift.courier.alias,
                        vehicle_kind=route.shift.vehicle.kind,
                    )
                )
    return [one for many in found.values() for one in many]
