"""Why a stop is on this route, in this place, at this time, and what the next best would cost. Reads only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.gis.db.models.functions import Distance
from django.db.models import Min
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from common.accounts.readers import Reader
from common.errors.domain import NotFound
from routing.engine.answers import Explanation, explain
from routing.engine.problem import MICROS
from routing.engine.solution import Costs, PlannedStop, Solution
from routing.plans import opening, placing, queries, sheets
from routing.plans.actions import PlanClosed
from routing.plans.building import Door
from routing.plans.refusals import MoveRefused, RouteLocked, StopDone
from routing.plans.sheets import Sheet
from routing.routes.models import Route, Stop

# So many other routes are tried: those that pass nearest.
MOST_TRIED = 6


def explain_stop(*, stop_id: UUID, reader: Reader, now: datetime) -> dict[str, Any]:
    """Return why a stop stands where it does, in figures and in sentences. Raises NotFound, StopDone, PlanClosed.

    The engine explains it within its own route and the routes that pass nearest.
    """
    visible = queries.plans_visible_to(reader).order_by().values("pk")
    stop = Stop.objects.filter(pk=stop_id, route__plan__in=visible).select_related("route").first()
    if stop is None:
        raise NotFound
    if stop.state != Stop.State.PENDING:
        raise StopDone
    if stop.route.state not in opening.CHANGEABLE:
        raise PlanClosed(_("This route is not open any more: it was replaced or is over."))
    source = sheets.sheet(sheets.read_routes([stop.route_id])[stop.route_id], now)
    door = source.doors[stop.pk]
    loaded = placing.is_aboard(door)
    near = [] if loaded else _near(source, stop)
    open_ones = [sheet for sheet in near if not sheet.route.is_locked]
    found = _explained(source, open_ones, stop)
    options = _options(source, near, stop, found)
    fitting = sorted((o for o in options if not o["refusal"]), key=lambda o: o["more"])
    best = fitting[0] if fitting else None
    planned = found.stop
    return {
        "stop": stop.pk,
        "route": source.route.pk,
        "number": source.route.number,
        "courier": source.turn.alias,
        "position": stop.position,
        **_beside(source, stop, _driven(source).index(stop)),
        "lon": stop.point.x,
        "lat": stop.point.y,
        "extra": found.extra_cost,
        "arrives_at": _at(source, planned.arrival_s),
        "starts_at": _at(source, planned.start_s),
        "travel_s": planned.travel_s,
        "wait_s": planned.wait_s,
        "slack_s": planned.slack_s,
        "is_pinned": stop.is_pinned,
        "is_locked": source.route.is_locked,
        "is_loaded": loaded,
        "next_best": best,
        "others": [o for o in options if o is not best],
        "sentences": [
            *_why_route(source, stop, found.extra_cost, best, loaded),
            *_why_time(source, planned),
        ],
    }


def _options(
    source: Sheet, near: Sequence[Sheet], stop: Stop, found: Explanation
) -> list[dict[str, Any]]:
    """Return the other places for the stop, one a route; of its own route only where there is another."""
    places = {place.shift_id: place for place in found.options}
    return [
        _option(sheet, stop, place.position, place.start_s, place.extra_cost - found.extra_cost)
        if (place := places.get(str(sheet.turn.id)))
        else _tried(sheet, stop, source.doors[stop.pk], found.extra_cost)
        for sheet in (source, *near)
        if sheet is not source or str(source.turn.id) in places
    ]


def _near(source: Sheet, stop: Stop) -> list[Sheet]:
    """Return the routes that pass nearest and have not left."""
    near = (
        Route.objects.filter(plan=source.route.plan_id, state__in=opening.CHANGEABLE)
        .exclude(pk=source.route.pk)
        .exclude(state=Route.State.RUNNING)
        .annotate(away=Min(Distance("stops__point", stop.point)))
        .order_by("away", "pk")
    )
    routes = sheets.read_routes(list(near.values_list("pk", flat=True)[:MOST_TRIED]))
    return [sheets.sheet(route, source.now) for route in routes.values()]


def _explained(source: Sheet, others: Sequence[Sheet], stop: Stop) -> Explanation:
    problem = sheets.problem_together(source, others)
    routes = tuple(
        sheets.timed(sheet, [s.pk for s in sheet.free], problem).route
        for sheet in (source, *others)
    )
    costs = sum((route.costs for route in routes), Costs())
    found = explain(problem, Solution(routes=routes, unserved=(), costs=costs), str(stop.pk))
    return cast("Explanation", found)  # every stop of a route is served


def _option(sheet: Sheet, stop: Stop, position: int, start_s: int, more: int) -> dict[str, Any]:
    """Return another place for the stop, as the API shows it. position: free stops before it; more: than here, micros."""
    index = position + len(sheet.fixed)
    return {
        **_named(sheet),
        **_beside(sheet, stop, index),
        "position": index + 1,
        "starts_at": _at(sheet, start_s),
        "more": more,
        "refusal": "",
    }


def _tried(sheet: Sheet, stop: Stop, door: Door, here: int) -> dict[str, Any]:
    """Return the stop's place on a route that is not among the most promising, or why there is none.

    here: what the stop costs where it is, micros.
    """
    if sheet.route.is_locked:
        return _refused(sheet, str(RouteLocked.title))
    try:
        place, extra = placing.place_on(sheet, stop, door, None)
    except MoveRefused as refused:
        return _refused(sheet, str(refused.message))
    start_s = next(s.start_s for s in place.planned.stops if s.job_id == str(stop.pk))
    return _option(sheet, stop, place.position, start_s, extra - here)


def _refused(sheet: Sheet, refusal: str) -> dict[str, Any]:
    """Return why a route can't take the stop, as the API shows it."""
    return {
        **_named(sheet),
        "before": None,
        "after": None,
        "position": None,
        "starts_at": None,
        "more": None,
        "refusal": refusal,
    }


def _driven(sheet: Sheet) -> list[Stop]:
    return [*sheet.fixed, *sheet.free]


def _beside(sheet: Sheet, stop: Stop, index: int) -> dict[str, Any]:
    """Return where the courier comes from and goes on to. index: so many other stops of the route come first."""
    others = [one for one in _driven(sheet) if one.pk != stop.pk]
    lon, lat = sheet.hub
    hub = {"stop": None, "position": None, "lon": lon, "lat": lat}
    return {
        "before": _neighbour(others[index - 1]) if index else hub,
        "after": _neighbour(others[index]) if index < len(others) else hub,
    }


def _neighbour(stop: Stop) -> dict[str, Any]:
    lon, lat = sheets.xy(stop)
    return {"stop": stop.pk, "position": stop.position, "lon": lon, "lat": lat}


def _named(sheet: Sheet) -> dict[str, Any]:
    return {"route": sheet.route.pk, "number": sheet.route.number, "courier": sheet.turn.alias}


def _at(sheet: Sheet, seconds: int) -> datetime:
    return sheet.origin + timedelta(seconds=seconds)


def money(micros: int) -> str:
    """Return an amount as people read it: 4.20 EUR."""
    amount = (Decimal(micros) / MICROS).quantize(Decimal("0.01"))
    return f"{number_format(amount, 2)} {settings.CURRENCY}"


def _why_route(
    source: Sheet, stop: Stop, extra: int, best: dict[str, Any] | None, loaded: bool
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
    more = best["more"]
    names |= {
        "route": str(best["number"]),
        "courier": best["courier"],
        "n": str(best["position"]),
        "cost": money(abs(more)),
    }
    if best["route"] == source.route.pk:
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
