"""Days and plans written down by hand for the checker: the order, the moments that matter, and nothing decided for anybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from routing.engine.problem import DEFAULT_WEIGHTS, RELOAD, Job, Problem, Weights
from routing.engine.solution import (
    Costs,
    PlannedBreak,
    PlannedReload,
    PlannedRoute,
    PlannedStop,
    Solution,
    Unserved,
)
from tests.routing.engine.world import shift, street

NOTHING = Costs()


def free(id: str = "van-1", **changes: Any) -> Any:
    """A van that costs nothing, so that only the rules speak."""
    return shift(id, **({"cost_per_m": 0} | changes))


def day(*jobs: Any, vans: tuple[Any, ...] = (), **links: Any) -> Problem:
    """Jobs on the street, and one free van if no others are given."""
    vans = vans or (free(),)
    return Problem(jobs, vans, links.pop("matrices", {"van": street()}), **links)


@dataclass(frozen=True)
class Hand:
    """A route as somebody would note it; what is not noted happens at once."""

    ids: tuple[str, ...]
    """Jobs in order, RELOAD between trips."""
    leaves: int = 0
    at: Mapping[str, int] = field(default_factory=dict)
    """Start of service by job, seconds."""
    again: tuple[int, ...] = ()
    """Departures after reloads, seconds."""
    rests: tuple[tuple[int, int, int], ...] = ()
    """(stops before, start, length)"""
    costs: Costs = NOTHING


def hand(ids: str = "", **changes: Any) -> Hand:
    """One letter a job; r is a reload."""
    return Hand(tuple(RELOAD if one == "r" else one for one in ids), **changes)


def plan(
    of: Problem, weights: Weights = DEFAULT_WEIGHTS, *, balance: int = 0, **routes: Hand
) -> Solution:
    """These routes by shift id (van_1 is van-1); all other jobs are left out."""
    made = tuple(_route(of, name.replace("_", "-"), noted) for name, noted in routes.items())
    served = {job_id for noted in routes.values() for job_id in noted.ids}
    left = [job for job in of.jobs if job.id not in served]
    costs = sum((route.costs for route in made), Costs(balance=balance))
    costs += Costs(unserved=sum(of.penalty(job, weights) for job in left))
    return Solution(made, tuple(Unserved(job.id, ()) for job in left), costs)


def _route(of: Problem, shift_id: str, noted: Hand) -> PlannedRoute:
    shift = of.shift_by_id[shift_id]
    m = of.matrices[shift.vehicle_kind]
    stops: list[PlannedStop] = []
    reloads: list[PlannedReload] = []
    now, place, door, driven_s, driven_m = noted.leaves, shift.start_place, -1, 0, 0
    trips = _trips(of, noted)
    aboard = _sum(trips[0], "load")
    _add(aboard, shift.start_load)
    first, rests = dict(aboard), [PlannedBreak(*rest) for rest in noted.rests]

    def leg(to: int, until: int | None) -> tuple[int, int, int, int]:
        """(seconds, metres, arrival, seconds of rest)"""
        nonlocal driven_s, driven_m
        seconds = max(int(m.durations_s[place, to]) * 100 // shift.speed_percent, 0)
        metres = max(int(m.distances_m[place, to]), 0)
        driven_s, driven_m = driven_s + seconds, driven_m + metres
        arrival, rested = now + seconds, 0
        for rest in rests:
            if (
                rest.before == len(stops)
                and rest.start_s >= now
                and (until is None or rest.start_s < until)
            ):
                rested += rest.duration_s
                arrival += rest.duration_s if rest.start_s < arrival else 0
        return seconds, metres, arrival, rested

    for job_id in noted.ids:
        if job_id == RELOAD:
            until = noted.again[len(reloads)] if noted.again else None
            seconds, metres, arrival, rested = leg(shift.start_place, until)
            now = now + seconds + rested + shift.reload_s if until is None else until
            aboard = _sum(trips[len(reloads) + 1], "load")
            place, door = shift.start_place, -1
            reloads.append(PlannedReload(len(stops), seconds, metres, arrival, now, dict(aboard)))
            continue
        job = of.job_by_id[job_id]
        seconds, metres, arrival, rested = leg(job.place, noted.at.get(job_id))
        setup = 0 if job.place == door else job.setup_s
        soonest = now + seconds + setup + rested
        start = noted.at.get(job_id, soonest)
        service = job.service_s_by_kind.get(shift.vehicle_kind, job.service_s)
        _add(aboard, job.load, -1)
        _add(aboard, job.pickup)
        for pair in of.pairs:
            _add(aboard, pair.load, (job_id == pair.pickup) - (job_id == pair.delivery))
        stops.append(
            PlannedStop(
                job_id, seconds, metres, arrival, start - soonest, start, service, start + service,
                0, 0, 0, dict(aboard), setup,
            )
        )  # fmt: skip
        now, place, door = start + service, job.place, job.place
    if shift.end_place is not None:
        now = leg(shift.end_place, None)[2]
    return PlannedRoute(
        shift_id, tuple(stops), noted.leaves, now, driven_s, sum(one.wait_s for one in stops),
        sum(one.service_s for one in stops), driven_m, first, noted.costs, tuple(reloads), tuple(rests),
    )  # fmt: skip


def _trips(of: Problem, noted: Hand) -> list[list[Job]]:
    trips: list[list[Job]] = [[]]
    for job_id in noted.ids:
        if job_id == RELOAD:
            trips.append([])
        else:
            trips[-1].append(of.job_by_id[job_id])
    return trips


def _sum(jobs: list[Job], name: str) -> dict[str, int]:
    total: dict[str, int] = {}
    for job in jobs:
        _add(total, getattr(job, name))
    return total


def _add(total: dict[str, int], load: Mapping[str, int], times: int = 1) -> None:
    for name, amount in load.items():
        total[name] = total.get(name, 0) + times * amount


def stop(solution: Solution, number: int, **changes: Any) -> Solution:
    """The same plan with one stop of the first route changed."""
    stops = list(solution.routes[0].stops)
    stops[number] = replace(stops[number], **changes)
    return route(solution, stops=tuple(stops))


def route(solution: Solution, **changes: Any) -> Solution:
    """The same plan with its first route changed."""
    return replace(solution, routes=(replace(solution.routes[0], **changes), *solution.routes[1:]))
