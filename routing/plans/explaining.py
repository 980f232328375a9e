"""Why a stop is on this route, in this place, at this time, and what the next best would cost. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.gis.db.models.functions import Distance
from django.db.models import Min
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from common.accounts.readers import Reader
from common.errors.domain import NotFound
from routing.engine.insert import best_places
from routing.engine.problem import MICROS
from routing.engine.solution import PlannedStop
from routing.plans import opening, placing, queries, sheets
from routing.plans.building import Door
from routing.plans.refusals import MoveRefused, RouteLocked, StopDone
from routing.plans.sheets import Sheet
from routing.routes.models import Route, Stop

# So many other routes are tried: those that pass nearest.
MOST_TRIED = 6


@dataclass(frozen=True)
class Option:
    """Another place for the stop. extra: micros that its route gets dearer by; position counts from 1; refusal: or why not."""

    route: Route
    position: int = 0
    extra: int = 0
    starts_at: datetime | None = None
    refusal: str = ""


def explain_stop(*, stop_id: UUID, reader: Reader, now: datetime) -> dict[str, Any]:
    """Return why a stop stands where it does, in figures and in sentences. Raises NotFound, StopDone."""
    visible = queries.plans_visible_to(reader).order_by().values("pk")
    stop = Stop.objects.filter(pk=stop_id, route__plan__in=visible).select_related("route").first()
    if stop is None:
        raise NotFound
    source = sheets.sheet(sheets.read_routes([stop.route_id])[stop.route_id], now)
    if stop.pk not in source.doors:
        raise StopDone
    planned, extra = _here(source, stop)
    loaded = placing.is_aboard(source.doors[stop.pk])
    options = _on_own_route(source, stop) + ([] if loaded else _on_others(source, stop))
    fitting = sorted((o for o in options if not o.refusal), key=lambda o: o.extra)
    best = fitting[0] if fitting else None
    return {
        "stop": stop.pk,
        "route": source.route.pk,
        "number": source.route.number,
        "courier": source.turn.alias,
        "position": stop.position,
        "extra": extra,
        "arrives_at": _at(source, planned.arrival_s),
        "starts_at": _at(source, planned.start_s),
        "travel_s": planned.travel_s,
        "wait_s": planned.wait_s,
        "slack_s": planned.slack_s,
        "is_pinned": stop.is_pinned,
        "is_locked": source.route.is_locked,
        "is_loaded": loaded,
        "next_best": _option(best, extra) if best else None,
        "others": [_option(o, extra) for o in options if o is not best],
        "sentences": [
            *_why_route(source, stop, extra, best, loaded),
            *_why_time(source, planned),
        ],
    }


def _here(source: Sheet, stop: Stop) -> tuple[PlannedStop, int]:
    """Return the stop as it is planned, and what its route costs more than without it."""
    problem = sheets.problem_of(source)
    order = [s.pk for s in source.free]
    with_it = sheets.timed(source, order, problem).route
    without = sheets.timed(source, [pk for pk in order if pk != stop.pk], problem).route
    planned = next(s for s in with_it.stops if s.job_id == str(stop.pk))
    return planned, with_it.costs.total - without.costs.total


def _on_own_route(source: Sheet, stop: Stop) -> list[Option]:
    """Return the best other place on the same route, if there is one."""
    problem = sheets.problem_of(source)
    shift_id = str(source.turn.id)
    rest = [str(s.pk) for s in source.free if s.pk != stop.pk]
    for place in best_places(problem, {shift_id: rest}, str(stop.pk), limit=2):
        position = place.position + len(source.fixed) + 1
        if position != stop.position:
            starts_at = _at(source, place.start_s)
            return [Option(source.route, position, place.extra_cost, starts_at)]
    return []


def _on_others(source: Sheet, stop: Stop) -> list[Option]:
    """Return the best place on each of the routes that pass nearest, or why there is none."""
    near = (
        Route.objects.filter(plan=source.route.plan_id, state__in=opening.CHANGEABLE)
        .exclude(pk=source.route.pk)
        .exclude(state=Route.State.RUNNING)
        .annotate(away=Min(Distance("stops__point", stop.point)))
        .order_by("away", "pk")
    )
    found = []
    door = source.doors[stop.pk]
    for route in sheets.read_routes(list(near.values_list("pk", flat=True)[:MOST_TRIED])).values():
        target = sheets.sheet(route, source.now)
        found.append(_try(target, stop, door))
    return found


def _try(target: Sheet, stop: Stop, door: Door) -> Option:
    if target.route.is_locked:
        return Option(target.route, refusal=str(RouteLocked.title))
    try:
        place, extra = placing.place_on(target, stop, door, None)
    except MoveRefused as refusal:
        return Option(target.route, refusal=str(refusal.message))
    starts_at = _at(target, place.planned.stops[place.position].start_s)
    return Option(target.route, place.position + len(target.fixed) + 1, extra, starts_at)


def _at(sheet: Sheet, seconds: int) -> datetime:
    return sheet.origin + timedelta(seconds=seconds)


def _option(option: Option, here: int) -> dict[str, Any]:
    return {
        "route": option.route.pk,
        "number": option.route.number,
        "courier": option.route.shift.courier.alias,
        "position": option.position or None,
        "starts_at": option.starts_at,
        "more": None if option.refusal else option.extra - here,
        "refusal": option.refusal,
    }


def money(micros: int) -> str:
    """Return an amount as people read it: 4.20 EUR."""
    amount = (Decimal(micros) / MICROS).quantize(Decimal("0.01"))
    return f"{number_format(amount, 2)} {settings.CURRENCY}"


def _why_route(
    source: Sheet, stop: Stop, extra: int, best: Option | None, loaded: bool
) -> list[str]:
    names = {"courier": source.turn.alias, "cost": money(extra)}
    said = [_("With %(courier)s it costs %(cost)s more than without it.") % names]
    if source.route.is_locked:
        said.append(_("The route is locked: it was kept as it was."))
    elif stop.is_pinned:
        said.append(_("It is pinned to %(courier)s.") % names)
    if loaded:
        said.append(_("Its parcels are in the vehicle: it can't change the route any more."))
    if best is None:
        if not loaded:
            said.append(_("No other route that passes near can take it."))
        return said
    more = best.extra - extra
    names |= {
        "route": str(best.route.number),
        "courier": best.route.shift.courier.alias,
        "n": str(best.position),
        "cost": money(abs(more)),
    }
    if best.route.pk == source.route.pk:
        text = (
            _("The next best is stop %(n)s of the same route: %(cost)s more.")
            if more >= 0
            else _("As stop %(n)s of the same route it would cost %(cost)s less.")
        )
    elif more >= 0:
        text = _("The next best is route %(route)s, %(courier)s, as stop %(n)s: %(cost)s more.")
    else:
        text = _("On route %(route)s, %(courier)s, as stop %(n)s it would cost %(cost)s less.")
    return [*said, text % names]


def _why_time(source: Sheet, planned: PlannedStop) -> list[str]:
    zone = source.origin.tzinfo

    def clock(seconds: int) -> str:
        return date_format(timezone.localtime(_at(source, seconds), zone), "H:i")

    def minutes(seconds: int) -> int:
        return -(-seconds // 60)

    said = [
        _("%(courier)s arrives at %(time)s, %(minutes)d min after leaving the place before.")
        % {
            "courier": source.turn.alias,
            "time": clock(planned.arrival_s),
            "minutes": minutes(planned.travel_s),
        }
    ]
    if planned.wait_s >= 60:
        said.append(
            _("The window opens at %(time)s: %(minutes)d min of waiting.")
            % {"time": clock(planned.start_s), "minutes": minutes(planned.wait_s)}
        )
    said.append(
        _("It may become up to %(minutes)d min later before a window or the shift's end is missed.")
        % {"minutes": planned.slack_s // 60}
        if planned.slack_s >= 60
        else _("It can't become later: a window or the shift's end would be missed.")
    )
    return said
