"""What needs a dispatcher, read from a board: the groups of the left column, most urgent first.

web/static/web/js/dispatch/needs.js sorts a live board by the same rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from delivery.orders.status import Status

Row = dict[str, Any]
# The page shows so many of a group before "Show more".
SHOWN = 50
# More late stops than this on one route are one matter.
TOGETHER = 3


@dataclass(frozen=True)
class Kind:
    """One group. state: its colour; statuses: of the waiting consignments in it, empty for stops at risk."""

    key: str
    state: str
    icon: str
    title: str | Promise
    statuses: frozenset[str]
    empty_why: str | Promise


@dataclass(frozen=True)
class Group:
    """A group with what is in it now, newest first; count: of stops and consignments, more than its first rows show."""

    kind: Kind
    count: int
    rows: list[Row]


KINDS = (
    Kind("risk", "failed", "clock-alert", _("Late or at risk"), frozenset(), ""),
    Kind(
        "failed",
        "failed",
        "circle-x",
        _("Tried, not delivered"),
        frozenset({Status.ATTEMPT_FAILED, Status.RESCHEDULED}),
        "",
    ),
    Kind(
        "address",
        "risk",
        "map-pin-off",
        _("Addresses to check"),
        frozenset({Status.ADDRESS_REVIEW}),
        _("Not checked yet."),
    ),
    Kind(
        "unassigned",
        "risk",
        "package",
        _("Without a partner"),
        frozenset({Status.READY}),
        _("Not assigned yet."),
    ),
    Kind(
        "unplanned",
        "risk",
        "route",
        _("Without a route"),
        frozenset({Status.ACCEPTED, Status.AT_HUB}),
        _("Not planned yet."),
    ),
    Kind(
        "offered",
        "planned",
        "hourglass",
        _("Offers to answer"),
        frozenset({Status.OFFERED}),
        "",
    ),
)


def groups(board: dict[str, Any]) -> list[Group]:
    """Return the groups that hold something, most urgent first."""
    found = []
    for kind in KINDS:
        read = {"risk": _at_risk, "offered": _offered}.get(kind.key)
        rows = read(board) if read else _waiting(board, kind)
        if rows:
            count = sum(row.get("count", 1) for row in rows)
            found.append(Group(kind, count, rows[:SHOWN]))
    return found


def _at_risk(board: dict[str, Any]) -> list[Row]:
    """Return the late stops, the latest first; many of one route are one row."""
    routes: dict[Any, list[Row]] = {}
    for one in board["at_risk"]:
        routes.setdefault(one["route"], []).append(one)
    rows: list[Row] = []
    for stops in routes.values():
        if len(stops) <= TOGETHER:
            rows += stops
            continue
        late_s = max(stop["late_s"] for stop in stops)
        rows.append(
            {name: stops[0][name] for name in ("route", "number", "courier", "position")}
            | {"count": len(stops), "late_s": late_s}
        )
    return sorted(rows, key=lambda one: -one["late_s"])


def _offered(board: dict[str, Any]) -> list[Row]:
    rows: list[Row] = board["offers"]
    return rows


def _waiting(board: dict[str, Any], kind: Kind) -> list[Row]:
    rows = [c for c in board["waiting"] if c["status"] in kind.statuses]
    newest: Callable[[Row], str] = lambda c: str(c["id"])  # noqa: E731 - ids are UUIDv7: in order of time
    return [
        c | {"said": said(c["why"]) or kind.empty_why}
        for c in sorted(rows, key=newest, reverse=True)
    ]


def said(why: dict[str, Any] | None) -> str:
    """Return the one sentence of a reason: what a run or a plan said first."""
    if not why:
        return ""
    if why.get("summary"):
        return str(why["summary"])
    return str(why["reasons"][0]["sentence"]) if why.get("reasons") else ""
