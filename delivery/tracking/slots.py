"""The times a recipient may choose from."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from delivery.orders.models import Consignment
from delivery.tracking.actions import HELD_FOR_TODAY, is_changeable

DAY_STARTS, DAY_ENDS = 8, 20  # hours of the hub's day
DAYS_AHEAD = 4
# A courier on the road needs this long to hear of it and drive for it.
NOTICE = timedelta(minutes=45)


@dataclass(frozen=True)
class Slot:
    """One choice. start, end: aware, in the hub's zone. key: what the form sends back."""

    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The slot as text, the same for everybody."""
        return f"{self.start:%Y-%m-%dT%H}-{self.end:%H}"


def _slots_of(day: date, hours: int, zone: ZoneInfo, earliest: datetime) -> list[Slot]:
    starts = range(DAY_STARTS, DAY_ENDS, hours)
    found = [
        Slot(datetime.combine(day, time(h), zone), datetime.combine(day, time(h + hours), zone))
        for h in starts
    ]
    return [slot for slot in found if slot.start >= earliest]


def slots_for(consignment: Consignment, now: datetime) -> list[Slot]:
    """Return what may still be chosen, soonest first: two hours each on the first day, four on later ones.

    Once the parcels are on a route only their own day is offered. Empty when nothing can be changed any more.
    """
    if not is_changeable(consignment) or consignment.hub is None:
        return []
    zone = ZoneInfo(consignment.hub.timezone)
    earliest = now.astimezone(zone) + NOTICE
    first = max(consignment.due_on, earliest.date())
    if consignment.status in HELD_FOR_TODAY:
        return _slots_of(first, 2, zone, earliest) if first == consignment.due_on else []
    found: list[Slot] = []
    for ahead in range(DAYS_AHEAD + 1):
        found += _slots_of(first + timedelta(days=ahead), 2 if ahead == 0 else 4, zone, earliest)
    return found
