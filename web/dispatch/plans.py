"""The plans room: the plans of a hub and day, one of them with how it was found, and two of them side by side."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from common import clock
from common.accounts.readers import Reader
from common.live import queries as streams
from delivery.hubs.models import Hub
from routing.plans import comparing, inputs, queries
from routing.plans.explaining import money
from routing.plans.live import plan_stream
from routing.plans.models import Plan, PlanningSettings, WhatIf
from routing.routes.board import hubs_on_board
from routing.routes.models import Route
from routing.routes.queries import hub_today, route_data, with_stops
from web.dispatch.doors import dispatching_reader, wanted_day
from web.dispatch.words import console_words
from web.templatetags.house import km
from web.templatetags.house import minutes as span_of

MOST_PLANS = 50
MOST_WHAT_IFS = 10

TERMS = {
    "fixed": gettext_lazy("Vehicles that drive at all"),
    "time": gettext_lazy("Couriers' hours"),
    "distance": gettext_lazy("Kilometres"),
    "lateness": gettext_lazy("Lateness"),
    "earliness": gettext_lazy("Earliness"),
    "overtime": gettext_lazy("Overtime"),
    "preference": gettext_lazy("Couriers that know the area less"),
    "change": gettext_lazy("Changes of the published plan"),
    "balance": gettext_lazy("Uneven routes"),
    "unserved": gettext_lazy("Left out"),
}
STEPS = {
    "whole": pgettext_lazy("step of a search", "Searched as a whole"),
    "ortools, whole": pgettext_lazy("step of a search", "OR-Tools, the whole day at once"),
    "ortools, from nothing": pgettext_lazy("step of a search", "OR-Tools, from nothing"),
    "older plan": pgettext_lazy("step of a search", "From the plan before"),
    "first": pgettext_lazy("step of a search", "First plan"),
    "improve": pgettext_lazy("step of a search", "Improved"),
    "regions": pgettext_lazy("step of a search", "Region by region"),
    "insert": pgettext_lazy("step of a search", "Put in what was left out"),
    "pyvrp": pgettext_lazy("step of a search", "Proposed by PyVRP"),
    "ruin and recreate": pgettext_lazy("step of a search", "Taken apart and rebuilt"),
    "confirmed by ortools": pgettext_lazy("step of a search", "Confirmed by OR-Tools"),
    "not read by ortools": pgettext_lazy("step of a search", "Not confirmed by OR-Tools"),
}
ROUNDS = re.compile(r"(\d+) rounds of neighbouring routes")
PATHS = {
    "exact": gettext_lazy(
        "Every rule of this day was known to each searcher: OR-Tools confirmed the plan."
    ),
    "relaxed": gettext_lazy(
        "Some rules of this day only OR-Tools knows: others proposed, OR-Tools repaired and finished."
    ),
    "ortools": gettext_lazy("OR-Tools searched alone."),
}
ENGINES = {"ortools": "OR-Tools", "pyvrp": "PyVRP", "ruin": gettext_lazy("Carteiro's own search")}


@login_required
@require_safe
def show_plans(request: HttpRequest, hub_code: str) -> HttpResponse:
    """List a hub's plans of a day; two that are ticked are compared."""
    reader, hub = _hub(request, hub_code)
    today = hub_today(hub.timezone, clock.now())
    day = wanted_day(request, today)
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
        "setup": _setup(hub, day),
        "words": words(),
    }
    return _page(request, "web/plans/list.html", hub, context)


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
        "cost": money(figures["cost"]) if "cost" in figures else "",
        "can_compare": plan.state
        in (Plan.State.READY, Plan.State.PUBLISHED, Plan.State.REPLACED, Plan.State.DISCARDED)
        and bool(figures),
    }


@login_required
@require_safe
def show_plan(request: HttpRequest, hub_code: str, plan_id: UUID) -> HttpResponse:
    """Show one plan: how far it is, its figures, how it was found, its routes, what it left out, what if."""
    reader, hub = _hub(request, hub_code)
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
        "cost": money(figures["cost"]),
        "terms": _terms(figures["costs"]),
        "report": _report(plan),
        "rows": [
            comparing.route_figures(route) | {"cost": money(comparing.costs_of(route).total)}
            for route in rows
        ],
        "left_out": [_left_out(plan, one) for one in queries.left_out_of(plan)],
        "what_ifs": [
            _what_if(row, shifts) for row in plan.what_ifs.order_by("-id")[:MOST_WHAT_IFS]
        ],
        "shifts": shifts,
        "published": _published(plan),
        "others": _others(reader, plan),
        "setup": _setup(hub, plan.day)
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
        "words": words(),
    }
    return _page(request, "web/plans/plan.html", hub, context)


@login_required
@require_safe
def show_comparison(
    request: HttpRequest, hub_code: str, plan_id: UUID, other_id: UUID
) -> HttpResponse:
    """Show two plans side by side: figures, cost by term, both maps, each courier's route, what moves, whose phone hears."""
    reader, hub = _hub(request, hub_code)
    plans = queries.plans_visible_to(reader).filter(hub=hub)
    one, other = get_object_or_404(plans, pk=plan_id), get_object_or_404(plans, pk=other_id)
    found = comparing.comparison(one, other)
    moved = {str(c) for c in found["changed_courier"]}
    context = {
        "hub": hub,
        "day": other.day,
        "one": one,
        "other": other,
        "found": found,
        "figures": _figure_rows(found),
        "terms": _term_rows(found),
        "pairs": [_pair_row(row) for row in found["routes"]],
        "can_publish": other.state == Plan.State.READY,
        "setup": _setup(hub, other.day)
        | {
            "plan": str(other.pk),
            "version": other.version,
            "state": other.state,
            "moved": sorted(moved),
            "planned": other.figures.get("planned", 0),
            "left": other.figures.get("unplanned", 0),
            "couriers": len([row for row in found["routes"] if row["second"]]),
            "phones": len(found["phones"]["told"]) if found["phones"] else 0,
        },
        "first_drawing": _drawing(hub, one),
        "second_drawing": _drawing(hub, other),
        "words": words(),
    }
    return _page(request, "web/plans/compare.html", hub, context)


def _hub(request: HttpRequest, code: str) -> tuple[Reader, Hub]:
    reader = dispatching_reader(request)
    hub = hubs_on_board(reader).filter(code=code).first()
    if hub is None:
        raise Http404
    return reader, hub


def _page(request: HttpRequest, template: str, hub: Hub, context: dict[str, Any]) -> HttpResponse:
    with timezone.override(hub.timezone):
        response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def _setup(hub: Hub, day: date) -> dict[str, Any]:
    return {
        "hub": str(hub.pk),
        "code": hub.code,
        "zone": hub.timezone,
        "day": day.isoformat(),
        "currency": settings.CURRENCY,
        "lon": hub.point.x,
        "lat": hub.point.y,
        "name": hub.name,
    }


def _terms(costs: dict[str, int]) -> list[dict[str, Any]]:
    """Return the terms that a plan is charged for, the dearest first, with their share in per cent."""
    total = sum(costs.values())
    rows = [
        {
            "name": TERMS.get(term, term),
            "amount": money(micros),
            "share": round(100 * micros / total, 1) if total else 0,
            "micros": micros,
        }
        for term, micros in costs.items()
        if micros
    ]
    return sorted(rows, key=lambda row: -row["micros"])


def _report(plan: Plan) -> dict[str, Any] | None:
    """Return how a plan was found: who searched, on which path, in how many regions, and what each step gained."""
    figures = plan.figures
    if "engine" not in figures:
        return None
    found_cost = figures["steps"][-1]["cost"] if figures.get("steps") else figures["cost"]
    bound = figures.get("bound")
    return {
        "engine": " + ".join(
            str(ENGINES.get(part, part)) for part in str(figures["engine"]).split("+")
        ),
        "path": PATHS.get(figures.get("path", ""), ""),
        "regions": figures.get("regions", 1),
        "seconds": figures.get("solver_s"),
        "model_s": figures.get("model_s"),
        "first_s": figures.get("first_s"),
        "gap": round(100 * (found_cost - bound) / found_cost, 1) if bound and found_cost else None,
        "source": figures.get("source", ""),
        "is_estimate": figures.get("source") != "roads",
        "locked": figures.get("locked", 0),
        "pinned": figures.get("pinned", 0),
        "by_hand": figures.get("by_hand", 0),
        "steps": _steps(figures.get("steps", [])),
    }


def _step_name(name: str) -> str:
    """Return the engine's name of a step in the reader's words."""
    if found := ROUNDS.fullmatch(name):
        count = int(found[1])
        text = ngettext(
            "%(n)d round of neighbouring routes", "%(n)d rounds of neighbouring routes", count
        )
        return text % {"n": count}
    return str(STEPS.get(name, name))


def _steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for step in steps:
        before = rows[-1]["micros"] if rows else None
        rows.append(
            {
                "name": _step_name(step["name"]),
                "seconds": step["seconds"],
                "cost": money(step["cost"]),
                "gain": money(before - step["cost"])
                if before is not None and before > step["cost"]
                else "",
                "share": round(100 * (before - step["cost"]) / before, 1) if before else None,
                "unserved": step["unserved"],
                "micros": step["cost"],
            }
        )
    return rows


# What would help a consignment, as a question that can be put to the plan at once.
def _left_out(plan: Plan, one: dict[str, Any]) -> dict[str, Any]:
    action = one["action"] or {}
    figures = action.get("figures") or {}
    minutes = figures.get("by_min")
    question: dict[str, Any] | None = None
    if action.get("code") == "widen_window" and minutes:
        question = {
            "kind": "later_window",
            "consignment": str(one["consignment"]),
            "minutes": minutes,
        }
    elif action.get("code") == "widen_window_of" and minutes:
        question = {"kind": "later_window", "consignment": figures.get("job"), "minutes": minutes}
    elif action.get("code") == "extend_shift" and minutes:
        question = {"kind": "longer_shift", "shift": action.get("shift"), "minutes": minutes}
    elif action.get("code") in ("add_shift", "more_capacity", "more_stops"):
        question = {"kind": "more_vans", "shift": action.get("shift"), "count": 1}
    return one | {
        "first": one["reasons"][0]["sentence"] if one["reasons"] else "",
        "rest": one["reasons"][1:],
        "question": question,
        "extend": {"shift": action["shift"], "minutes": minutes}
        if action.get("code") == "extend_shift" and minutes and action.get("shift")
        else None,
        "asks_recipient": action.get("code") == "widen_window",
        "plans_again": action.get("code") in ("plan_again", "unpin"),
    }


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


def _what_if(row: WhatIf, shifts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a question and its answer in words."""
    answer = row.answer
    shown: dict[str, Any] = {"row": row, "title": _question(row.change, shifts)}
    if row.state != WhatIf.State.DONE:
        return shown
    before, after = answer["before"], answer["after"]
    left = answer["costs"]["unserved"]
    # What the planner charges for what is left out is no money: it is said in consignments.
    drive = before["cost"] - left["before"], after["cost"] - left["after"]
    more = drive[1] - drive[0]
    return shown | {
        "more": more,
        "cost": money(abs(more)),
        "figures": [
            (_("Cost of driving"), money(drive[0]), money(drive[1])),
            (_("Routes"), before["routes"], after["routes"]),
            (pgettext("figure", "Left out"), before["unplanned"], after["unplanned"]),
            (_("Distance"), km(before["metres"]), km(after["metres"])),
            (_("Hours on the road"), span_of(before["seconds"]), span_of(after["seconds"])),
        ],
        "moved": answer["moved"],
        "helped": answer["helped"],
        "lost": answer["left_out"],
        "routes": [r for r in answer["routes"] if r["before"] != r["after"]][:12],
    }


def _question(change: dict[str, Any], shifts: list[dict[str, Any]]) -> str:
    name = next((s["courier"] for s in shifts if s["id"] == change.get("shift")), "")
    minutes = change.get("minutes") or 0
    if change["kind"] == "without_shift":
        return _("Without %(courier)s") % {"courier": name or _("one courier")}
    if change["kind"] == "longer_shift":
        return _("%(courier)s's shift %(n)d min longer") % {
            "courier": name or _("one courier"),
            "n": minutes,
        }
    if change["kind"] == "more_vans":
        count = change.get("count") or 1
        return ngettext("%(n)d more van", "%(n)d more vans", count) % {"n": count}
    if change.get("consignment"):
        return _("One window open %(n)d min longer") % {"n": minutes}
    return _("Every window open %(n)d min longer") % {"n": minutes}


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


def _figure_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    first, second = found["figures"]
    rows: list[tuple[str, str, Callable[[int], str]]] = [
        (_("Routes"), "routes", str),
        (_("Stops"), "stops", str),
        (_("Distance"), "metres", km),
        (_("Hours on the road"), "seconds", span_of),
        (_("Minutes late"), "late_s", lambda late_s: str(-(-late_s // 60))),
        (pgettext("figure", "Left out"), "unplanned", str),
    ]
    return [
        {
            "name": name,
            "first": shown(first[key]),
            "second": shown(second[key]),
            "difference": second[key] - first[key],
            "by": shown(abs(second[key] - first[key])),
            # More stops are neither better nor worse.
            "is_neutral": key == "stops",
        }
        for name, key, shown in rows
    ]


def _term_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [
        {
            "name": TERMS.get(term, term),
            "first": money(row["first"]),
            "second": money(row["second"]),
            "difference": row["difference"],
            "by": money(abs(row["difference"])),
        }
        for term, row in found["costs"].items()
        if row["first"] or row["second"]
    ]
    first, second = found["figures"]
    total = second["cost"] - first["cost"]
    rows.append(
        {
            "name": _("Together"),
            "first": money(first["cost"]),
            "second": money(second["cost"]),
            "difference": total,
            "by": money(abs(total)),
            "is_total": True,
        }
    )
    return rows


def _pair_row(row: dict[str, Any]) -> dict[str, Any]:
    first, second = row["first"], row["second"]
    stops = (second["stops"] if second else 0) - (first["stops"] if first else 0)
    cost = (second["cost"] if second else 0) - (first["cost"] if first else 0)
    return row | {"stops": stops, "by_stops": abs(stops), "cost": cost, "by": money(abs(cost))}


def words() -> dict[str, Any]:
    """Return what the room's scripts say: the console's words and a few of their own."""
    return {
        **console_words(),
        "p-changed": _("Somebody changed this plan."),
        "p-extended": _("The shift is {n} min longer."),
        "p-show": pgettext("button: show the plan as it is now", "Show"),
        "p-engine-kept": _("Kept. The next plan is made this way."),
        "p-asked": _("Asked. The answer appears here."),
        "p-publish-phones": [
            ngettext(
                "{n} phone hears of it; the others keep the list they have.",
                "{n} phones hear of it; the others keep the lists they have.",
                1,
            ),
            ngettext(
                "{n} phone hears of it; the others keep the list they have.",
                "{n} phones hear of it; the others keep the lists they have.",
                2,
            ),
        ],
    }
