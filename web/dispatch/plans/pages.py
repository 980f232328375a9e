"""The pages of the plans room."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from common import clock
from common.accounts.readers import Reader
from common.days import wanted_day
from common.live import queries as streams
from delivery.hubs.models import Hub
from routing.plans import comparing, inputs, queries
from routing.plans.explaining import money
from routing.plans.live import plan_stream
from routing.plans.models import Plan, PlanningSettings
from routing.plans.what_if import MOST_MINUTES, MOST_VANS
from routing.routes.models import Route
from routing.routes.queries import hub_today, route_data, with_stops
from web.dispatch.plans import found, planning_settings, questions, side_by_side, words
from web.dispatch.plans.shared import hub_of, page, setup_of

MOST_PLANS = 50
MOST_WHAT_IFS = 10


@login_required
@require_safe
def show_plans(request: HttpRequest, hub_code: str) -> HttpResponse:
    """List a hub's plans of a day; two that are ticked are compared."""
    reader, hub = hub_of(request, hub_code)
    today = hub_today(hub.timezone, clock.now())
    day = wanted_day(request.GET.get("day", ""), today)
    ticked = [one for one in request.GET.getlist("compare") if one]
    if len(ticked) == 2:
        pair = _pair(reader, hub, ticked)
        if pair:
            return redirect("dispatch-compare", hub.code, pair[0].pk, pair[1].pk)
    plans = list(
        queries.plans_visible_to(reader)
        .filter(hub=hub, day=day)
        .select_related("requested_by")[:MOST_PLANS]
    )
    planning = queries.settings_of(hub.pk)
    context = {
        "hub": hub,
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "plans": [_row(plan) for plan in plans],
        "has_open": any(p.state in (Plan.State.READY, Plan.State.PUBLISHED) for p in plans),
        "ticked": ticked,
        "planning": planning,
        "engines": PlanningSettings.Engine.choices,
        "prices": planning_settings.prices_of(planning),
        "setup": setup_of(hub, day),
        "words": words.words(),
    }
    return page(request, "web/plans/list.html", hub, context)


def _pair(reader: Reader, hub: Hub, ids: list[str]) -> list[Plan] | None:
    """Return two ticked plans, the older first; None when they are not both here."""
    try:
        wanted = [UUID(one) for one in ids]
    except ValueError:
        return None
    found = list(
        queries.plans_visible_to(reader).filter(hub=hub, pk__in=wanted).order_by("created_at", "pk")
    )
    return found if len(found) == 2 else None


def _row(plan: Plan) -> dict[str, Any]:
    figures = plan.figures
    return {
        "plan": plan,
        "figures": figures,
        "cost": money(found.driving_cost(figures)) if "cost" in figures else "",
        "can_compare": plan.state
        in (Plan.State.READY, Plan.State.PUBLISHED, Plan.State.REPLACED, Plan.State.DISCARDED)
        and bool(figures),
    }


@login_required
@require_safe
def show_plan(request: HttpRequest, hub_code: str, plan_id: UUID) -> HttpResponse:
    """Show one plan: how far it is, its figures, how it was found, its routes, what it left out, what if."""
    reader, hub = hub_of(request, hub_code)
    plan = get_object_or_404(
        queries.plans_visible_to(reader).filter(hub=hub).select_related("requested_by"), pk=plan_id
    )
    stream = plan_stream(plan.pk)
    epoch, seq = streams.position(stream)
    routes = comparing.routes_of(plan)
    rows = [route for route in routes if route.stops.all()]
    figures = comparing.totals(plan, rows)
    is_open = plan.state in (Plan.State.READY, Plan.State.PUBLISHED)
    shifts = _shifts(hub, plan.day) if is_open else []
    context = {
        "hub": hub,
        "plan": plan,
        "day": plan.day,
        "works": plan.state in (Plan.State.QUEUED, Plan.State.SOLVING),
        "is_open": is_open,
        "has_result": bool(plan.figures),
        "figures": figures,
        "cost": money(found.driving_cost(figures)),
        "charged": money(figures["costs"]["unserved"]) if figures["costs"]["unserved"] else "",
        "terms": found.terms(figures["costs"]),
        "report": found.report(plan),
        "rows": [
            comparing.route_figures(route) | {"cost": money(comparing.costs_of(route).total)}
            for route in rows
        ],
        "left_out": [questions.left_out(one) for one in queries.left_out_of(plan)],
        "what_ifs": [
            questions.what_if(row, shifts)
            for row in plan.what_ifs.defer("as_it_is").order_by("-id")[:MOST_WHAT_IFS]
        ],
        "shifts": shifts,
        "most_minutes": MOST_MINUTES,
        "most_vans": MOST_VANS,
        "published": _published(plan),
        "others": _others(reader, plan),
        "setup": setup_of(hub, plan.day)
        | {
            "plan": str(plan.pk),
            "version": plan.version,
            "state": plan.state,
            "stream": stream,
            "epoch": epoch,
            "seq": seq,
            "progress": plan.progress,
            "seconds": plan.seconds,
            "planned": plan.figures.get("planned", 0),
            "left": plan.figures.get("unplanned", 0),
            "couriers": len(rows),
        },
        "drawing": _drawing(hub, plan),
        "words": words.words(),
    }
    return page(request, "web/plans/plan.html", hub, context)


@login_required
@require_safe
def show_comparison(
    request: HttpRequest, hub_code: str, plan_id: UUID, other_id: UUID
) -> HttpResponse:
    """Show two plans side by side: figures, cost by term, both maps, each courier's route, what moves, whose phone hears."""
    reader, hub = hub_of(request, hub_code)
    plans = queries.plans_visible_to(reader).filter(hub=hub)
    one, other = get_object_or_404(plans, pk=plan_id), get_object_or_404(plans, pk=other_id)
    compared = comparing.comparison(one, other)
    moved = {str(c) for c in compared["changed_courier"]}
    context = {
        "hub": hub,
        "day": other.day,
        "one": one,
        "other": other,
        "found": compared,
        "figures": side_by_side.figure_rows(compared),
        "terms": side_by_side.term_rows(compared),
        "pairs": [side_by_side.pair_row(row) for row in compared["routes"]],
        "can_publish": other.state == Plan.State.READY,
        "setup": setup_of(hub, other.day)
        | {
            "plan": str(other.pk),
            "version": other.version,
            "state": other.state,
            "moved": sorted(moved),
            "planned": other.figures.get("planned", 0),
            "left": other.figures.get("unplanned", 0),
            "couriers": len([row for row in compared["routes"] if row["second"]]),
            "phones": len(compared["phones"]["told"]) if compared["phones"] else 0,
        },
        "first_drawing": _drawing(hub, one),
        "second_drawing": _drawing(hub, other),
        "words": words.words(),
    }
    return page(request, "web/plans/compare.html", hub, context)


def _shifts(hub: Hub, day: date) -> list[dict[str, Any]]:
    """Return the shifts that a question may be about."""
    return [
        {
            "id": str(shift.pk),
            "courier": shift.courier.alias,
            "vehicle": shift.vehicle.name,
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
        }
        for shift in inputs.shifts_to_plan(hub, day, clock.now())
    ]


def _published(plan: Plan) -> Plan | None:
    found = queries.published_plan(plan.hub_id, plan.day)
    return found if found and found.pk != plan.pk else None


def _others(reader: Reader, plan: Plan) -> list[Plan]:
    """Return the day's other plans that this one can be compared with, newest first."""
    states = (Plan.State.READY, Plan.State.PUBLISHED, Plan.State.REPLACED, Plan.State.DISCARDED)
    return list(
        queries.plans_visible_to(reader)
        .filter(hub=plan.hub_id, day=plan.day, state__in=states)
        .exclude(pk=plan.pk)
        .exclude(figures={})[:20]
    )


def _drawing(hub: Hub, plan: Plan) -> dict[str, Any]:
    """Return a plan's routes as the map and the timeline of the page draw them."""
    routes = [
        route_data(route)
        for route in with_stops(Route.objects.filter(plan=plan)).order_by("number")
    ]
    data = {"routes": [route for route in routes if route["stops"]]}
    drawn: dict[str, Any] = json.loads(json.dumps(data, cls=DjangoJSONEncoder))
    return drawn
