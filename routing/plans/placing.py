"""Where a stop fits on routes as they stand, checked against every rule and priced, and what names the rule in the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from delivery.models import Parcel
from routing.engine.gaps import route_gaps
from routing.engine.insert import best_places
from routing.engine.problem import DEFAULT_WEIGHTS
from routing.engine.reasons import why_not
from routing.engine.solution import PlannedRoute, Reason, Violation
from routing.plans import sheets
from routing.plans.building import Door
from routing.plans.reasons import kept, sentence
from routing.plans.refusals import MoveRefused
from routing.plans.sheets import Sheet
from routing.routes.models import Route, Stop
from routing.routes.steps import is_loaded


@dataclass(frozen=True)
class Place:
    """A place that works. position: free stops before it."""

    position: int
    planned: PlannedRoute


def best_place(
    routes: Sequence[Route], source: Sheet, stop: Stop, door: Door, position: int | None
) -> tuple[Sheet, Place]:
    """Return the cheapest of the wanted places. Raises MoveRefused with the nearest miss."""
    options: list[tuple[int, int, Sheet, Place]] = []
    missed: MoveRefused | None = None
    for number, route in enumerate(routes):
        target = source if route.pk == source.route.pk else sheets.sheet(route, source.now)
        try:
            place, extra = place_on(target, stop, door, position)
        except MoveRefused as miss:
            missed = missed or miss
            continue
        options.append((extra, number, target, place))
    if not options:
        raise missed or MoveRefused
    return min(options, key=lambda option: option[:2])[2:]


def place_on(target: Sheet, stop: Stop, door: Door, position: int | None) -> tuple[Place, int]:
    """Return where a stop fits on a route and what that costs more. Raises MoveRefused."""
    rest = [s for s in target.free if s.pk != stop.pk]
    more = [] if stop.pk in target.doors else [(stop, door)]
    problem = sheets.problem_of(target, more)
    shift_id, job_id = str(target.turn.id), str(stop.pk)
    order = [str(s.pk) for s in rest]
    if position is None:
        found = best_places(problem, {shift_id: order}, job_id, limit=1)
        if found:
            return Place(found[0].position, found[0].route), found[0].extra_cost
        gaps = route_gaps(problem, problem.shift_by_id[shift_id], order)
        raise refusal(target, why_not(problem, DEFAULT_WEIGHTS, gaps, problem.job_by_id[job_id]))
    index = max(0, min(position - 1 - len(target.fixed), len(rest)))
    without = sheets.timed(target, [s.pk for s in rest], problem).route.costs.total
    timing = sheets.timed(target, [s.pk for s in (*rest[:index], stop, *rest[index:])], problem)
    if not timing.is_feasible:
        # A route that is late already breaks rules as it is: only what this change adds is in the way.
        as_it_is = sheets.timed(target, [s.pk for s in target.free], problem).violations
        known = {(v.code, v.job_id) for v in as_it_is}
        fresh = [v for v in timing.violations if (v.code, v.job_id) not in known]
        if fresh:
            raise refusal(target, fresh[0], of_stop=fresh[0].job_id == job_id)
    return Place(index, timing.route), timing.route.costs.total - without


def refusal(target: Sheet, broken: Reason | Violation | None, of_stop: bool = True) -> MoveRefused:
    """Return the refusal that names the broken rule and by how much. of_stop: it is the moved stop's own."""
    said = kept(broken)
    if said is None:
        return MoveRefused()
    text = sentence(said, {str(target.turn.id): target.turn.alias})
    if not of_stop and said["code"] == "after_window":
        text = str(_("With it here, a later stop is reached after its window. %(rule)s")) % {
            "rule": text
        }
    return MoveRefused(text, rule=said["code"], figures=said["figures"], route=str(target.route.pk))


def put_on(target: Sheet, stop: Stop, door: Door, place: Place) -> None:
    """Write a stop into its place on a route."""
    target.doors[stop.pk] = door
    rest = [s for s in target.free if s.pk != stop.pk]
    sheets.keep(target, [*rest[: place.position], stop, *rest[place.position :]], place.planned)


def take_off(source: Sheet, stop: Stop) -> PlannedRoute:
    """Close the gap that a stop leaves on its route and return the route without it."""
    rest = [s for s in source.free if s.pk != stop.pk]
    problem = sheets.problem_of(source)
    timing = sheets.timed(source, [s.pk for s in rest], problem)
    del source.doors[stop.pk]
    sheets.keep(source, rest, timing.route)
    return timing.route


def is_aboard(door: Door) -> bool:
    """Tell whether a parcel that is handed over here is in its vehicle (one query)."""
    parcels = Parcel.objects.filter(consignment__in=[d.id for d in door.drops])
    return any(is_loaded(parcel) for parcel in parcels)


def routes_that_take_more(routes: Iterable[Route]) -> list[Route]:
    """Return the routes that stops may be added to: their couriers have not left, and nobody locked them."""
    return [r for r in routes if r.state != Route.State.RUNNING and not r.is_locked]
