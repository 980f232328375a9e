"""Why one route cannot take a job: the first rule that breaks and by how much, where it breaks least."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from routing.engine.candidates import companions_of, put
from routing.engine.fit import halts_of, job_violations, static_violations, ties_of
from routing.engine.gaps import RouteGaps, Standing
from routing.engine.problem import Job, Problem, Shift, Weights
from routing.engine.schedule import schedule
from routing.engine.solution import Figures, Reason, Violation
from routing.engine.tries import Gap, may_reload, nearest_gap

MOST_TRIED = 6
"""Places of a route that are timed exactly to name the rule in the way."""


class Miss(NamedTuple):
    """Why one route cannot take a job."""

    reason: Reason
    """The first rule that breaks."""
    gaps: RouteGaps
    guess: int = 0
    """Seconds, metres or units that are missing, where that is known."""
    is_of_time: bool = False
    """Who may ride, how much and where is not in the way, as far as is known without timing it."""

    @property
    def rank(self) -> tuple[int, int, str]:
        """How bad and how far off; the nearest sorts first."""
        return rank_of(self.reason)

    @property
    def is_exact(self) -> bool:
        """The clock of the arrays allows it: some other rule is in the way, found by timing."""
        figures = self.reason.figures
        return self.is_of_time and "late_s" not in figures and "off_min" not in figures


def rank_of(reason: Reason) -> tuple[int, int, str]:
    """How bad and how far off a miss is by what is said of it; the nearest sorts first."""
    figures, shift_id = reason.figures, reason.shift_id or ""
    if reason.code == "over_capacity":
        return (2, int(figures["over"]) * 1000 // max(1, int(figures["capacity"])), shift_id)
    if reason.code in _FAR:
        return (*_FAR[reason.code], shift_id)
    size = next((int(figures[name]) for name in _SIZES if name in figures), 0)
    return (1, size or 60 * int(figures.get("off_min", 0)), shift_id)


_SIZES = ("over_s", "late_s", "over_m", "over")
"""Figures that say by how much a rule is broken."""
_FAR: Mapping[str, tuple[int, int]] = {
    "too_many_stops": (2, 500),
    "breaks_others_rule": (3, 0),
    # What a planner may allow is nearer than what no vehicle of this shift has.
    "shift_forbidden": (4, 0),
    "pinned_elsewhere": (4, 0),
    "not_apart": (5, 0),
    "pair_split": (7, 0),
    "not_together": (7, 0),
    "no_road": (8, 0),
    "begun_elsewhere": (9, 0),
    "vehicle_kind_not_allowed": (9, 0),
    "skill_missing": (9, 0),
}
"""How bad by code, where no figure says how far off; what breaks by an amount of time or way comes before."""


def miss_of(
    problem: Problem, weights: Weights, gaps: RouteGaps, job: Job, standing: Standing
) -> Miss:
    shift = gaps.shift
    broken = job_violations(shift, job)
    if broken:
        return Miss(_of(shift, broken[0]), gaps)
    bound = _bound_elsewhere(problem, gaps, job, standing)
    if bound is not None:
        return bound
    going_in = [job, *companions_of(problem, job, standing)]
    full = _too_full(problem, gaps, job, going_in)
    if full is not None:
        return full
    return _time_miss(problem, weights, gaps, job, going_in, standing)


def _of(shift: Shift, violation: Violation) -> Reason:
    return Reason(violation.code, shift.id, violation.figures)


def _bound_elsewhere(
    problem: Problem, gaps: RouteGaps, job: Job, standing: Standing
) -> Miss | None:
    ties, shift = ties_of(problem), gaps.shift
    begun_on = ties.begun_on.get(job.id, shift.id)
    if begun_on != shift.id:
        return Miss(Reason("begun_elsewhere", shift.id, {"shift": begun_on}), gaps)
    for other in sorted(ties.together.get(job.id, ())):
        if standing.shift_of.get(other, shift.id) != shift.id:
            pair = problem.pair_of.get(job.id)
            split = pair is not None and other in (pair.pickup, pair.delivery)
            code = "pair_split" if split else "not_together"
            return Miss(Reason(code, shift.id, {"job": other}), gaps)
    for other in sorted(ties.apart.get(job.id, ())):
        if standing.shift_of.get(other) == shift.id:
            return Miss(Reason("not_apart", shift.id, {"job": other}), gaps)
    return None


def _too_full(problem: Problem, gaps: RouteGaps, job: Job, going_in: Sequence[Job]) -> Miss | None:
    """Loads and stops; loads as far as the job by itself is too much in every gap."""
    shift = gaps.shift
    for name, capacity in sorted(shift.capacity.items()):
        # A vehicle that may load once more is not full: something else keeps it from doing so.
        if may_reload(gaps) or not len(gaps.at) or not (job.load.get(name) or job.pickup.get(name)):
            continue
        before = gaps.aboard_before[name] + job.load.get(name, 0)
        after = gaps.aboard_after[name] + job.pickup.get(name, 0)
        over = min(max(int(a), int(b)) for a, b in zip(before, after, strict=True)) - capacity
        if over > 0:
            figures: Figures = {"dimension": name, "over": over, "capacity": capacity}
            return Miss(Reason("over_capacity", shift.id, figures), gaps, over)
    over = 0 if shift.max_stops is None else len(gaps.job_ids) + len(going_in) - shift.max_stops
    if over > 0:
        figures = {"over": over, "limit": shift.max_stops or 0}
        return Miss(Reason("too_many_stops", shift.id, figures), gaps)
    return None


def _time_miss(
    problem: Problem,
    weights: Weights,
    gaps: RouteGaps,
    job: Job,
    going_in: Sequence[Job],
    standing: Standing,
) -> Miss:
    shift = gaps.shift
    nearest = [(one, nearest_gap(problem, gaps, one)) for one in going_in]
    worst, gap = max(nearest, key=lambda two: (not two[1].has_road, two[1].shortfall_s))
    if not gap.has_road:
        return Miss(Reason("no_road", shift.id), gaps)
    if gap.shortfall_s > 0:
        off_s = gap.shortfall_s
        if gap.window_missed and worst.id == job.id:
            reason = Reason("after_window", shift.id, {"late_s": off_s})
        else:
            reason = Reason("makes_others_late", shift.id, {"off_min": minutes(off_s)})
        return Miss(reason, gaps, off_s, is_of_time=True)
    return _exact_miss(problem, weights, gaps, job, going_in, [g for _, g in nearest], standing)


def _exact_miss(
    problem: Problem,
    weights: Weights,
    gaps: RouteGaps,
    job: Job,
    going_in: Sequence[Job],
    nearest: Sequence[Gap],
    standing: Standing,
) -> Miss:
    """The arrays allow it: times it exactly in the places they allow, and takes the least broken rule."""
    shift = gaps.shift
    own = {one.id for one in going_in}
    found: list[tuple[tuple[int, bool, bool, int], Violation]] = []
    for position, form in nearest[0].fitting[:MOST_TRIED]:
        sequence = put(gaps.sequence, position, job.id, form)
        for one, gap in zip(going_in[1:], nearest[1:], strict=True):
            at = gap.fitting[0][0] if gap.fitting else len(sequence)
            pair = problem.pair_of.get(one.id)
            if pair is not None and one.id == pair.delivery and pair.pickup in sequence:
                at = max(at, sequence.index(pair.pickup) + 1)
            elif pair is not None and one.id == pair.pickup and pair.delivery in sequence:
                at = min(at, sequence.index(pair.delivery))
            sequence = put(sequence, at, one.id)
        broken = _broken(problem, weights, shift, sequence, standing)
        if broken:
            over = sum(_size(one) for one in broken)
            theirs = broken[0].job_id not in (None, *own)
            # Too much aboard with a reload, or a wrong order, say only that this was not the place to try.
            astray = broken[0].code in _ASTRAY or (form > 0 and broken[0].code == "over_capacity")
            found.append(((len(broken), astray, theirs, over), broken[0]))
    if not found:
        figures: Figures = {"job": job.id}
        return Miss(Reason("breaks_others_rule", shift.id, figures), gaps, is_of_time=True)
    _, first = min(found, key=lambda one: one[0])
    return Miss(_said_of(shift, first, own), gaps, _size(first), is_of_time=True)


_ASTRAY = {"pair_reversed", "pair_over_reload", "out_of_order", "begun_changed"}


def _broken(
    problem: Problem, weights: Weights, shift: Shift, sequence: Sequence[str], standing: Standing
) -> tuple[Violation, ...]:
    static = static_violations(problem, shift, halts_of(problem, sequence))
    if static:
        return tuple(static)
    return schedule(problem, shift.id, sequence, weights=weights).violations


def _size(violation: Violation) -> int:
    """By how much it is broken, in its unit; 0 where it has none."""
    figures = violation.figures
    return next((int(figures[name]) for name in _SIZES if name in figures), 0)


def _said_of(shift: Shift, violation: Violation, own: Collection[str]) -> Reason:
    """The violation as a reason of the job that goes in: rules of others are named as theirs."""
    other = violation.job_id
    if other is None or other in own:
        return _of(shift, violation)
    figures = {**violation.figures, "job": other}
    if violation.code == "ride_too_long":
        return Reason("others_ride_too_long", shift.id, figures)
    if violation.code == "after_window":
        off_min = minutes(int(violation.figures["late_s"]))
        return Reason("makes_others_late", shift.id, {"off_min": off_min})
    return Reason("breaks_others_rule", shift.id, {"job": other})


def minutes(seconds: int) -> int:
    """Whole minutes, rounded up."""
    return -(-seconds // 60)
