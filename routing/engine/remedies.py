"""What would make a job fit: the least change of one rule, one more shift, or the smallest set of rules found.

Everything that is proposed has been done (`changes`) and the job inserted into the plan with it; `proving` does both again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from routing.engine.candidates import NEVER_ENDS, companions_of, keeps_rules, look_at_clock
from routing.engine.changes import NEW_SHIFT, altered, changed
from routing.engine.fit import job_violations, ties_of
from routing.engine.gaps import Standing, route_gaps
from routing.engine.insert import sequence_with
from routing.engine.lifts import Lift, lifts_of, others_lifts
from routing.engine.problem import RELOAD, Job, Problem, Shift, Weights
from routing.engine.solution import Reason

MOST_IN_PLAN_S = 2 * 3600
"""Seconds up to which one change is looked for while one more shift may help: nobody extends a shift by more."""

Actions = tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One job that one route cannot take."""

    problem: Problem
    """As far as it concerns the job and the route."""
    weights: Weights
    job: Job
    shift: Shift
    sequence: tuple[str, ...]
    standing: Standing
    code: str = ""
    """The first rule that is in the way."""
    guess: int = 0
    """By how much, in its unit, as far as is known; where the search for an amount begins."""
    given: Actions = ()
    """Done in any case."""
    until: float = NEVER_ENDS
    """Moment of `time.monotonic` after which OutOfTime is raised."""
    _known: dict[object, tuple[str, ...] | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Answers of `sequence_with` by what is done."""

    def fits(self, actions: Iterable[Reason]) -> bool:
        """With these done the job has a place on this route."""
        return self.sequence_with(actions) is not None

    def sequence_with(self, actions: Iterable[Reason]) -> tuple[str, ...] | None:
        """The route's sequence with the job where it has a place with these done; each is worked out once."""
        actions = tuple(actions)
        key = tuple((one.code, *one.figures.items()) for one in actions)
        if key not in self._known:
            self._known[key] = self._sequence_with(actions)
        return self._known[key]

    def _sequence_with(self, actions: Actions) -> tuple[str, ...] | None:
        look_at_clock(self.until)
        other = changed(self.problem, self.job.id, (*self.given, *actions))
        job, shift = other.job_by_id[self.job.id], other.shift_by_id[self.shift.id]
        going_in = [job, *companions_of(other, job, self.standing)]
        if any(job_violations(shift, one) for one in going_in):
            return None
        gaps = route_gaps(other, shift, self.sequence, self.standing)
        return sequence_with(other, gaps, job, self.standing, self.weights, self.until)

    def holds(self, sequence: Sequence[str], actions: Iterable[Reason]) -> bool:
        """With these done this very sequence can be driven."""
        look_at_clock(self.until)
        other = changed(self.problem, self.job.id, (*self.given, *actions))
        shift = other.shift_by_id[self.shift.id]
        return keeps_rules(other, shift, sequence, self.weights, self.standing)

    @property
    def going_in(self) -> list[Job]:
        """The job and what goes in with it."""
        return [self.job, *companions_of(self.problem, self.job, self.standing)]

    @property
    def lifts(self) -> list[Lift]:
        """All that could be changed for it, what answers the broken rule first."""
        found = lifts_of(self.known, self.shift, self.sequence, self.going_in, self.standing)
        return self._answers_first(found)

    @property
    def others_lifts(self) -> list[Lift]:
        """What could be changed of the other stops of the route."""
        return self._answers_first(others_lifts(self.known, self.shift, self.sequence))

    @property
    def known(self) -> Problem:
        """The problem with what is given."""
        return changed(self.problem, self.job.id, self.given)

    def _answers_first(self, lifts: Iterable[Lift]) -> list[Lift]:
        first = ANSWERS.get(self.code, ())
        return sorted(
            lifts, key=lambda one: first.index(one.code) if one.code in first else len(first)
        )


def case_of(
    problem: Problem,
    weights: Weights,
    job: Job,
    shift: Shift,
    sequence: Sequence[str],
    standing: Standing,
) -> Case:
    """The case without the jobs that have nothing to do with it."""
    ties = ties_of(problem)
    ids = {job.id, *sequence, *shift.prefix}
    ids |= {one.id for one in companions_of(problem, job, standing)}
    for other in standing.sequences.values() if problem.precedences else ():
        if any(one in ties.before or one in ties.after for one in other):
            ids.update(other)
    jobs = tuple(problem.job_by_id[one] for one in ids if one != RELOAD)
    return Case(altered(problem, jobs=jobs), weights, job, shift, tuple(sequence), standing)


# One change


def single(case: Case, most_s: int | None) -> Actions | None:
    """The first single change that makes the job fit, by its least amount; None: none.

    most_s: up to which an amount of seconds is looked for; None: any, and nothing but those: the rest was tried before.
    """
    # What is missing, of whatever it may be, before much of one thing.
    caps = [case.guess, most_s] if case.guess and most_s is not None else [most_s]
    for number, cap in enumerate(caps):
        for group in _groups(case):
            lifts = [one for one in group if one.is_time or not (number or cap is None)]
            # Where all of these together make no room, none of them does.
            if len(lifts) > 1 and not case.fits([one.make(_most(one, cap)) for one in lifts]):
                continue
            for lift in lifts:
                found = least_of(case, lift, cap)
                if found is not None:
                    return (found,)
    return None


def _groups(case: Case) -> Iterator[list[Lift]]:
    """What answers the broken rule first, of the job before that of the other stops; then the others."""
    first = ANSWERS.get(case.code, ())
    for is_first in (True, False):
        for lifts in (case.lifts, case.others_lifts):
            yield [one for one in lifts if (one.code in first) == is_first]


def least_of(case: Case, lift: Lift, cap: int | None) -> Reason | None:
    """The least amount of this change that makes the job fit by itself, up to so many seconds."""
    most = _most(lift, cap)
    if most < 1 or not case.fits([lift.make(most)]):
        return None
    return lift.make(_least_amount(case, lambda amount: [lift.make(amount)], most))


def _most(lift: Lift, cap: int | None) -> int:
    return lift.most if cap is None or not lift.is_time else min(lift.most, cap)


def _least_amount(case: Case, make: Callable[[int], list[Reason]], most: int) -> int:
    """The least amount that works; `most` works.

    What the sequence that was found needs is cheap to find; whether another one needs less is asked once more.
    """
    sequence = case.sequence_with(make(most))
    if sequence is None:
        return most
    found = least(lambda amount: case.holds(sequence, make(amount)), case.guess, most)
    if not case.fits(make(found)):
        # It works and is not found: groups go in job by job. Then only what is found counts.
        return least(lambda amount: case.fits(make(amount)), case.guess, most)
    if found > 1 and case.fits(make(found - 1)):
        return least(lambda amount: case.fits(make(amount)), case.guess, found - 1)
    return found


def least(works: Callable[[int], bool], guess: int, most: int) -> int:
    """The least amount from 1 on that works, looked for around a guess, then by halving; `most` works."""
    low, high = 1, most
    for tried in (guess, guess - 1):
        if low <= tried < high:
            if works(tried):
                high = tried
            else:
                low = tried + 1
    while low < high:
        middle = (low + high) // 2
        if works(middle):
            high = middle
        else:
            low = middle + 1
    return high


# One more shift


def more_shifts(case: Case) -> Iterator[tuple[Case, Actions]]:
    """For each kind of shift there is: one more like it, with what the job needs of it besides."""
    going_in = case.going_in
    skills = frozenset[str]().union(*(one.skills for one in going_in))
    for like in distinct(case.problem.shifts):
        lacking = skills - like.skills
        figures: dict[str, int | str] = {"like": like.id}
        added = Reason("add_shift", like.id, figures)
        if lacking:
            figures = figures | {"skills": ", ".join(sorted(lacking))}
            added = Reason("add_shift_with_skill", like.id, figures)
        kinds = [one.vehicle_kinds for one in going_in if one.vehicle_kinds]
        allowed = frozenset(case.problem.matrices).intersection(*kinds)
        if not lacking and kinds and allowed and like.vehicle_kind not in allowed:
            kind = min(allowed)
            words = ", ".join(sorted(allowed))
            figures = {"like": like.id, "kind": kind, "allowed": words}
            added = Reason("add_shift_with_vehicle", like.id, figures)
        yield on_new_shift(case, added), (added,)


def on_new_shift(case: Case, added: Reason) -> Case:
    """The case on the shift that this action adds."""
    fresh = changed(case.problem, case.job.id, (added,)).shift_by_id[NEW_SHIFT]
    return replace(case, shift=fresh, sequence=(), given=(added,), code="", guess=0)


def distinct(shifts: Iterable[Shift]) -> Iterator[Shift]:
    """The first of each kind, as far as one more shift like it could serve other jobs; prices aside."""
    known: set[object] = set()
    for one in shifts:
        kind = (
            one.vehicle_kind, one.start_s, one.end_s, one.start_place, one.end_place, one.skills,
            tuple(sorted(one.capacity.items())), one.breaks, one.max_trips, one.reload_s, one.max_stops,
            one.max_duration_s, one.max_travel_s, one.max_distance_m, one.latest_start_s, one.overtime_s,
            one.speed_percent,
        )  # fmt: skip
        if kind not in known:
            known.add(kind)
            yield one


# Several changes


def smallest_set(cases: Iterable[Case]) -> Actions | None:
    """Of the sets of changes of which each is needed, found for these cases, the smallest, by the least amounts.

    None where in no case even all changes together help.
    """
    sets = [(case, kept) for case in cases if (kept := needed_lifts(case)) is not None]
    if not sets:
        return None
    case, kept = min(sets, key=lambda one: len(one[0].given) + len(one[1]))
    return (*case.given, *_by_least_amounts(case, kept))


def needed_lifts(case: Case) -> list[Lift] | None:
    """A set of changes of which each is needed; None where not even all together help."""
    lifts = [*case.lifts, *case.others_lifts]
    if not case.fits([one.at_most for one in lifts]):
        return None
    return _needed(case, lifts, lifts)


def _by_least_amounts(case: Case, kept: Sequence[Lift]) -> list[Reason]:
    """These changes, together, each by no more than is needed."""
    amounts = [one.most for one in kept]

    def actions() -> list[Reason]:
        return [one.make(amount) for one, amount in zip(kept, amounts, strict=True)]

    for number, one in enumerate(kept):
        if one.most == 1:
            continue

        def with_amount(amount: int, number: int = number) -> list[Reason]:
            amounts[number] = amount
            return actions()

        amounts[number] = _least_amount(case, with_amount, one.most)
    return actions()


def _needed(case: Case, kept: list[Lift], chunk: list[Lift]) -> list[Lift]:
    """What is left of `kept` when all of the chunk that can be spared is taken away, the last first."""
    rest = [one for one in kept if not any(one is other for other in chunk)]
    if case.fits([one.at_most for one in rest]):
        return rest
    if len(chunk) == 1:
        return kept
    half = len(chunk) // 2
    kept = _needed(case, kept, chunk[half:])
    return _needed(case, kept, chunk[:half])


ANSWERS: Mapping[str, tuple[str, ...]] = {
    "after_window": ("widen_window", "earlier_release", "open_break"),
    "makes_others_late": ("widen_window", "earlier_release", "extend_shift", "widen_window_of"),
    "after_shift_end": ("extend_shift",),
    "route_too_long": ("extend_shift",),
    "over_capacity": ("more_capacity", "more_trips"),
    "too_many_stops": ("more_stops",),
    "too_many_trips": ("more_trips",),
    "ride_too_long": ("longer_ride",),
    "others_ride_too_long": ("longer_ride_of",),
    "left_before_release": ("earlier_release", "widen_window", "leave_later"),
    "too_much_driving": ("more_driving",),
    "too_far_in_all": ("more_distance",),
    "break_not_taken": ("open_break",),
    "wrong_position": ("free_position", "free_position_of"),
    "shift_forbidden": ("allow_shift",),
    "pinned_elsewhere": ("unpin",),
    "vehicle_kind_not_allowed": ("allow_vehicle",),
    "no_road": ("fix_address",),
    "not_apart": ("ride_with",),
    "not_together": ("ride_without",),
    "too_soon_after": ("drop_order",),
    "too_late_for_others": ("drop_order",),
    "before_left_out": ("drop_order",),
}
"""Which changes answer which broken rule; the others are tried after them."""
