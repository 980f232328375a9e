"""The first rows of the timeline as the server writes them, so that the page is true before its scripts run.

web/static/web/js/dispatch/timeline.js draws by the same rules.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
# Rows that the first paint brings; the script draws what is scrolled to.
FIRST_ROWS = 12
EMPTY_FROM, EMPTY_TO = 8, 20


def axis(board: dict[str, Any]) -> tuple[datetime, datetime]:
    """Return the whole hours between which everything on the board lies; the working day where there is nothing."""
    zone = ZoneInfo(board["hub"]["timezone"])
    starts = [r["planned_start_at"] for r in board["routes"]]
    ends = [
        moment
        for r in board["routes"]
        for moment in (r["planned_end_at"], *(s["eta_at"] for s in r["stops"][-1:]))
    ]
    if not starts:
        midnight = datetime.combine(board["day"], datetime.min.time(), zone)
        return midnight + EMPTY_FROM * HOUR, midnight + EMPTY_TO * HOUR
    first = min(starts).astimezone(zone).replace(minute=0, second=0, microsecond=0)
    last = max(ends).astimezone(zone)
    whole = last.replace(minute=0, second=0, microsecond=0)
    return first, whole + HOUR


def hours(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the axis's marks: text and place in per cent."""
    first, last = axis(board)
    count = round((last - first) / HOUR)
    step = 1 if count <= 14 else 2
    return [
        {"text": (first + n * HOUR).strftime("%H:%M"), "x": f"{100 * n / count:.3f}"}
        for n in range(0, count, step)
    ]


def rows(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the first routes with the places of their stops in per cent of the axis."""
    first, last = axis(board)
    span = (last - first).total_seconds()

    def at(moment: datetime) -> float:
        return 100 * (moment - first).total_seconds() / span

    found = []
    for route in board["routes"][:FIRST_ROWS]:
        places = [at(_shown_at(stop)) for stop in route["stops"]]
        found.append(
            {
                "route": route,
                "color": (route["number"] - 1) % 12 + 1,
                "stops": [
                    {"stop": stop, "look": look(stop), "x": f"{x:.3f}"}
                    for stop, x in zip(route["stops"], places, strict=True)
                ],
            }
        )
    return found


def _shown_at(stop: dict[str, Any]) -> datetime:
    moment: datetime = stop["arrived_at"] or stop["eta_at"]
    return moment


def look(stop: dict[str, Any]) -> str:
    """Return the colour of a stop: late is red, near its window's end amber."""
    if stop["state"] == "DONE":
        return "done"
    if stop["state"] == "FAILED" or stop["is_at_risk"]:
        return "failed"
    if stop["state"] == "ARRIVED":
        return "moving"
    until = stop["window_end"]
    return "risk" if until and until - stop["eta_at"] < timedelta(minutes=10) else "planned"
