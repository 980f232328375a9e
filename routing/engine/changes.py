"""What would help, done: each action that is proposed for a job left out as a change of the problem.

Whoever proposes an action, and whoever proves it, does it here; amounts are to the second, metre or unit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from routing.engine.problem import MAX_TIME_S, Job, Problem, Shift, TimeWindow
from routing.engine.solution import Figures, Reason
from routing.engine.tries import share_travel

NEW_SHIFT = "+"
"""Id of the shift that an action adds."""

Change = Callable[[Problem, str, Figures], Problem]
"""(problem, id of the job left out, figures of the action) to the problem with it done."""


def changed(problem: Problem, job_id: str, actions: Iterable[Reason]) -> Problem:
    """The problem with these actions done, not checked again. Raises KeyError for a code that is no action."""
    for one in actions:
        problem = CHANGES[one.code](problem, job_id, one.figures)
    return problem


def altered(problem: Problem, **parts: Any) -> Problem:
    """The problem with other parts, not checked again: what if it were a little different."""
    other: Problem = object.__new__(Problem)
    for part in fields(Problem):
        object.__setattr__(other, part.name, parts.get(part.name, getattr(problem, part.name)))
    share_travel(problem, other)
    return other


def with_job(problem: Problem, job: Job) -> Problem:
    """The problem with this job in place of the one of its id."""
    return altered(problem, jobs=tuple(job if one.id == job.id else one for one in problem.jobs))


def with_shift(problem: Problem, shift: Shift) -> Problem:
    """The problem with this shift in place of the one of its id."""
    shifts = tuple(shift if one.id == shift.id else one for one in problem.shifts)
    return altered(problem, shifts=shifts)


def _whose(problem: Problem, job_id: str, figures: Figures) -> Job:
    """The job whose rule is changed: the one in the figures, else the one left out."""
    return problem.job_by_id[str(figures.get("job", job_id))]


def _by_s(figures: Figures) -> int:
    return int(figures["by_s"])


# Of a job


def _on_job(make: Callable[[Job, Figures], Job]) -> Change:
    def done(problem: Problem, job_id: str, figures: Figures) -> Problem:
        return with_job(problem, make(_whose(problem, job_id, figures), figures))

    return done


def _wider(job: Job, figures: Figures) -> Job:
    by_s = _by_s(figures)
    windows = (TimeWindow(max(0, w.start_s - by_s), w.end_s + by_s) for w in job.windows)
    return replace(job, windows=tuple(windows))


def _longer_ride(problem: Problem, job_id: str, figures: Figures) -> Problem:
    """The limits of the job's own ride and of its pair's."""
    job, by_s = _whose(problem, job_id, figures), _by_s(figures)
    if job.max_ride_s is not None:
        problem = with_job(problem, replace(job, max_ride_s=job.max_ride_s + by_s))
    pair = problem.pair_of.get(job.id)
    if pair is None or pair.max_ride_s is None:
        return problem
    looser = replace(pair, max_ride_s=pair.max_ride_s + by_s)
    return altered(problem, pairs=tuple(looser if one is pair else one for one in problem.pairs))


def _give_back(problem: Problem, job_id: str, figures: Figures) -> Problem:
    """As if the courier had not begun with it."""
    job = _whose(problem, job_id, figures)
    shift = next(one for one in problem.shifts if job.id in one.prefix)
    prefix = tuple(one for one in shift.prefix if one != job.id)
    return with_shift(problem, replace(shift, prefix=prefix))


# Of a shift


def _on_shift(make: Callable[[Shift, Figures], Shift]) -> Change:
    def done(problem: Problem, _: str, figures: Figures) -> Problem:
        return with_shift(problem, make(problem.shift_by_id[str(figures["shift"])], figures))

    return done


def _longer(shift: Shift, figures: Figures) -> Shift:
    """It ends later, and may take so much longer."""
    by_s = _by_s(figures)
    longest = None if shift.max_duration_s is None else shift.max_duration_s + by_s
    return replace(shift, end_s=shift.end_s + by_s, max_duration_s=longest)


def _leaving_later(shift: Shift, figures: Figures) -> Shift:
    latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    return replace(shift, latest_start_s=min(shift.end_s, latest + _by_s(figures)))


def _roomier(shift: Shift, figures: Figures) -> Shift:
    name = str(figures["dimension"])
    return replace(
        shift, capacity={**shift.capacity, name: shift.capacity[name] + int(figures["over"])}
    )


def _break_opened(shift: Shift, figures: Figures) -> Shift:
    by_s = _by_s(figures)
    breaks = (
        replace(one, earliest_s=max(0, one.earliest_s - by_s), latest_s=one.latest_s + by_s)
        for one in shift.breaks
    )
    return replace(shift, breaks=tuple(breaks))


def skills_in(figures: Figures) -> frozenset[str]:
    """The skills that an action names."""
    return frozenset(filter(None, map(str.strip, str(figures.get("skills", "")).split(","))))


def _fresh(make: Callable[[Shift, Figures], Shift]) -> Change:
    """One more shift like the one named: nothing begun, nothing aboard, not on the road."""

    def done(problem: Problem, job_id: str, figures: Figures) -> Problem:
        like = problem.shift_by_id[str(figures["like"])]
        fresh = replace(like, id=NEW_SHIFT, prefix=(), start_load={}, must_drive=False)
        return altered(problem, shifts=(*problem.shifts, make(fresh, figures)))

    return done


def _any_shift(problem: Problem, job_id: str, _: Figures) -> Problem:
    """Where there is none to go by: one that starts at the door and may take all day."""
    job = problem.job_by_id[job_id]
    kind = min(job.vehicle_kinds & problem.matrices.keys() or problem.matrices.keys())
    fresh = Shift(NEW_SHIFT, kind, 0, MAX_TIME_S, job.place, None, skills=job.skills)
    return altered(problem, shifts=(*problem.shifts, fresh))


def _of_kind(shift: Shift, figures: Figures) -> Shift:
    return replace(shift, vehicle_kind=str(figures["kind"]))


def _skilled(shift: Shift, figures: Figures) -> Shift:
    return replace(shift, skills=shift.skills | skills_in(figures))


# Of what binds jobs to each other


def _without_order(problem: Problem, job_id: str, figures: Figures) -> Problem:
    two = {str(figures.get("after", job_id)), str(figures["job"])}
    rules = (rule for rule in problem.precedences if {rule.before, rule.after} != two)
    return altered(problem, precedences=tuple(rules))


def _without_groups(part: str) -> Change:
    """Without the groups, together or apart, that hold both jobs."""

    def done(problem: Problem, job_id: str, figures: Figures) -> Problem:
        two = {str(figures.get("other", job_id)), str(figures["job"])}
        groups = (group for group in getattr(problem, part) if not two <= set(group))
        return altered(problem, **{part: tuple(groups)})

    return done


_OF_A_JOB: Mapping[str, Change] = {
    "widen_window": _on_job(_wider),
    "earlier_release": _on_job(
        lambda job, f: replace(job, release_s=max(0, job.release_s - _by_s(f)))
    ),
    "longer_ride": _longer_ride,
    "free_position": _on_job(lambda job, _: replace(job, position=None)),
    "allow_shift": _on_job(
        lambda job, f: replace(job, forbidden_shifts=job.forbidden_shifts - {str(f["shift"])})
    ),
    "unpin": _on_job(lambda job, _: replace(job, pinned_shift=None)),
    "allow_vehicle": _on_job(
        lambda job, f: replace(job, vehicle_kinds=job.vehicle_kinds | {str(f["kind"])})
    ),
    "fix_address": _on_job(lambda job, f: replace(job, place=int(f["place"]))),
    "give_back": _give_back,
}

_OF_A_SHIFT: Mapping[str, Change] = {
    "extend_shift": _on_shift(_longer),
    "start_earlier": _on_shift(
        lambda shift, f: replace(shift, start_s=max(0, shift.start_s - _by_s(f)))
    ),
    "leave_later": _on_shift(_leaving_later),
    "more_capacity": _on_shift(_roomier),
    "more_stops": _on_shift(
        lambda shift, f: replace(shift, max_stops=(shift.max_stops or 0) + int(f["over"]))
    ),
    "more_trips": _on_shift(
        lambda shift, f: replace(shift, max_trips=shift.max_trips + int(f["over"]))
    ),
    "more_driving": _on_shift(
        lambda shift, f: replace(shift, max_travel_s=(shift.max_travel_s or 0) + _by_s(f))
    ),
    "more_distance": _on_shift(
        lambda shift, f: replace(
            shift, max_distance_m=(shift.max_distance_m or 0) + int(f["over_m"])
        )
    ),
    "open_break": _on_shift(_break_opened),
    "equip_shift": _on_shift(_skilled),
}

CHANGES: Mapping[str, Change] = {
    **_OF_A_JOB,
    **{f"{code}_of": change for code, change in _OF_A_JOB.items()},
    **_OF_A_SHIFT,
    "add_any_shift": _any_shift,
    "add_shift": _fresh(lambda shift, _: shift),
    "add_shift_with_skill": _fresh(_skilled),
    "add_shift_with_vehicle": _fresh(_of_kind),
    "split_or_bigger_vehicle": _fresh(_roomier),
    "ride_with": _without_groups("apart"),
    "ride_with_of": _without_groups("apart"),
    "ride_without": _without_groups("together"),
    "ride_without_of": _without_groups("together"),
    "drop_order": _without_order,
    "drop_order_of": _without_order,
    "raise_penalty": _on_job(
        lambda job, f: replace(job, penalty=int(f["penalty"]), mandatory=False)
    ),
    "put_in": lambda problem, *_: problem,
}  # fmt: skip
"""By code of the action; `..._of` changes a rule of another job than the one left out."""

_AMOUNTS = ("by_s", "over_m", "over")
"""Figures that say how much: with one less it does not help."""


def amount_of(action: Reason) -> int:
    """How much of it, in seconds, metres or units; 0 for what is done or not."""
    name = next((one for one in _AMOUNTS if one in action.figures), None)
    return 0 if name is None or action.code == "more_trips" else int(action.figures[name])


def less(action: Reason, by: int) -> Reason:
    """The action by so much less."""
    figures = dict(action.figures)
    name = next(one for one in _AMOUNTS if one in figures)
    figures[name] = int(figures[name]) - by
    if name == "by_s":
        figures["by_min"] = -(-int(figures[name]) // 60)
    if action.code == "raise_penalty":
        figures["penalty"] = int(figures["penalty"]) - by
    return replace(action, figures=figures)


def lesser(actions: Sequence[Reason]) -> Iterator[list[Reason]]:
    """The actions with one of them left undone, or done by one less."""
    for number, one in enumerate(actions):
        others = [*actions[:number], *actions[number + 1 :]]
        if others:
            yield others
        if amount_of(one):
            yield [*actions[:number], less(one, 1), *actions[number + 1 :]]


def can_be_done(problem: Problem, actions: Iterable[Reason]) -> bool:
    """None of them changes a shift that another one would have to add."""
    known = {shift.id for shift in problem.shifts}
    for one in actions:
        if str(one.figures.get("shift", "")) == NEW_SHIFT and NEW_SHIFT not in known:
            return False
        if one.code in ADDING:
            known.add(NEW_SHIFT)
    return True


ADDING = frozenset(
    {"add_shift", "add_shift_with_skill", "add_shift_with_vehicle", "split_or_bigger_vehicle"}
)
"""Actions that add a shift."""
OF_A_SHIFT = frozenset(_OF_A_SHIFT)
"""Actions that change the shift in their figures, and nothing on any other."""
