"""What a recipient wants to know, in their words: when, where it is, and what comes next. Says nothing that DESIGN §7 forbids."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from delivery.orders.models import Consignment
from delivery.orders.status import ON_THE_ROAD, Status
from delivery.packaging.queries import is_loadable
from delivery.proof_of_delivery import actions as proof
from delivery.proof_of_delivery.models import Attempt, Proof
from delivery.tracking.models import Approach, Why
from web.templatetags.house import day_name

# An ETA on the road is told as half an hour around it, one that is only planned as two hours: what a promise can bear.
NEAR, NEAR_BEFORE = timedelta(minutes=30), timedelta(minutes=10)
FAR, FAR_BEFORE = timedelta(hours=2), timedelta(minutes=45)
ORDERED, PACKED, PARTNER, ON_THE_WAY, DELIVERED = range(1, 6)
_AT_PARTNER = frozenset(
    {Status.ACCEPTED, Status.PLANNED, Status.AT_HUB, Status.LOADED, Status.RESCHEDULED}
)
_OVER = frozenset({Status.RETURNING, Status.RETURNED, Status.CANCELLED, Status.LOST})


@dataclass(frozen=True)
class Answer:
    """The top of the page.

    headline: the answer ("Today, 10:40-11:10"). lead: one sentence below it. stops: "2 stops before you", or empty.
    step: 1 to 5 of the line; 0 hides it. tone: a state of the kit. courier: where the courier is, only when this
    recipient may know. is_moving: the page is to be refreshed often. is_over: nothing can be changed any more, though
    the consignment is not finished. shape: changes when other cards are shown.
    """

    headline: str
    lead: str
    stops: str = ""
    step: int = 0
    tone: str = "idle"
    courier: dict[str, Any] | None = None
    is_moving: bool = False
    is_over: bool = False
    shape: str = ""

    @property
    def etag(self) -> str:
        """The strong ETag of this answer."""
        text = json.dumps(asdict(self), default=str, sort_keys=True)
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def zone_of(consignment: Consignment) -> ZoneInfo:
    """Return the zone of the delivery: the hub's, before there is one the merchant's."""
    if consignment.hub:
        return ZoneInfo(consignment.hub.timezone)
    return ZoneInfo(consignment.order.merchant.organization.timezone)


def _rounded(moment: datetime, minutes: int) -> datetime:
    return moment.replace(minute=moment.minute // minutes * minutes, second=0, microsecond=0)


def _clock(moment: datetime) -> str:
    return formats.date_format(moment, "H:i")


def _day(day: date, now: datetime, zone: ZoneInfo) -> str:
    return day_name(day, now.astimezone(zone).date())


def _span(start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> str:
    first, last = start.astimezone(zone), end.astimezone(zone)
    # Translators: a day, then a time window: "Today, 10:40-11:10".
    return _("%(day)s, %(start)s-%(end)s") % {
        "day": _day(first.date(), now, zone),
        "start": _clock(first),
        "end": _clock(last),
    }


def when(consignment: Consignment, approach: Approach | None, now: datetime) -> str:
    """Return the time that is promised now, in the delivery's zone: from the ETA, else the window, else the day."""
    zone = zone_of(consignment)
    eta = approach.eta_at if approach else None
    if consignment.status in ON_THE_ROAD and eta:
        start = _rounded(eta - NEAR_BEFORE, 5)
        if start + NEAR <= now:
            return _("Any moment now")
        return _span(start, start + NEAR, now, zone)
    if eta and consignment.status in _AT_PARTNER:
        start = _rounded(eta - FAR_BEFORE, 15)
        end = start + FAR
        if consignment.window_start and consignment.window_end:
            start, end = max(start, consignment.window_start), min(end, consignment.window_end)
        if now < end and start < end:
            return _span(start, end, now, zone)
    if consignment.window_start and consignment.window_end and consignment.window_end > now:
        return _span(consignment.window_start, consignment.window_end, now, zone)
    today = now.astimezone(zone).date()
    return _("Soon") if consignment.due_on < today else _day(consignment.due_on, now, zone)


_WHY = {
    Why.NOBODY_HOME: lambda: _("Nobody was home."),
    Why.REFUSED: lambda: _("It was not accepted at the door."),
    Why.ADDRESS_NOT_FOUND: lambda: _("We could not find your door."),
    Why.NO_ACCESS: lambda: _("We could not get in."),
    Why.DAMAGED: lambda: _("A parcel was damaged on the way."),
    Why.MISSING: lambda: _("A parcel was missing."),
    Why.OUT_OF_TIME: lambda: _("We ran out of time."),
    Why.VEHICLE: lambda: _("Our vehicle broke down."),
}

_HANDED = {
    Proof.HandedTo.RECIPIENT: lambda: _("It was handed to you in person."),
    Proof.HandedTo.HOUSEHOLD: lambda: _("It was handed to somebody in your household."),
    Proof.HandedTo.NEIGHBOUR: lambda: _("It was handed to a neighbour."),
    Proof.HandedTo.SAFE_PLACE: lambda: _("It was left in a safe place."),
    Proof.HandedTo.RECEPTION: lambda: _("It was left at the reception."),
}


def _last_attempt(consignment: Consignment) -> Attempt | None:
    return consignment.attempts.order_by("-number").first()


def _delivered(consignment: Consignment, now: datetime) -> Answer:
    zone = zone_of(consignment)
    attempt = _last_attempt(consignment)
    at = (attempt.occurred_at if attempt else consignment.status_at).astimezone(zone)
    handed = (
        Proof.objects.filter(attempt=attempt)
        .exclude(handed_to="")
        .values_list("handed_to", flat=True)
        .first()
    )
    lead = _HANDED[Proof.HandedTo(handed)]() if handed else _("It has arrived.")
    # Translators: a day, then a time: "Delivered today, 10:52" without the word today in lower case.
    headline = _("Delivered: %(day)s, %(time)s") % {
        "day": _day(at.date(), now, zone),
        "time": _clock(at),
    }
    return Answer(headline, lead, step=DELIVERED, tone="done")


def _over(consignment: Consignment) -> Answer:
    merchant = str(consignment.order.merchant)
    told = {
        Status.RETURNING: (_("On its way back"), _("It goes back to %(merchant)s."), "risk"),
        Status.RETURNED: (
            _("Back with the sender"),
            _("%(merchant)s has it again and will be in touch."),
            "idle",
        ),
        Status.CANCELLED: (
            _("Cancelled"),
            _("This delivery was called off. Ask %(merchant)s if you did not expect that."),
            "idle",
        ),
        Status.LOST: (
            _("We can't find it"),
            _("We are sorry. %(merchant)s knows and will be in touch."),
            "failed",
        ),
    }
    headline, lead, tone = told[Status(consignment.status)]
    return Answer(headline, lead % {"merchant": merchant}, tone=tone)


def _stops(approach: Approach | None) -> str:
    if approach is None or approach.stops_before is None:
        return ""
    if approach.stops_before == 0:
        return _("You are next")
    return ngettext("%(n)d stop before you", "%(n)d stops before you", approach.stops_before) % {
        "n": approach.stops_before
    }


def _on_the_way(consignment: Consignment, approach: Approach | None, now: datetime) -> Answer:
    point = approach.courier_point if approach else None
    seen = approach.courier_seen_at if approach else None
    courier = {"lon": point.x, "lat": point.y, "seen_at": seen} if point else None
    if consignment.status == Status.ARRIVING:
        return Answer(
            _("At your door"),
            _("The courier has arrived."),
            "",
            ON_THE_WAY,
            "moving",
            courier,
            is_moving=True,
        )
    lead = _("Your delivery is on its way.")
    return Answer(
        when(consignment, approach, now),
        lead,
        _stops(approach),
        ON_THE_WAY,
        "moving",
        courier,
        is_moving=True,
    )


def _failed(consignment: Consignment, approach: Approach | None, now: datetime) -> Answer:
    attempt = _last_attempt(consignment)
    why = (
        _WHY[Why(attempt.why)]()
        if attempt and attempt.why in _WHY
        else _("It did not work this time.")
    )
    if attempt and proof.next_step(attempt.why, attempt.number) == Status.RETURNING:
        lead = _("%(why)s It goes back to %(merchant)s.")
        told = lead % {"why": why, "merchant": str(consignment.order.merchant)}
        return Answer(_("We could not deliver it"), told, tone="risk", is_over=True)
    is_chosen = consignment.window_end is not None and consignment.window_end > now
    if consignment.status == Status.RESCHEDULED or is_chosen:
        lead = _("%(why)s This is when we'll try again.") % {"why": why}
        return Answer(
            when(consignment, None if is_chosen else approach, now),
            lead,
            step=PARTNER,
            tone="planned",
        )
    if attempt and not proof.next_step(attempt.why, attempt.number):  # a person decides
        lead = _("%(why)s We are sorting it out and will tell you when it comes.") % {"why": why}
    else:
        lead = _("%(why)s We'll try again: choose below when it suits you.") % {"why": why}
    return Answer(_("We could not deliver it"), lead, step=ON_THE_WAY, tone="risk")


def _before(consignment: Consignment, approach: Approach | None, now: datetime) -> Answer:
    parcels = list(consignment.parcels.all())
    headline = when(consignment, approach, now)
    if consignment.status == Status.ADDRESS_REVIEW:
        return Answer(
            headline,
            _("We are checking your address before it goes out."),
            step=ORDERED,
            tone="planned",
        )
    if not all(is_loadable(p) for p in parcels):
        begun = any(p.packaging != "PENDING" for p in parcels)
        lead = (
            _("It is being packed with care.")
            if begun
            else _("We have your order and will pack it soon.")
        )
        return Answer(headline, lead, step=PACKED if begun else ORDERED, tone="planned")
    if consignment.status in _AT_PARTNER:
        return Answer(
            headline,
            _("It is packed, and our partner will bring it."),
            step=PARTNER,
            tone="planned",
        )
    return Answer(headline, _("It is packed and waits for a courier."), step=PACKED, tone="planned")


def answer_for(consignment: Consignment, now: datetime) -> Answer:
    """Return the answer for the recipient of a consignment, in the active language (up to four queries)."""
    approach: Approach | None = getattr(consignment, "approach", None)
    status = consignment.status
    if status == Status.DELIVERED:
        found = _delivered(consignment, now)
    elif status in _OVER:
        found = _over(consignment)
    elif status in ON_THE_ROAD:
        found = _on_the_way(consignment, approach, now)
    elif status in {Status.ATTEMPT_FAILED, Status.RESCHEDULED}:
        found = _failed(consignment, approach, now)
    else:
        found = _before(consignment, approach, now)
    shape = (
        f"{status} {consignment.version if status not in ON_THE_ROAD else ''} {bool(found.courier)}"
    )
    return Answer(**(asdict(found) | {"shape": hashlib.sha256(shape.encode()).hexdigest()[:12]}))
