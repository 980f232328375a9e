"""What a change by hand costs: the difference of the routes before and after, by term."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from routing.engine.solution import Costs, PlannedRoute
from routing.plans import sheets
from routing.plans.models import Plan
from routing.plans.sheets import Sheet


@dataclass(frozen=True)
class Price:
    """After less before. costs: micros by term; metres, seconds driven and waited; late_s: after windows, of all stops."""

    costs: Costs
    metres: int
    seconds: int
    late_s: int

    @property
    def data(self) -> dict[str, Any]:
        """As doors answer it."""
        return {
            "cost": self.costs.total,
            "costs": asdict(self.costs),
            "metres": self.metres,
            "seconds": self.seconds,
            "late_s": self.late_s,
        }


NOTHING = Price(Costs(), 0, 0, 0)


@dataclass(frozen=True)
class Priced:
    """One route at one moment, as it is priced."""

    route: PlannedRoute
    late_s: int


def as_it_is(sheet: Sheet) -> Priced:
    """Return what the free part of a route costs in the order it has."""
    problem = sheets.problem_of(sheet)
    return priced(sheet, sheets.timed(sheet, [s.pk for s in sheet.free], problem).route)


def priced(sheet: Sheet, route: PlannedRoute) -> Priced:
    """Return a route with how late it reaches stops; `sheet.doors` holds them all."""
    ends = {str(pk): door.window[1] for pk, door in sheet.doors.items() if door.window}
    late_s = 0
    for stop in route.stops:
        if stop.job_id in ends:
            window_end_s = int((ends[stop.job_id] - sheet.origin).total_seconds())
            late_s += max(0, stop.start_s - window_end_s)
    return Priced(route, late_s)


def difference(before: Iterable[Priced], after: Iterable[Priced]) -> Price:
    """Return what changed from the routes before to those after."""
    total = NOTHING
    for sign, many in ((-1, before), (1, after)):
        for one in many:
            costs = {name: sign * micros for name, micros in asdict(one.route.costs).items()}
            total = Price(
                total.costs + Costs(**costs),
                total.metres + sign * one.route.distance_m,
                total.seconds + sign * (one.route.duration_s if one.route.stops else 0),
                total.late_s + sign * one.late_s,
            )
    return total


def add_to_figures(plan: Plan, price: Price) -> None:
    """Bring a plan's figures in line with a change by hand; the caller saves them."""
    figures = plan.figures
    if not figures:
        return
    costs = figures.get("costs", {})
    plan.figures = figures | {
        "cost": figures.get("cost", 0) + price.costs.total,
        "costs": {
            name: costs.get(name, 0) + micros for name, micros in asdict(price.costs).items()
        },
        "metres": max(0, figures.get("metres", 0) + price.metres),
        "seconds": max(0, figures.get("seconds", 0) + price.seconds),
        "by_hand": figures.get("by_hand", 0) + 1,
    }
