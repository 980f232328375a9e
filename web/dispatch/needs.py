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
    """A group with what is in it now, newest first. more: how many are not shown at first."""

    kind: Kind
    count: int
    rows: list[Row]

    @property
    def more(self) -> int:
        """How many are left out of `rows`."""
        return self.count - len(self.rows)


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
        _("Nobody has checked this address yet."),
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
        rows = _at_risk(board) if kind.key == "risk" else _waiting(board, kind)
        if rows:
            found.append(Group(kind, len(rows), rows[:SHOWN]))
    return found


def _at_risk(board: dict[str, Any]) -> list[Row]:
    return sorted(board["at_risk"], key=lambda one: -one["late_s"])


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
