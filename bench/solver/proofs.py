"""Proves what a plan says of the jobs it left out: with what would help done, and nothing else, the job has a place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.solver.stated import Stated
from routing.engine.insert import best_places
from routing.engine.problem import Job, Problem, Shift, TimeWindow
from routing.engine.solution import Figures, Solution, Unserved

MINUTE = 60
DAY = 24 * 60 * MINUTE
ALONE = {
    "too_far",
    "outside_every_shift",
    "no_shift_fits",
    "not_even_alone",
    "unreachable",
    "larger_than_any_vehicle",
}
"""Reasons of a job that no shift could serve even alone: what helps makes it possible alone."""
NEW = "a shift more"

type Changed = Iterator[Problem]


def unproven(stated: Stated, solution: Solution) -> list[str]:
    """The jobs left out whose reason is not proven, each as its codes."""
    return [
        f"{one.reasons[0].code if one.reasons else 'nothing'}/{one.action.code if one.action else 'nothing'}"
        for one in solution.unserved
        if not is_proven(stated, solution.sequences, one)
    ]


def is_proven(stated: Stated, routes: Mapping[str, Sequence[str]], left_out: Unserved) -> bool:
    """Without a change there is no place worth its cost; with the change that is said to help, there is one."""
    if not left_out.reasons or left_out.action is None or left_out.action.code not in HELP:
        return False
    if left_out.reasons[0].code in ALONE:
        # Alone: after what is begun, which stays.
        routes = {shift.id: shift.prefix for shift in stated.problem.shifts if shift.prefix}
    job = stated.problem.job_by_id[left_out.job_id]
    penalty = stated.problem.penalty(job, stated.weights)
    if _cheapest(stated, stated.problem, routes, job) < penalty:
        return False
    return any(
        _cheapest(stated, helped, routes, job) < float("inf")
        for helped in HELP[left_out.action.code](stated.problem, job, left_out.action.figures)
    )


def _cheapest(
    stated: Stated, problem: Problem, routes: Mapping[str, Sequence[str]], job: Job
) -> float:
    places = best_places(problem, routes, job.id, weights=stated.weights, limit=1)
    return places[0].extra_cost if places else float("inf")


# What would help, done


def _change(of: Problem, one: Job | Shift) -> Problem:
    if isinstance(one, Job):
        return replace(of, jobs=tuple(one if job.id == one.id else job for job in of.jobs))
    return replace(of, shifts=tuple(one if shift.id == one.id else shift for shift in of.shifts))


def _wider(job: Job, figures: Figures) -> Job:
    by_s = int(figures["by_min"]) * MINUTE
    windows = (TimeWindow(max(0, one.start_s - by_s), one.end_s + by_s) for one in job.windows)
    return replace(job, windows=tuple(windows))


def _longer(shift: Shift, figures: Figures) -> Shift:
    by_s = int(figures["by_min"]) * MINUTE
    longest = None if shift.max_duration_s is None else shift.max_duration_s + by_s
    return replace(shift, end_s=shift.end_s + by_s, max_duration_s=longest)


def _widen(of: Problem, job: Job, figures: Figures) -> Changed:
    yield _change(of, _wider(of.job_by_id[str(figures.get("job", job.id))], figures))


def _extend(of: Problem, job: Job, figures: Figures) -> Changed:
    yield _change(of, _longer(of.shift_by_id[str(figures["shift"])], figures))


def _more_room(of: Problem, job: Job, figures: Figures) -> Changed:
    name, over = str(figures["dimension"]), int(figures["over"])
    shifts = [of.shift_by_id[str(figures["shift"])]] if "shift" in figures else of.shifts
    for shift in shifts:
        if name in shift.capacity:
            roomier = {**shift.capacity, name: shift.capacity[name] + over}
            yield _change(of, replace(shift, capacity=roomier))


def _more_stops(of: Problem, job: Job, figures: Figures) -> Changed:
    shift = of.shift_by_id[str(figures["shift"])]
    yield _change(of, replace(shift, max_stops=(shift.max_stops or 0) + int(figures["over"])))


def _unpin(of: Problem, job: Job, figures: Figures) -> Changed:
    yield _change(of, replace(job, pinned_shift=None))


def _raise_penalty(of: Problem, job: Job, figures: Figures) -> Changed:
    yield _change(of, replace(job, penalty=None, priority=100))


def _add_shift(of: Problem, job: Job, figures: Figures) -> Changed:
    """A fresh shift like one that there is, with the skills asked for."""
    asked = str(figures.get("skills", ""))
    skills = frozenset(filter(None, (word.strip() for word in asked.split(","))))
    for shift in of.shifts:
        fresh = replace(
            shift, id=NEW, skills=shift.skills | skills, prefix=(), start_load={}, must_drive=False
        )
        yield replace(of, shifts=(*of.shifts, fresh))


def _move(of: Problem, job: Job, figures: Figures) -> Changed:
    """The address put right: to a place that roads reach."""
    for other in of.jobs:
        if other.place != job.place:
            yield _change(of, replace(job, place=other.place))


def _on_shift(**make: Callable[[Shift, Figures], object]) -> Callable[..., Changed]:
    """The named fields of the shift in the figures made anew."""

    def changed(of: Problem, job: Job, figures: Figures) -> Changed:
        shift = of.shift_by_id[str(figures["shift"])]
        fields: dict[str, Any] = {name: value(shift, figures) for name, value in make.items()}
        yield _change(of, replace(shift, **fields))

    return changed


def _on_job(**make: Callable[[Job, Figures], object]) -> Callable[..., Changed]:
    """The named fields of the job in the figures (the one left out, when they name none) made anew."""

    def changed(of: Problem, job: Job, figures: Figures) -> Changed:
        one = of.job_by_id[str(figures.get("job", job.id))]
        fields: dict[str, Any] = {name: value(one, figures) for name, value in make.items()}
        yield _change(of, replace(one, **fields))

    return changed


def _by_s(figures: Figures) -> int:
    return int(figures["by_min"]) * MINUTE


def _ride_longer(of: Problem, job: Job, figures: Figures) -> Changed:
    one = of.job_by_id[str(figures.get("job", job.id))]
    if one.max_ride_s is not None:
        of = _change(of, replace(one, max_ride_s=one.max_ride_s + _by_s(figures)))
    pairs = (
        replace(pair, max_ride_s=pair.max_ride_s + _by_s(figures))
        if pair.max_ride_s is not None and one.id in (pair.pickup, pair.delivery)
        else pair
        for pair in of.pairs
    )
    yield replace(of, pairs=tuple(pairs))


def _open_break(of: Problem, job: Job, figures: Figures) -> Changed:
    shift, by_s = of.shift_by_id[str(figures["shift"])], _by_s(figures)
    breaks = (
        replace(one, earliest_s=max(0, one.earliest_s - by_s), latest_s=one.latest_s + by_s)
        for one in shift.breaks
    )
    yield _change(of, replace(shift, breaks=tuple(breaks)))


def _lift_rules(of: Problem, job: Job, figures: Figures) -> Changed:
    """Neither windows nor releases, rides and positions of the job, and of what is bound to it."""
    bound = {job.id}.union(*(group for group in of.together if job.id in group))
    bound |= {rule.before for rule in of.precedences if rule.after in bound}
    for pair in of.pairs:
        bound |= {pair.pickup, pair.delivery} if {pair.pickup, pair.delivery} & bound else set()
    jobs = (
        replace(one, windows=(), release_s=0, max_ride_s=None, position=None)
        if one.id in bound
        else one
        for one in of.jobs
    )
    pairs = (replace(pair, max_ride_s=None) if pair.pickup in bound else pair for pair in of.pairs)
    yield replace(of, jobs=tuple(jobs), pairs=tuple(pairs))


def _unbind(of: Problem, job: Job, figures: Figures) -> Changed:
    """The two jobs no longer bound: apart, together, one before the other."""
    two = {job.id, str(figures["job"])}
    yield replace(
        of,
        apart=tuple(group for group in of.apart if not two <= set(group)),
        together=tuple(group for group in of.together if not two <= set(group)),
        precedences=tuple(rule for rule in of.precedences if {rule.before, rule.after} != two),
    )


HELP: Mapping[str, Callable[[Problem, Job, Figures], Changed]] = {
    "widen_window": _widen,
    "widen_window_of": _widen,
    "extend_shift": _extend,
    "more_capacity": _more_room,
    "split_or_bigger_vehicle": _more_room,
    "more_stops": _more_stops,
    "unpin": _unpin,
    "more_trips": _on_shift(max_trips=lambda shift, _: shift.max_trips + 1),
    "more_driving": _on_shift(max_travel_s=lambda shift, f: (shift.max_travel_s or 0) + _by_s(f)),
    "more_distance": _on_shift(
        max_distance_m=lambda shift, f: (shift.max_distance_m or 0) + int(f["over_m"])
    ),
    "start_earlier": _on_shift(start_s=lambda shift, f: max(0, shift.start_s - _by_s(f))),
    "open_break": _open_break,
    "longer_ride": _ride_longer,
    "longer_ride_of": _ride_longer,
    "free_position": _on_job(position=lambda *_: None),
    "free_position_of": _on_job(position=lambda *_: None),
    "earlier_release": _on_job(release_s=lambda job, f: max(0, job.release_s - _by_s(f))),
    "allow_shift": _on_job(
        forbidden_shifts=lambda job, f: job.forbidden_shifts - {str(f["shift"])}
    ),
    "lift_rules": _lift_rules,
    "lift_limits": _on_shift(
        end_s=lambda shift, _: shift.end_s + DAY,
        max_duration_s=lambda *_: None,
        max_travel_s=lambda *_: None,
        max_distance_m=lambda *_: None,
        latest_start_s=lambda *_: None,
        breaks=lambda *_: (),
    ),
    "ride_with": _unbind,
    "ride_without": _unbind,
    "drop_order": _unbind,
    "raise_penalty": _raise_penalty,
    "add_shift": _add_shift,
    "add_shift_with_skill": _add_shift,
    "fix_address": _move,
}
