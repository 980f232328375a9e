"""Two plans side by side as rows of tables: figures, cost by term, each courier."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from routing.plans.explaining import money
from web.dispatch.plans.found import TERMS, driving_cost
from web.templatetags.house import km
from web.templatetags.house import minutes as span_of


def figure_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
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


def term_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what driving each plan costs by term, the sum last; what they left out is counted, not charged."""
    rows = [
        {
            "name": TERMS.get(term, term),
            "first": money(row["first"]),
            "second": money(row["second"]),
            "difference": row["difference"],
            "by": money(abs(row["difference"])),
        }
        for term, row in found["costs"].items()
        if term != "unserved" and (row["first"] or row["second"])
    ]
    first, second = (driving_cost(figures) for figures in found["figures"])
    rows.append(
        {
            "name": _("Together"),
            "first": money(first),
            "second": money(second),
            "difference": second - first,
            "by": money(abs(second - first)),
            "is_total": True,
        }
    )
    return rows


def pair_row(row: dict[str, Any]) -> dict[str, Any]:
    first, second = row["first"], row["second"]
    stops = (second["stops"] if second else 0) - (first["stops"] if first else 0)
    cost = (second["cost"] if second else 0) - (first["cost"] if first else 0)
    return row | {"stops": stops, "by_stops": abs(stops), "cost": cost, "by": money(abs(cost))}
