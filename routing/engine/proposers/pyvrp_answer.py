"""What PyVRP found, in Carteiro's terms."""

from collections.abc import Mapping, Sequence

from pyvrp import Route, Solution

from routing.engine.problem import RELOAD, Shift
from routing.engine.proposers.pyvrp_data import Translation

Sequences = dict[str, tuple[str, ...]]
"""Job ids by shift id, RELOAD between trips."""


def sequences_of(
    told: Translation, found: Solution, warm: Mapping[str, Sequence[str]]
) -> Sequences:
    """Job ids by shift; among shifts that are alike, each route goes where most of its jobs were."""
    part = told.part
    by_type: dict[int, list[tuple[str, ...]]] = {}
    for route in found.routes():
        by_type.setdefault(route.vehicle_type(), []).append(ids_of(told, route))
    answer: Sequences = {}
    for number, routes in by_type.items():
        answer |= _shared_out(part.groups[number], routes, warm)
    return {shift_id: ids for shift_id, ids in answer.items() if ids}


def ids_of(told: Translation, route: Route) -> tuple[str, ...]:
    """Job ids in order, RELOAD between trips that have jobs."""
    ids: list[str] = []
    for visit in list(route)[1:-1]:
        if visit.is_depot():
            ids.append(RELOAD)
        elif visit.is_client():
            job_id = told.variants[visit.idx].job_id
            if job_id is not None:
                ids.append(job_id)
        else:
            pair = told.part.pairs[visit.idx]
            ids.append(pair.pickup if visit.is_pickup() else pair.delivery)
    kept = [one for at, one in enumerate(ids) if one != RELOAD or (at and ids[at - 1] != RELOAD)]
    return tuple(kept[:-1] if kept and kept[-1] == RELOAD else kept)


def _shared_out(
    shifts: Sequence[Shift], routes: Sequence[tuple[str, ...]], warm: Mapping[str, Sequence[str]]
) -> Sequences:
    """Give each route to the shift that had most of its jobs, the likest first."""
    free = {shift.id: frozenset(warm.get(shift.id, ())) - {RELOAD} for shift in shifts}
    answer: Sequences = {}
    likeness = sorted(
        (-len(before & set(ids)), at, number)
        for at, before in enumerate(free.values())
        for number, ids in enumerate(routes)
    )
    names = list(free)
    given: set[int] = set()
    for _, at, number in likeness:
        if number not in given and names[at] not in answer:
            given.add(number)
            answer[names[at]] = routes[number]
    return answer
