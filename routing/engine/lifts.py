"""What could be changed for a job on a route: each rule that could be in the way, and how far it can be lifted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from routing.engine.fit import ties_of
from routing.engine.gaps import Standing
from routing.engine.problem import MAX_TIME_S, RELOAD, UNREACHABLE, Job, Problem, Shift
from routing.engine.solution import Figures, Reason

MOST_M = 10**9
"""Metres by which a route may become longer: no rule is left."""


@dataclass(frozen=True, slots=True)
class Lift:
    """One change, by an amount or altogether."""

    code: str
    """A key of `changes.CHANGES`."""
    shift_id: str
    figures: Figures = field(default_factory=dict)
    amount: str = ""
    """The figure that says how much; "": it is done or not."""
    most: int = 1
    """With so much of it the rule is in nobody's way."""

    def make(self, amount: int) -> Reason:
        """The action with this amount; seconds are told in minutes too, rounded up."""
        figures = dict(self.figures)
        if self.amount:
            figures[self.amount] = amount
        if self.amount == "by_s":
            figures["by_min"] = -(-amount // 60)
        return Reason(self.code, self.shift_id, figures)

    @property
    def at_most(self) -> Reason:
        return self.make(self.most)

    @property
    def is_time(self) -> bool:
        return self.amount == "by_s"


def _seconds(code: str, shift: Shift, figures: Mapping[str, int | str]) -> Lift:
    return Lift(code, shift.id, figures, "by_s", MAX_TIME_S)


def lifts_of(
    problem: Problem,
    shift: Shift,
    sequence: Sequence[str],
    going_in: Sequence[Job],
    standing: Standing,
) -> list[Lift]:
    """Of the jobs that go in, of the shift and of what binds them, the first the easiest to ask for."""
    job, *companions = going_in
    found = [*_of_job(problem, shift, job), *_of_shift(problem, shift, sequence, going_in)]
    for one in companions:
        found += _of_job(problem, shift, one, {"job": one.id})
    found += _of_access(problem, shift, job, {})
    for one in companions:
        found += _of_access(problem, shift, one, {"job": one.id})
    return [*found, *_of_ties(problem, shift, sequence, going_in, standing)]


def others_lifts(problem: Problem, shift: Shift, sequence: Sequence[str]) -> list[Lift]:
    """Rules of the stops that the route has already."""
    others = [problem.job_by_id[one] for one in sequence if one != RELOAD]
    return [lift for one in others for lift in _of_job(problem, shift, one, {"job": one.id})]


def _of_job(
    problem: Problem, shift: Shift, job: Job, whose: Mapping[str, int | str] | None = None
) -> Iterator[Lift]:
    """Its own rules of time and place. whose: names it where it is not the job left out."""
    end, figures = ("_of", whose) if whose else ("", {})
    if job.position is not None:
        yield Lift(f"free_position{end}", shift.id, figures)
    if job.windows:
        yield _seconds(f"widen_window{end}", shift, figures)
    pair = problem.pair_of.get(job.id)
    if job.max_ride_s is not None or (pair is not None and pair.max_ride_s is not None):
        yield _seconds(f"longer_ride{end}", shift, figures)
    if job.release_s:
        yield Lift(f"earlier_release{end}", shift.id, figures, "by_s", job.release_s)


def _of_access(
    problem: Problem, shift: Shift, job: Job, whose: Mapping[str, int | str]
) -> Iterator[Lift]:
    """Who may serve it, and whether a road leads there."""
    end = "_of" if whose else ""
    if shift.id in job.forbidden_shifts:
        yield Lift(f"allow_shift{end}", shift.id, {**whose, "shift": shift.id})
    if job.pinned_shift not in (None, shift.id):
        yield Lift(f"unpin{end}", shift.id, {**whose, "shift": str(job.pinned_shift)})
    if job.vehicle_kinds and shift.vehicle_kind not in job.vehicle_kinds:
        yield Lift(f"allow_vehicle{end}", shift.id, {**whose, "kind": shift.vehicle_kind})
    cells = problem.matrices[shift.vehicle_kind].durations_s
    if (cells[job.place] == UNREACHABLE).any() or (cells[:, job.place] == UNREACHABLE).any():
        yield Lift(f"fix_address{end}", shift.id, {**whose, "place": shift.start_place})
    begun_on = ties_of(problem).begun_on.get(job.id)
    if begun_on is not None:
        yield Lift(f"give_back{end}", shift.id, {**whose, "shift": begun_on})


def _of_shift(
    problem: Problem, shift: Shift, sequence: Sequence[str], going_in: Sequence[Job]
) -> Iterator[Lift]:
    """Its limits, and what it lacks."""
    figures: dict[str, int | str] = {"shift": shift.id}
    for name in sorted(shift.capacity):
        most = _all_aboard(problem, shift, sequence, going_in, name)
        if most > shift.capacity[name]:
            yield Lift("more_capacity", shift.id, {"dimension": name, **figures}, "over", most)
    stops = sum(1 for one in sequence if one != RELOAD)
    if shift.max_stops is not None and stops + len(going_in) > shift.max_stops:
        over = stops + len(going_in) - shift.max_stops
        yield Lift("more_stops", shift.id, figures, "over", over)
    trips = 1 + len(sequence) - stops
    if stops and trips >= shift.max_trips:
        yield Lift("more_trips", shift.id, {**figures, "over": 1})
    yield _seconds("extend_shift", shift, figures)
    if shift.max_travel_s is not None:
        yield _seconds("more_driving", shift, figures)
    if shift.max_distance_m is not None:
        yield Lift("more_distance", shift.id, figures, "over_m", MOST_M)
    if shift.start_s and not shift.must_drive:
        yield Lift("start_earlier", shift.id, figures, "by_s", shift.start_s)
    if shift.latest_start_s is not None:
        yield _seconds("leave_later", shift, figures)
    if shift.breaks:
        yield _seconds("open_break", shift, figures)
    lacking = frozenset[str]().union(*(one.skills for one in going_in)) - shift.skills
    if lacking:
        yield Lift("equip_shift", shift.id, {**figures, "skills": ", ".join(sorted(lacking))})


def _all_aboard(
    problem: Problem, shift: Shift, sequence: Sequence[str], going_in: Sequence[Job], name: str
) -> int:
    """All that the route and the jobs ever carry, at once: with so much room nothing is too much."""
    jobs = [*(problem.job_by_id[one] for one in sequence if one != RELOAD), *going_in]
    ids = {one.id for one in jobs}
    loads = [one.load.get(name, 0) + one.pickup.get(name, 0) for one in jobs]
    pairs = [one.load.get(name, 0) for one in problem.pairs if {one.pickup, one.delivery} & ids]
    return sum(loads) + sum(pairs) + shift.start_load.get(name, 0)


def _of_ties(
    problem: Problem,
    shift: Shift,
    sequence: Sequence[str],
    going_in: Sequence[Job],
    standing: Standing,
) -> Iterator[Lift]:
    """What binds the jobs that go in, and this route, to others."""
    job, *companions = going_in
    mine = {one.id for one in going_in}
    for other in dict.fromkeys(one for group in problem.apart if job.id in group for one in group):
        if other in sequence:
            yield Lift("ride_with", shift.id, {"job": other})
    for group in problem.together:
        if job.id in group:
            yield Lift("ride_without", shift.id, {"job": next(o for o in group if o != job.id)})
    here = {*sequence, *mine}
    for rule in problem.precedences:
        ends = (rule.before, rule.after)
        if job.id in ends:
            other = ends[ends[0] == job.id]
            yield Lift("drop_order", shift.id, {"job": other})
        elif here.intersection(ends):
            yield Lift("drop_order_of", shift.id, {"job": rule.before, "after": rule.after})
    for group in problem.together:
        if job.id not in group and mine.intersection(group):
            two = {"job": group[0], "other": group[1]}
            yield Lift("ride_without_of", shift.id, two)
    for one in companions:
        foes = ties_of(problem).apart.get(one.id, frozenset())
        for foe in sorted(foes & set(sequence)):
            yield Lift("ride_with_of", shift.id, {"job": one.id, "other": foe})
    for begun in shift.prefix:
        if begun not in standing.shift_of and begun not in mine:
            yield Lift("give_back_of", shift.id, {"job": begun, "shift": shift.id})
