"""Routes of a plan as PyVRP's own, for a search to start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyvrp import Activity, ActivityType, ProblemData, Route

from routing.engine.problem import RELOAD, Shift
from routing.engine.proposers.pyvrp_data import Translation
from routing.engine.proposers.pyvrp_places import RELOAD_AT, START
from routing.engine.schedule import schedule


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit in PyVRP's terms."""

    kind: ActivityType
    at: int
    """PyVRP's index among clients, shipments or depots."""
    location: int


def routes_of(
    told: Translation, data: ProblemData, sequences: Mapping[str, Sequence[str]]
) -> list[Route]:
    """Make PyVRP's routes of sequences, without what the part does not know or has twice.

    The routes need not be feasible; the vans on the road are all there.
    """
    served: set[str] = set()
    routes = []
    for number, group in enumerate(told.part.groups):
        for shift in group:
            ids = _known(told, shift, sequences.get(shift.id, ()), served)
            stops = _van(told, shift) + _stops(told, number, shift, ids)
            if stops:
                routes.append(Route(data, [Activity(stop.kind, stop.at) for stop in stops], number))
    return routes


def _van(told: Translation, shift: Shift) -> list[Stop]:
    client = told.van_client.get(shift.id)
    if client is None:
        return []
    return [Stop(ActivityType.CLIENT, client, told.places.van_location[shift.id])]


def _known(told: Translation, shift: Shift, ids: Sequence[str], served: set[str]) -> list[str]:
    """Jobs of the part, each once; pairs whole, in order and within a trip; reloads where the shift may reload."""
    trip = 0
    found: dict[str, tuple[int, int]] = {}
    for number, one in enumerate(ids):
        trip += one == RELOAD
        if one in told.places.location and one not in served and one not in found:
            found[one] = (trip, number)
    kept: list[str] = []
    for one in ids:
        if one == RELOAD:
            may = kept.count(RELOAD) < shift.max_trips - 1
            if may and kept and kept[-1] != RELOAD:
                kept.append(RELOAD)
        elif one in found and one not in served and _is_whole(told, one, found):
            served.add(one)
            kept.append(one)
    return kept[:-1] if kept and kept[-1] == RELOAD else kept


def _is_whole(told: Translation, job_id: str, found: Mapping[str, tuple[int, int]]) -> bool:
    pair = told.part.problem.pair_of.get(job_id)
    if pair is None:
        return True
    first, second = found.get(pair.pickup), found.get(pair.delivery)
    return first is not None and second is not None and first[0] == second[0] and first < second


def _stops(told: Translation, number: int, shift: Shift, ids: Sequence[str]) -> list[Stop]:
    """The visits, each job in the cheapest of its windows at its best time on this route."""
    begins = _best_times(told, shift, ids)
    seconds = told.profiles[told.part.profile_of[number]].seconds
    here, now = told.places.depots[START, shift.start_place], shift.start_s
    stops: list[Stop] = []
    for one in ids:
        if one == RELOAD:
            there = told.places.depots[RELOAD_AT, shift.start_place]
            now += int(seconds[here, there])
            stops.append(Stop(ActivityType.DEPOT, there, there))
            here = there
            continue
        there = told.places.location[one]
        now += int(seconds[here, there])
        if one in told.variants_of:
            at, opens = _in_time(told, told.variants_of[one], begins.get(one, now))
            now = max(now, opens)
            stops.append(Stop(ActivityType.CLIENT, at, there))
        else:
            stops.append(Stop(*told.shipment_end[one], there))
        now += told.base_service[one]
        here = there
    return stops


def _best_times(told: Translation, shift: Shift, ids: Sequence[str]) -> dict[str, int]:
    """Start of service by job, where it decides between windows."""
    if all(len(told.variants_of.get(one, ())) < 2 for one in ids):
        return {}
    part = told.part
    route = schedule(part.problem, shift.id, ids, weights=part.weights).route
    return {stop.job_id: stop.start_s for stop in route.stops}


def _in_time(told: Translation, clients: Sequence[int], begins_s: int) -> tuple[int, int]:
    """The cheapest client whose window holds this moment, else of those open later, else the last; and when it opens."""
    variants = told.variants
    fits = [at for at in clients if variants[at].window[0] <= begins_s <= variants[at].window[1]]
    open_yet = [at for at in clients if variants[at].window[1] >= begins_s]
    at = min(fits or open_yet or clients[-1:], key=lambda one: variants[one].price)
    return at, variants[at].window[0]
