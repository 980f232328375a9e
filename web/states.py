"""What each status looks like: a state (its colour), an icon and a word. Pages and scripts read it from here only."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from couriers.assignment.models import Assignment, AssignmentRun
from delivery.intake.models import CsvImport
from delivery.orders.status import Status
from delivery.packaging.models import ChecklistStep
from delivery.parcels.models import Packaging
from routing.plans.models import Plan
from routing.routes.models import Route, Stop


@dataclass(frozen=True)
class Look:
    """How one status is shown.

    state: planned, moving, done, risk or failed; idle is plain grey.
    icon: a name in the sprite.
    word: short, with a capital.
    """

    state: str
    icon: str
    word: str | Promise


# The five meanings by themselves, for legends and for lateness, which is no status.
MEANINGS = {
    "planned": Look("planned", "circle-dashed", pgettext_lazy("meaning of a colour", "Planned")),
    "moving": Look("moving", "truck", pgettext_lazy("meaning of a colour", "Moving")),
    "done": Look("done", "circle-check", pgettext_lazy("meaning of a colour", "Done")),
    "risk": Look("risk", "clock-alert", pgettext_lazy("meaning of a colour", "At risk")),
    "failed": Look("failed", "circle-x", pgettext_lazy("meaning of a colour", "Failed or late")),
    "late": Look("failed", "clock-alert", pgettext_lazy("meaning of a colour", "Late")),
}

# Colour and icon by kind and status. The words are the models' own labels, so that a status has one word everywhere.
_DRAWN: dict[str, tuple[type[TextChoices], dict[str, tuple[str, str]]]] = {
    "consignment": (
        Status,
        {
            "RECEIVED": ("idle", "inbox"),
            "ADDRESS_REVIEW": ("risk", "map-pin-off"),
            "READY": ("idle", "package"),
            "OFFERED": ("planned", "send"),
            "ACCEPTED": ("planned", "handshake"),
            "PLANNED": ("planned", "route"),
            "AT_HUB": ("planned", "warehouse"),
            "LOADED": ("planned", "package-check"),
            "OUT_FOR_DELIVERY": ("moving", "truck"),
            "ARRIVING": ("moving", "door-open"),
            "DELIVERED": ("done", "circle-check"),
            "ATTEMPT_FAILED": ("failed", "circle-x"),
            "RESCHEDULED": ("planned", "calendar-clock"),
            "RETURNING": ("risk", "undo-2"),
            "RETURNED": ("idle", "package-open"),
            "CANCELLED": ("idle", "ban"),
            "LOST": ("failed", "package-x"),
        },
    ),
    "packaging": (
        Packaging,
        {
            "PENDING": ("idle", "circle-dashed"),
            "IN_PROGRESS": ("moving", "package-open"),
            "PASSED": ("done", "clipboard-check"),
            "REJECTED": ("failed", "circle-x"),
            "OVERRIDDEN": ("risk", "shield-alert"),
        },
    ),
    "step": (
        ChecklistStep.State,
        {
            "OPEN": ("idle", "circle-dashed"),
            "DONE": ("done", "circle-check"),
            "REJECTED": ("failed", "circle-x"),
        },
    ),
    "assignment": (
        Assignment.State,
        {
            "OFFERED": ("planned", "hourglass"),
            "ACCEPTED": ("done", "handshake"),
            "DECLINED": ("idle", "ban"),
            "WITHDRAWN": ("idle", "undo-2"),
            "EXPIRED": ("risk", "clock-alert"),
        },
    ),
    "run": (
        AssignmentRun.State,
        {
            "QUEUED": ("idle", "hourglass"),
            "RUNNING": ("moving", "loader-circle"),
            "DONE": ("done", "circle-check"),
            "FAILED": ("failed", "circle-x"),
        },
    ),
    "plan": (
        Plan.State,
        {
            "QUEUED": ("idle", "hourglass"),
            "SOLVING": ("moving", "loader-circle"),
            "READY": ("planned", "sparkles"),
            "PUBLISHED": ("done", "send"),
            "REPLACED": ("idle", "layers"),
            "DISCARDED": ("idle", "trash-2"),
            "CANCELLED": ("idle", "ban"),
            "FAILED": ("failed", "circle-x"),
        },
    ),
    "route": (
        Route.State,
        {
            "PROPOSED": ("idle", "sparkles"),
            "PUBLISHED": ("planned", "send"),
            "RUNNING": ("moving", "truck"),
            "DONE": ("done", "circle-check"),
            "REPLACED": ("idle", "layers"),
        },
    ),
    "stop": (
        Stop.State,
        {
            "PENDING": ("planned", "circle-dashed"),
            "ARRIVED": ("moving", "door-open"),
            "DONE": ("done", "circle-check"),
            "FAILED": ("failed", "circle-x"),
        },
    ),
    "import": (
        CsvImport.State,
        {
            "READING": ("moving", "loader-circle"),
            "UNREADABLE": ("failed", "circle-x"),
            "PREVIEW": ("planned", "eye"),
            "RUNNING": ("moving", "loader-circle"),
            "DONE": ("done", "circle-check"),
            "DISCARDED": ("idle", "trash-2"),
        },
    ),
}

KINDS: dict[str, dict[str, Look]] = {
    kind: {value: Look(*drawn[value], label) for value, label in choices.choices if value in drawn}
    for kind, (choices, drawn) in _DRAWN.items()
}


def look_of(status: str, kind: str = "consignment") -> Look:
    """Return the look of a status; one that nobody has drawn yet is grey and says its own name."""
    known = KINDS.get(kind, {}).get(status) or MEANINGS.get(status.lower())
    return known or Look(
        "idle", "circle", str(status).replace("_", " ").capitalize() or _("Unknown")
    )


def looks_as_data() -> dict[str, dict[str, dict[str, str]]]:
    """Return every look as plain strings in the reader's language, for scripts."""
    return {
        kind: {
            status: {"state": look.state, "icon": look.icon, "word": str(look.word)}
            for status, look in looks.items()
        }
        for kind, looks in (*KINDS.items(), ("meaning", MEANINGS))
    }
