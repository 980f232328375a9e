"""Questions put to a plan: what would help a consignment that was left out, and what if, in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from routing.plans.explaining import money
from routing.plans.models import WhatIf
from routing.plans.what_if import MOST_MINUTES
from web.templatetags.house import km
from web.templatetags.house import minutes as span_of

MOST_COURIERS = 12
"""So many couriers of an answer are drawn."""
MOST_CODES = 8
"""So many consignments of an answer are named."""


def left_out(one: dict[str, Any]) -> dict[str, Any]:
    """Return a consignment left out with what would help, as a question that can be put to the plan at once.

    There is none where it would ask for more than questions may.
    """
    action = one["action"] or {}
    if action.get("besides"):
        action = {}  # One change alone does not do: no single question would be the right one.
    figures = action.get("figures") or {}
    minutes = figures.get("by_min")
    can_ask = minutes and minutes <= MOST_MINUTES
    question: dict[str, Any] | None = None
    if action.get("code") == "widen_window" and can_ask:
        question = {
            "kind": "later_window",
            "consignment": str(one["consignment"]),
            "minutes": minutes,
        }
    elif action.get("code") == "widen_window_of" and can_ask:
        question = {"kind": "later_window", "consignment": figures.get("job"), "minutes": minutes}
    elif action.get("code") == "extend_shift" and can_ask:
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


def what_if(row: WhatIf, shifts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a question and its answer in words."""
    answer = row.answer
    shown: dict[str, Any] = {"row": row, "title": _question(row.change, shifts)}
    if row.state != WhatIf.State.DONE:
        return shown
    before, after = answer["before"], answer["after"]
    of_plan = row.plan.figures
    planned_and_left_out = of_plan.get("planned", 0) + of_plan.get("unplanned", 0)
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
        # What has left meanwhile is no part of the question: the plan's own figures count it still.
        "is_rest": before["planned"] + before["unplanned"] != planned_and_left_out,
        "moved": answer["moved"],
        "helped": len(answer["helped"]),
        "helped_codes": _codes(answer["helped"]),
        "lost": len(answer["left_out"]),
        "lost_codes": _codes(answer["left_out"]),
        **_couriers(answer["routes"]),
    }


def _codes(codes: list[str]) -> str:
    """Return the first codes, and how many more there are."""
    named, rest = ", ".join(codes[:MOST_CODES]), len(codes) - MOST_CODES
    if rest <= 0:
        return named
    return _("%(codes)s and %(n)d more") % {"codes": named, "n": rest}


def _couriers(routes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return whose stops become more or fewer, as bars of one length: the greatest change first."""
    changed = [route for route in routes if route["before"] != route["after"]]
    return {
        "couriers": [
            route
            | {
                "difference": route["after"] - route["before"],
                "by": abs(route["after"] - route["before"]),
            }
            for route in changed[:MOST_COURIERS]
        ],
        "most_stops": max((max(route["before"], route["after"]) for route in changed), default=0),
        "unchanged": len(routes) - len(changed),
    }


def _more_vans(count: int, like: str) -> str:
    if not like:
        return ngettext("%(n)d more van", "%(n)d more vans", count) % {"n": count}
    text = ngettext(
        "%(n)d more van like %(courier)s's", "%(n)d more vans like %(courier)s's", count
    )
    return text % {"n": count, "courier": like}


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
        return _more_vans(change.get("count") or 1, name)
    if change.get("consignment"):
        return _("One window open %(n)d min longer") % {"n": minutes}
    return _("Every window open %(n)d min longer") % {"n": minutes}
