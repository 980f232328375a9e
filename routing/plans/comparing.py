"""Two plans side by side, and one by itself, worked out from the rows as they stand: edits by hand are in it."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from routing.engine.solution import Costs
from routing.plans import building, inputs, queries, republishing
from routing.plans.models import Plan
from routing.routes.models import Route, Stop

TERMS = tuple(asdict(Costs()))


def routes_of(plan: Plan) -> list[Route]:
    """Return a plan's routes by number with all that this page reads (three queries)."""
    return list(
        plan.routes.select_related(
            "plan__hub", "shift__courier__partner__organization", "shift__vehicle"
        )
        .defer("line", "plan__inputs", "plan__figures")
        .prefetch_related("stops__drops__consignment")
        .order_by("number")
    )


def costs_of(route: Route) -> Costs:
    """Return what a kept route costs by the prices of its vehicle, as the engine counts (windows are hard: no lateness)."""
    if not route.stops.all():
        return Costs()
    turn = inputs.turn_of(route.shift)
    shift = building.shift(turn, turn.starts_at, turn.starts_at)
    seconds = round((route.planned_end_at - route.planned_start_at).total_seconds())
    return Costs(
        fixed=shift.fixed_cost,
        time=shift.cost_per_s * seconds,
        distance=shift.cost_per_m * route.distance_m,
    )


def late_s(stops: Iterable[Stop]) -> int:
    """Return by how many seconds stops are planned after their windows, all together."""
    late = (
        (stop.planned_at - stop.window_end).total_seconds()
        for stop in stops
        if stop.window_end is not None and stop.planned_at > stop.window_end
    )
    return round(sum(late))


def route_figures(route: Route) -> dict[str, Any]:
    """Return one route in figures."""
    stops = list(route.stops.all())
    return {
        "id": route.pk,
        "number": route.number,
        "state": route.state,
        "courier": route.shift.courier.alias,
        "partner": route.shift.courier.partner.organization.name,
        "stops": len(stops),
        "consignments": sum(len(stop.drops.all()) for stop in stops),
        "metres": route.distance_m,
        "starts_at": route.planned_start_at,
        "ends_at": route.planned_end_at,
        "late_s": late_s(stops),
        "cost": costs_of(route).total,
        "locked": route.is_locked,
        "pinned": sum(stop.is_pinned for stop in stops),
    }


def totals(
    plan: Plan, routes: Iterable[Route], price_left_out: float | None = None
) -> dict[str, Any]:
    """Return the figures of these routes of a plan, and what is charged for what it left out.

    price_left_out: micros for each consignment; None for what the plan itself charges.
    """
    used = [route for route in routes if route.stops.all()]
    unserved = _unserved(plan)
    if price_left_out is not None:
        unserved = round(price_left_out * int(plan.figures.get("unplanned", 0) or 0))
    costs = sum((costs_of(route) for route in used), Costs(unserved=unserved))
    return {
        "routes": len(used),
        "stops": sum(len(route.stops.all()) for route in used),
        "metres": sum(route.distance_m for route in used),
        "seconds": round(
            sum((r.planned_end_at - r.planned_start_at).total_seconds() for r in used)
        ),
        "late_s": sum(late_s(route.stops.all()) for route in used),
        "unplanned": int(plan.figures.get("unplanned", 0) or 0),
        "cost": costs.total,
        "costs": asdict(costs),
    }


def _unserved(plan: Plan) -> int:
    if not plan.figures.get("unplanned"):
        return 0
    return int(plan.figures.get("costs", {}).get("unserved", 0))


def _price_left_out(one: Plan, other: Plan) -> float:
    """Return what both plans are charged for each consignment left out, micros: as dear as the dearer of the two says.

    The engine's own charge depends on the shifts that a plan could use; two plans are compared at one price.
    """
    return max(
        _unserved(plan) / plan.figures["unplanned"] if plan.figures.get("unplanned") else 0.0
        for plan in (one, other)
    )


def comparison(one: Plan, other: Plan) -> dict[str, Any]:
    """Return two plans side by side; differences are the second less the first (eight queries).

    Routes of the first that are loaded, on the road or over and that the second does not plan anew stay as they are
    whichever is chosen: they are named in `stays` and counted on neither side.
    """
    first, second = routes_of(one), routes_of(other)
    planned_anew = {route.shift_id for route in second}
    touched = set(inputs.touched_routes(one.hub_id).values_list("pk", flat=True))
    stays = [
        route
        for route in first
        if (route.pk in touched or route.state == Route.State.DONE)
        and route.shift_id not in planned_anew
    ]
    first = [route for route in first if route not in stays]
    price = _price_left_out(one, other)
    figures = totals(one, first, price), totals(other, second, price)
    was, will = _places(first), _places(second)
    both = was.keys() & will.keys()
    moved = [c for c in both if was[c]["shift"] != will[c]["shift"]]
    reordered = [c for c in both if c not in moved and was[c]["position"] != will[c]["position"]]
    return {
        "plans": [queries.plan_data(one), queries.plan_data(other)],
        "figures": list(figures),
        "differences": {
            name: figures[1][name] - figures[0][name] for name in figures[0] if name != "costs"
        },
        "costs": {
            term: {
                "first": figures[0]["costs"][term],
                "second": figures[1]["costs"][term],
                "difference": figures[1]["costs"][term] - figures[0]["costs"][term],
            }
            for term in TERMS
        },
        "routes": _side_by_side(first, second),
        "stays": [route_figures(route) for route in stays],
        "moved": sorted((_move(was[c], will[c]) for c in moved), key=lambda row: row["code"]),
        "changed_courier": sorted(moved),
        "changed_place": len(reordered),
        "only_in_first": sorted(was.keys() - will.keys()),
        "only_in_second": sorted(will.keys() - was.keys()),
        "phones": _phones(first, second) if other.state == Plan.State.READY else None,
    }


def _places(routes: Iterable[Route]) -> dict[UUID, dict[str, Any]]:
    return {
        drop.consignment_id: {
            "consignment": drop.consignment_id,
            "code": drop.consignment.code,
            "shift": route.shift_id,
            "route": route.number,
            "courier": route.shift.courier.alias,
            "position": stop.position,
            "planned_at": stop.planned_at,
        }
        for route in routes
        for stop in route.stops.all()
        for drop in stop.drops.all()
    }


def _move(was: dict[str, Any], will: dict[str, Any]) -> dict[str, Any]:
    def place(at: dict[str, Any]) -> dict[str, Any]:
        return {name: at[name] for name in ("route", "courier", "position", "planned_at")}

    return {
        "consignment": was["consignment"],
        "code": was["code"],
        "first": place(was),
        "second": place(will),
    }


def _side_by_side(first: list[Route], second: list[Route]) -> list[dict[str, Any]]:
    """Return the routes of both plans by courier's shift, in the order of their starts."""
    was = {route.shift_id: route for route in first}
    will = {route.shift_id: route for route in second}

    def starts(shift_id: UUID) -> tuple[datetime, int]:
        route = will.get(shift_id) or was[shift_id]
        return route.shift.starts_at, route.number

    return [
        {
            "shift": shift_id,
            "courier": (will.get(shift_id) or was[shift_id]).shift.courier.alias,
            "first": route_figures(was[shift_id]) if shift_id in was else None,
            "second": route_figures(will[shift_id]) if shift_id in will else None,
        }
        for shift_id in sorted(was.keys() | will.keys(), key=starts)
    ]


def _phones(first: list[Route], second: list[Route]) -> dict[str, Any]:
    """Return whom publishing the second would tell, and by how much each list changes."""
    driven = [route for route in first if route.state == Route.State.PUBLISHED]
    news = republishing.compare(republishing.stops_of(second), republishing.stops_of(driven))
    names = {r.shift.courier_id: r.shift.courier.alias for r in (*first, *second)}
    return {
        "told": sorted(
            ({"courier": names[c]} | asdict(change) for c, change in news.changes.items()),
            key=lambda row: str(row["courier"]),
        ),
        "unchanged": len(news.same),
    }
