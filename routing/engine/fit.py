"""What a sequence must keep whatever the clock says: who may ride, how much is aboard, in which place and order."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from routing.engine.problem import RELOAD, Job, Loads, Precedence, Problem, Shift
from routing.engine.solution import Figures, Violation

Halts = Sequence[Job | None]
"""Jobs in order, None where the vehicle goes back and loads again."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds the jobs of a problem to each other, by job id; those without ties are missing."""

    before: Mapping[str, tuple[Precedence, ...]]
    """Orders in which the job comes second."""
    after: Mapping[str, tuple[Precedence, ...]]
    """Orders in which the job comes first."""
    apart: Mapping[str, frozenset[str]]
    """Jobs that may not ride on its shift."""
    together: Mapping[str, frozenset[str]]
    """Jobs that must ride on its shift, the other end of its pair among them."""
    begun_on: Mapping[str, str]
    """The shift that has the job in its prefix."""


_TIES: WeakKeyDictionary[Problem, Ties] = WeakKeyDictionary()


def ties_of(problem: Problem) -> Ties:
    """The ties of a problem's jobs, worked out once."""
    found = _TIES.get(problem)
    if found is None:
        found = _TIES[problem] = _ties(problem)
    return found


def _ties(problem: Problem) -> Ties:
    before: dict[str, tuple[Precedence, ...]] = {}
    after: dict[str, tuple[Precedence, ...]] = {}
    for rule in problem.precedences:
        before[rule.after] = (*before.get(rule.after, ()), rule)
        after[rule.before] = (*after.get(rule.before, ()), rule)
    pairs = [(pair.pickup, pair.delivery) for pair in problem.pairs]
    return Ties(
        before, after, _mates(problem.apart), _mates([*problem.together, *pairs]),
        {job_id: shift.id for shift in problem.shifts for job_id in shift.prefix},
    )  # fmt: skip


def _mates(groups: Sequence[Sequence[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in groups:
        for job_id in group:
            found[job_id] = found.get(job_id, frozenset()) | (frozenset(group) - {job_id})
    return found


def tied_to(problem: Problem, job_id: str) -> set[str]:
    """Jobs that ride with this one, or wait for it, or that it waits for."""
    return ordered_with(problem, job_id) | ties_of(problem).together.get(job_id, frozenset())


def ordered_with(problem: Problem, job_id: str) -> set[str]:
    """Jobs that wait for this one, or that it waits for."""
    ties = ties_of(problem)
    first = (rule.before for rule in ties.before.get(job_id, ()))
    then = (rule.after for rule in ties.after.get(job_id, ()))
    return {*first, *then}


def followers_of(problem: Problem, job_ids: Iterable[str]) -> set[str]:
    """These jobs and all that are nothing without them."""
    found = set(job_ids)
    todo = list(found)
    ties = ties_of(problem)
    while todo:
        one = todo.pop()
        bound = {*ties.together.get(one, ()), *(rule.after for rule in ties.after.get(one, ()))}
        todo += bound - found
        found |= bound
    return found


def halts_of(problem: Problem, sequence: Sequence[str]) -> list[Job | None]:
    """The jobs of a sequence, None for RELOAD; a reload after the last job is dropped: nothing would be loaded."""
    halts = [None if one == RELOAD else problem.job_by_id[one] for one in sequence]
    while halts and halts[-1] is None:
        halts.pop()
    return halts


def trips_of(halts: Halts) -> list[list[Job]]:
    """The jobs trip by trip."""
    trips: list[list[Job]] = [[]]
    for halt in halts:
        if halt is None:
            trips.append([])
        else:
            trips[-1].append(halt)
    return trips


def may_begin_empty(shift: Shift) -> bool:
    """Whether a first trip without stops means something: the start load goes off, or it loads after its latest departure."""
    return shift.latest_start_s is not None or any(shift.start_load.values())


def tidy(shift: Shift, ids: Sequence[str]) -> list[str]:
    """The sequence without reloads that load nothing, but for one after an empty first trip that means something."""
    kept: list[str] = []
    for one in ids:
        if one != RELOAD or (kept[-1] != RELOAD if kept else may_begin_empty(shift)):
            kept.append(one)
    return kept[:-1] if kept and kept[-1] == RELOAD else kept


def static_violations(problem: Problem, shift: Shift, halts: Halts) -> list[Violation]:
    """Rules broken by who is on the shift and in which order, whatever the times."""
    jobs = [halt for halt in halts if halt is not None]
    found: list[Violation] = []
    for job in jobs:
        found += job_violations(shift, job)
    found += _load_violations(problem, shift, halts)
    if shift.max_stops is not None and len(jobs) > shift.max_stops:
        figures: Figures = {"over": len(jobs) - shift.max_stops, "limit": shift.max_stops}
        found.append(Violation("too_many_stops", shift.id, None, figures))
    trips = 1 + len(halts) - len(jobs)
    if trips > shift.max_trips:
        figures = {"over": trips - shift.max_trips, "limit": shift.max_trips}
        found.append(Violation("too_many_trips", shift.id, None, figures))
    found += _place_violations(problem, shift, jobs)
    if problem.pairs or problem.precedences or problem.apart:
        found += _tie_violations(problem, shift, halts, jobs)
    return found


def job_violations(shift: Shift, job: Job) -> list[Violation]:
    """Rules broken by this job being on this shift at all."""
    found: list[Violation] = []
    if job.pinned_shift is not None and job.pinned_shift != shift.id:
        found.append(Violation("pinned_elsewhere", shift.id, job.id, {"shift": job.pinned_shift}))
    if shift.id in job.forbidden_shifts:
        found.append(Violation("shift_forbidden", shift.id, job.id, {}))
    if job.vehicle_kinds and shift.vehicle_kind not in job.vehicle_kinds:
        figures: dict[str, int | str] = {
            "kind": shift.vehicle_kind,
            "allowed": ", ".join(sorted(job.vehicle_kinds)),
        }
        found.append(Violation("vehicle_kind_not_allowed", shift.id, job.id, figures))
    if not job.skills <= shift.skills:
        missing = ", ".join(sorted(job.skills - shift.skills))
        found.append(Violation("skill_missing", shift.id, job.id, {"skills": missing}))
    return found


def _place_violations(problem: Problem, shift: Shift, jobs: Sequence[Job]) -> list[Violation]:
    found: list[Violation] = []
    for number, job in enumerate(jobs):
        if job.position is not None and job.position != number:
            figures: Figures = {"position": job.position + 1, "at": number + 1}
            found.append(Violation("wrong_position", shift.id, job.id, figures))
    begun_on = ties_of(problem).begun_on
    if not begun_on:
        return found
    for job in jobs:
        if begun_on.get(job.id, shift.id) != shift.id:
            figures = {"shift": begun_on[job.id]}
            found.append(Violation("begun_elsewhere", shift.id, job.id, figures))
    ids = tuple(job.id for job in jobs[: len(shift.prefix)])
    if ids != shift.prefix:
        missed = next(
            one for one, now in itertools.zip_longest(shift.prefix, ids) if one != now and one
        )
        found.append(Violation("begun_changed", shift.id, missed, {"job": missed}))
    return found


def _tie_violations(
    problem: Problem, shift: Shift, halts: Halts, jobs: Sequence[Job]
) -> list[Violation]:
    found: list[Violation] = []
    ties = ties_of(problem)
    at = {job.id: number for number, job in enumerate(jobs)}
    trip = {job.id: number for number, trip in enumerate(trips_of(halts)) for job in trip}
    for job in jobs:
        pair = problem.pair_of.get(job.id)
        if pair is not None and pair.delivery == job.id and pair.pickup in at:
            if at[pair.pickup] > at[job.id]:
                found.append(Violation("pair_reversed", shift.id, job.id, {"job": pair.pickup}))
            elif trip[pair.pickup] != trip[job.id]:
                found.append(Violation("pair_over_reload", shift.id, job.id, {"job": pair.pickup}))
        found += [
            Violation("out_of_order", shift.id, job.id, {"job": rule.before})
            for rule in ties.before.get(job.id, ())
            if at.get(rule.before, -1) > at[job.id]
        ]
        other = min((one for one in ties.apart.get(job.id, ()) if one in at), default=None)
        if other is not None and at[other] < at[job.id]:
            found.append(Violation("not_apart", shift.id, job.id, {"job": other}))
    return found


def loads_aboard(problem: Problem, shift: Shift, halts: Halts) -> list[dict[str, int]]:
    """In the vehicle by dimension: at the start, then on departure from each halt."""
    pairs = problem.pair_of
    dimensions = set(shift.capacity) | set(shift.start_load)
    for job in halts:
        if job is not None:
            dimensions.update(job.load, job.pickup)
            if job.id in pairs:
                dimensions.update(pairs[job.id].load)
    names = sorted(dimensions)
    trips = iter(trips_of(halts))
    aboard = _loaded(names, next(trips), shift.start_load)
    loads = [aboard]
    for job in halts:
        if job is None:
            aboard = _loaded(names, next(trips), {})
        else:
            aboard = dict(aboard)
            for name, amount in job.load.items():
                aboard[name] -= amount
            for name, amount in job.pickup.items():
                aboard[name] += amount
            pair = pairs.get(job.id)
            if pair is not None:
                sign = 1 if pair.pickup == job.id else -1
                for name, amount in pair.load.items():
                    aboard[name] += sign * amount
        loads.append(aboard)
    return loads


def _loaded(names: Sequence[str], trip: Sequence[Job], besides: Loads) -> dict[str, int]:
    """Aboard when a trip leaves."""
    aboard = dict.fromkeys(names, 0)
    for load in (besides, *(job.load for job in trip)):
        for name, amount in load.items():
            aboard[name] += amount
    return aboard


def _load_violations(problem: Problem, shift: Shift, halts: Halts) -> list[Violation]:
    if not shift.capacity:
        return []
    most = dict.fromkeys(shift.capacity, 0)
    if problem.pairs or shift.start_load or any(halt is None or halt.pickup for halt in halts):
        loads = loads_aboard(problem, shift, halts)
        most = {name: max(load[name] for load in loads) for name in most}
    else:
        for job in halts:
            if job is not None:
                for name, amount in job.load.items():
                    if name in most:
                        most[name] += amount
    found = []
    for name, limit in sorted(shift.capacity.items()):
        if most[name] > limit:
            figures: Figures = {
                "dimension": name, "over": most[name] - limit, "capacity": limit,
            }  # fmt: skip
            found.append(Violation("over_capacity", shift.id, None, figures))
    return found
