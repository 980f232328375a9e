"""What each status looks like: a state (its colour), an icon and a word. Pages and scripts read it from here only."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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


CONSIGNMENT = {
    "RECEIVED": Look("idle", "inbox", pgettext_lazy("state", "Received")),
    "ADDRESS_REVIEW": Look("risk", "map-pin-off", pgettext_lazy("state", "Check address")),
    "READY": Look("idle", "package", pgettext_lazy("state", "Ready")),
    "OFFERED": Look("planned", "send", pgettext_lazy("state", "Offered")),
    "ACCEPTED": Look("planned", "handshake", pgettext_lazy("state", "Accepted")),
    "PLANNED": Look("planned", "route", pgettext_lazy("state", "Planned")),
    "AT_HUB": Look("planned", "warehouse", pgettext_lazy("state", "At the hub")),
    "LOADED": Look("planned", "package-check", pgettext_lazy("state", "Loaded")),
    "OUT_FOR_DELIVERY": Look("moving", "truck", pgettext_lazy("state", "On the way")),
    "ARRIVING": Look("moving", "navigation", pgettext_lazy("state", "Arriving")),
    "DELIVERED": Look("done", "circle-check", pgettext_lazy("state", "Delivered")),
    "ATTEMPT_FAILED": Look("failed", "circle-x", pgettext_lazy("state", "Not delivered")),
    "RESCHEDULED": Look("planned", "calendar-clock", pgettext_lazy("state", "New time")),
    "RETURNING": Look("risk", "undo-2", pgettext_lazy("state", "Going back")),
    "RETURNED": Look("idle", "package-open", pgettext_lazy("state", "Returned")),
    "CANCELLED": Look("idle", "ban", pgettext_lazy("state", "Cancelled")),
    "LOST": Look("failed", "package-x", pgettext_lazy("state", "Lost")),
}

PACKAGING = {
    "PENDING": Look("idle", "circle-dashed", pgettext_lazy("packaging state", "To pack")),
    "IN_PROGRESS": Look("moving", "package-open", pgettext_lazy("packaging state", "Packing")),
    "PASSED": Look("done", "clipboard-check", pgettext_lazy("packaging state", "Packed")),
    "REJECTED": Look("failed", "circle-x", pgettext_lazy("packaging state", "Rejected")),
    "OVERRIDDEN": Look("risk", "shield-alert", pgettext_lazy("packaging state", "Released by hand")),
}

STOP = {
    "PLANNED": Look("planned", "circle-dashed", pgettext_lazy("stop state", "Planned")),
    "PENDING": Look("planned", "circle-dashed", pgettext_lazy("stop state", "Planned")),
    "EN_ROUTE": Look("moving", "navigation", pgettext_lazy("stop state", "Next")),
    "ARRIVED": Look("moving", "door-open", pgettext_lazy("stop state", "At the door")),
    "COMPLETED": Look("done", "circle-check", pgettext_lazy("stop state", "Done")),
    "DONE": Look("done", "circle-check", pgettext_lazy("stop state", "Done")),
    "FAILED": Look("failed", "circle-x", pgettext_lazy("stop state", "Not possible")),
    "SKIPPED": Look("idle", "ban", pgettext_lazy("stop state", "Skipped")),
    "CANCELLED": Look("idle", "ban", pgettext_lazy("stop state", "Cancelled")),
    "AT_RISK": Look("risk", "clock-alert", pgettext_lazy("stop state", "At risk")),
    "LATE": Look("failed", "clock-alert", pgettext_lazy("stop state", "Late")),
}

ROUTE = {
    "DRAFT": Look("idle", "pencil", pgettext_lazy("route state", "Draft")),
    "PLANNED": Look("planned", "route", pgettext_lazy("route state", "Planned")),
    "PUBLISHED": Look("planned", "send", pgettext_lazy("route state", "Published")),
    "ACTIVE": Look("moving", "truck", pgettext_lazy("route state", "On the road")),
    "STARTED": Look("moving", "truck", pgettext_lazy("route state", "On the road")),
    "IN_PROGRESS": Look("moving", "truck", pgettext_lazy("route state", "On the road")),
    "COMPLETED": Look("done", "circle-check", pgettext_lazy("route state", "Finished")),
    "FINISHED": Look("done", "circle-check", pgettext_lazy("route state", "Finished")),
    "CANCELLED": Look("idle", "ban", pgettext_lazy("route state", "Cancelled")),
    "AT_RISK": Look("risk", "clock-alert", pgettext_lazy("route state", "At risk")),
    "LATE": Look("failed", "clock-alert", pgettext_lazy("route state", "Late")),
}

PLAN = {
    "QUEUED": Look("idle", "hourglass", pgettext_lazy("plan state", "Waiting")),
    "RUNNING": Look("moving", "loader-circle", pgettext_lazy("plan state", "Planning")),
    "SOLVING": Look("moving", "loader-circle", pgettext_lazy("plan state", "Planning")),
    "PROPOSED": Look("planned", "sparkles", pgettext_lazy("plan state", "Proposed")),
    "DRAFT": Look("idle", "pencil", pgettext_lazy("plan state", "Draft")),
    "PUBLISHED": Look("done", "send", pgettext_lazy("plan state", "Published")),
    "DISCARDED": Look("idle", "trash-2", pgettext_lazy("plan state", "Discarded")),
    "SUPERSEDED": Look("idle", "layers", pgettext_lazy("plan state", "Replaced")),
    "CANCELLED": Look("idle", "ban", pgettext_lazy("plan state", "Cancelled")),
    "FAILED": Look("failed", "circle-x", pgettext_lazy("plan state", "Failed")),
}

OFFER = {
    "PENDING": Look("planned", "hourglass", pgettext_lazy("offer state", "To answer")),
    "OPEN": Look("planned", "hourglass", pgettext_lazy("offer state", "To answer")),
    "ACCEPTED": Look("done", "handshake", pgettext_lazy("offer state", "Accepted")),
    "DECLINED": Look("idle", "ban", pgettext_lazy("offer state", "Declined")),
    "EXPIRED": Look("risk", "clock-alert", pgettext_lazy("offer state", "Ran out")),
    "WITHDRAWN": Look("idle", "undo-2", pgettext_lazy("offer state", "Withdrawn")),
}

KINDS = {"consignment": CONSIGNMENT, "packaging": PACKAGING, "stop": STOP, "route": ROUTE, "plan": PLAN, "offer": OFFER}

# The five meanings by themselves, for legends.
MEANINGS = {
    "planned": Look("planned", "circle-dashed", pgettext_lazy("meaning of a colour", "Planned")),
    "moving": Look("moving", "truck", pgettext_lazy("meaning of a colour", "Moving")),
    "done": Look("done", "circle-check", pgettext_lazy("meaning of a colour", "Done")),
    "risk": Look("risk", "clock-alert", pgettext_lazy("meaning of a colour", "At risk")),
    "failed": Look("failed", "circle-x", pgettext_lazy("meaning of a colour", "Failed or late")),
}


def look_of(status: str, kind: str = "consignment") -> Look:
    """Answer the look of a status; one that nobody has described yet is grey and says its own name."""
    known = KINDS.get(kind, {}).get(status) or MEANINGS.get(status)
    return known or Look("idle", "circle", str(status).replace("_", " ").capitalize() or str(_("Unknown")))


def looks_as_data() -> dict[str, dict[str, dict[str, str]]]:
    """Answer every look as plain strings in the reader's language, for scripts."""
    return {
        kind: {status: {"state": look.state, "icon": look.icon, "word": str(look.word)} for status, look in looks.items()}
        for kind, looks in KINDS.items()
    }
