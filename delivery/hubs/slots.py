"""The delivery windows that a hub offers on a day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from delivery.hubs.models import Hub

# Two-hour windows through the working day, as parcel carriers offer them (DPD Predict, GLS FlexDelivery, read 2026-11: 1 to 3 h).
FIRST_HOUR, LAST_HOUR, HOURS = 8, 20, 2
# A window that starts sooner than this can't be packed and driven for.
NOTICE = timedelta(minutes=30)


@dataclass(frozen=True)
class Slot:
    """One window, aware, in the hub's zone."""

    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """Its hours, such as 10-12, the same on each day."""
        return f"{self.start.hour}-{self.end.hour}"


def slots_on(hub: Hub, day: date, now: datetime) -> list[Slot]:
    """Return the windows of a day that can still be promised, in order."""
    zone = ZoneInfo(hub.timezone)
    starts = range(FIRST_HOUR, LAST_HOUR, HOURS)
    slots = [
        Slot(
            datetime.combine(day, time(hour), zone),
            datetime.combine(day, time(hour + HOURS), zone),
        )
        for hour in starts
    ]
    return [slot for slot in slots if slot.start >= now + NOTICE]
