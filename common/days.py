"""Days as a calendar on the wall has them: from midnight to midnight of a zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date

FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(2999, 12, 31)
"""Days outside have no neighbours that a calendar knows in every zone."""


def day_bounds(day: date, timezone: str) -> tuple[datetime, datetime]:
    """Return when a day begins and ends in a zone; 23 or 25 hours apart where the clock changes.

    day: from FIRST_DAY to LAST_DAY.
    """
    zone = ZoneInfo(timezone)
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


def wanted_day(asked: str, today: date) -> date:
    """Return the day that a page's address asks for; today where it is none, or before FIRST_DAY or after LAST_DAY."""
    try:
        day = parse_date(asked) or today
    except ValueError:  # such as 2026-02-31
        return today
    return day if FIRST_DAY <= day <= LAST_DAY else today
