"""Plays the demo day through the public doors, and says at the end what happened."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from demo.day import Day, Tally
from demo.doorstep import NOON_MIN, change_a_window, rate_deliveries
from demo.driving import Trip
from demo.intake import plan_arrivals
from demo.operations import answer_offers, assign, look_at_boards, make_plans, schedule_packing

START_MIN = 5 * 60 + 55
PACK_MIN, PACK_FOR_MIN = 8 * 60, 35.0
ASSIGN_MIN, OFFERS_MIN, PLAN_MIN = 8 * 60 + 5, 8 * 60 + 7, 8 * 60 + 10
END_MIN = 19 * 60
LATE_STOP, LATE_MIN = 4, 40


def _publish_and_drive(day: Day, seconds: int) -> Callable[[datetime], None]:
    def happen(now: datetime) -> None:
        make_plans(day, seconds)
        schedule_packing(day, PACK_MIN + 15, PACK_FOR_MIN)
        day.plan(day.at(PACK_MIN + 15 + PACK_FOR_MIN + 1), lambda _now: send_couriers_out(day))

    return happen


def send_couriers_out(day: Day) -> None:
    """Let every courier who has a route today look at the phone and begin."""
    manifests = {
        alias: day.person(alias).get("/api/v1/couriers/me/manifest/")["routes"]
        for alias in day.found["couriers"]
    }
    # The one with most stops to come is the one whose delay is seen most.
    held_up = max(manifests, key=lambda alias: sum(len(r["stops"]) for r in manifests[alias]))
    for number, (alias, routes) in enumerate(manifests.items()):
        for route in routes:
            late = alias == held_up
            trip = Trip(
                day,
                alias,
                delay_at_stop=LATE_STOP if late else 0,
                delay_min=LATE_MIN if late else 0,
            )
            trip.random.seed(100 + number)
            trip.begin(route["id"])


def play(day: Day, *, seconds: int) -> Tally:
    """Play the whole day and return what happened. seconds: the solver's limit for each hub's plan."""
    day.say(f"The day begins: {len(day.orders)} orders are on their way in.")
    plan_arrivals(day)
    day.play(day.at(PACK_MIN))
    day.say(
        f"Orders in: {sum(day.tally.orders.values())}; {day.tally.reviewed} addresses needed a pin."
    )
    day.plan(day.at(ASSIGN_MIN), lambda now: assign(day))
    day.plan(day.at(OFFERS_MIN), lambda now: answer_offers(day))
    day.plan(day.at(PLAN_MIN), _publish_and_drive(day, seconds))
    day.play(day.at(PACK_MIN + 60))
    day.say(
        f"Assigned: {day.tally.assigned}; planned: {day.tally.planned}, left out: {day.tally.unplanned}; packing steps: {day.tally.steps}."
    )
    day.plan(day.at(NOON_MIN), lambda now: change_a_window(day, now))
    day.plan(day.at(NOON_MIN) + timedelta(minutes=2), lambda now: look_at_boards(day))
    day.play(day.at(END_MIN))
    rate_deliveries(day, day.clock.now())
    return day.tally


def summary(day: Day, board: list[dict[str, Any]]) -> list[str]:
    """Return what happened, a line each."""
    tally = day.tally
    failed = (
        ", ".join(f"{why.lower().replace('_', ' ')} {n}" for why, n in sorted(tally.failed.items()))
        or "none"
    )
    rated = sum(tally.ratings.values())
    stars = sum(s * n for s, n in tally.ratings.items()) / rated if rated else 0
    km = sum(r["distance_m"] for b in board for r in b["routes"]) / 1000
    routes = sum(len(b["routes"]) for b in board)
    calls = sum(c.calls for c in day.clients.values())
    channels = ", ".join(f"{c} {n}" for c, n in sorted(tally.orders.items()))
    return [
        f"Orders          {sum(tally.orders.values())} ({channels})",
        f"Assigned        {tally.assigned}, without a partner {tally.unassigned}",
        f"Planned         {tally.planned} on {routes} routes of {km:.1f} km, left out {tally.unplanned}",
        f"Packed          {tally.steps} steps, {tally.rejected} put right",
        f"Delivered       {tally.delivered}, not possible {sum(tally.failed.values())} ({failed})",
        f"Late            {tally.late} stops after their window, the worst by {tally.worst_late_min} min ({tally.fell_behind or 'nobody'} was held up)",
        f"Another time    {'asked for at noon' if tally.window_changed else 'nobody asked'}",
        f"Rated           {rated} times, {stars:.1f} stars",
        f"Positions       {tally.positions}, requests {calls}",
    ]
