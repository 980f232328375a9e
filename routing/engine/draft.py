"""The best plan so far: takes proposals over when they make it cheaper, mended where they break a rule."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from routing.engine.alone import is_possible
from routing.engine.fit import followers_of, tidy, ties_of
from routing.engine.insert import Place
from routing.engine.open_plan import OpenPlan, put_in_each
from routing.engine.problem import RELOAD, Job, Problem, Shift, Weights
from routing.engine.reasons import MOST_COMPARED, explain_all
from routing.engine.schedule import schedule
from routing.engine.solution import Costs, PlannedRoute, Unserved, Violation
from routing.engine.whole import linked_shifts, plan_costs, plan_violations, time_routes, time_some

Routes = dict[str, PlannedRoute]
Sequences = Mapping[str, Sequence[str]]

TIMED_PLACES = 3
"""Places timed exactly when a job left out is inserted; more find little and took half the time of 2,000 stops."""
MOST_MENDINGS = 30
"""Rounds of taking out jobs that break a rule between routes, before all that are tied to others go."""


@dataclass
class Draft:
    """A plan that keeps every rule, at every moment."""

    problem: Problem
    weights: Weights
    routes: Routes = field(default_factory=dict)
    ruled_out: set[str] = field(default_factory=set)
    """Jobs no shift could serve even alone."""
    open_jobs: list[Job] = field(default_factory=list)
    """Jobs worth searching for: neither ruled out nor nothing without one that is."""

    def __post_init__(self) -> None:
        problem = self.problem
        self.ruled_out = {job.id for job in problem.jobs if not is_possible(problem, job)}
        hopeless_ids = followers_of(problem, self.ruled_out)
        self.open_jobs = [job for job in problem.jobs if job.id not in hopeless_ids]
        self.penalties = {job.id: problem.penalty(job, self.weights) for job in problem.jobs}
        self._is_tied = bool(
            problem.pairs
            or problem.together
            or problem.precedences
            or any(shift.prefix or shift.must_drive for shift in problem.shifts)
        )
        # What is begun is driven whatever else is planned.
        self.routes = self._mended({shift.id: shift.prefix for shift in problem.shifts})

    @property
    def sequences(self) -> dict[str, tuple[str, ...]]:
        return {shift_id: route.sequence for shift_id, route in self.routes.items()}

    @property
    def served(self) -> set[str]:
        return {job_id for route in self.routes.values() for job_id in route.job_ids}

    @property
    def starts(self) -> dict[str, int]:
        """Start of service by job id."""
        return {s.job_id: s.start_s for route in self.routes.values() for s in route.stops}

    def left_out(self) -> list[Job]:
        """Jobs that could be served and are not."""
        served = self.served
        return [job for job in self.open_jobs if job.id not in served]

    def cost(self) -> int:
        """Micros of the plan."""
        return self.costs().total

    def costs(self) -> Costs:
        """The same by term."""
        served = self.served
        unserved = [job.id for job in self.problem.jobs if job.id not in served]
        return plan_costs(self.problem, self.routes.values(), unserved, self.weights)

    def take(
        self,
        found: Sequences,
        shifts: Collection[Shift] | None = None,
        until: float = float("inf"),
        *,
        inserts: bool = True,
    ) -> bool:
        """Put these routes in place of those of `shifts` (None: of all), where that makes the plan cheaper.

        What breaks a rule is taken out of them first, and what is left out is put in where it fits (`inserts`), as far as
        that is done by `until` (`time.monotonic`).
        """
        replaced = set(self.problem.shift_by_id) if shifts is None else {s.id for s in shifts}
        kept = {one: ids for one, ids in self.sequences.items() if one not in replaced}
        known = {job.id for job in self.open_jobs} - {
            one for ids in kept.values() for one in ids if one != RELOAD
        }
        candidate: dict[str, Sequence[str]] = dict(kept)
        for shift_id, ids in found.items():
            if shift_id in replaced:
                candidate[shift_id] = _once(ids, known)
        before = self.routes
        old = self.cost()
        self.routes = self._mended(candidate)
        if inserts:
            self.insert_left_out(until)
        if self.cost() < old:
            return True
        self.routes = before
        return False

    def insert_left_out(self, until: float = float("inf"), *, timed: int = TIMED_PLACES) -> None:
        """Put each job left out into its cheapest place where that makes the plan cheaper; `explain` looks once more and farther.

        timed: places timed exactly for each job.
        """
        self._put_in(until, timed, makes_room=False)

    def _put_in(
        self, until: float, timed: int, *, makes_room: bool = True
    ) -> dict[str, Place | None]:
        """The same; the cheapest place of each job that was tried and stays out."""
        left = sorted(self.left_out(), key=lambda job: (-self.penalties[job.id], job.id))
        if not left:
            return {}
        plan = OpenPlan.of(self.problem, self.weights, self.routes)
        _, stay_out = put_in_each(
            plan, left, self._taken, timed=timed, until=until, makes_room=makes_room
        )
        return stay_out

    def _taken(self, _: Mapping[str, PlannedRoute], place: Place, worth: int) -> Routes | None:
        """The plan with this place where it is cheaper."""
        before, old = self.routes, self.cost()
        self.routes = {**before, **place.routes}
        if self.cost() < old:
            return self.routes
        self.routes = before
        return None

    def explain(
        self, insert_until: float = float("inf"), until: float = float("inf")
    ) -> list[Unserved]:
        """Every job not served, with its reasons; what is worth its cost after all is put in first.

        insert_until, until: moments of `time.monotonic` at which putting in and looking for reasons stop.
        """
        tried: dict[str, Place | None] = {}
        before: Routes | None = None
        while self.routes is not before and time.monotonic() <= insert_until:
            before = self.routes
            tried = self._put_in(insert_until, MOST_COMPARED)
        if self.routes is not before:
            tried = {}  # Some went in after others had been tried.
        served = self.served
        left = [job for job in self.problem.jobs if job.id not in served]
        left.sort(key=lambda job: job.id)
        return explain_all(
            self.problem, self.weights, list(self.routes.values()), left, until, tried
        )

    # Mending

    def _mended(self, sequences: Sequences) -> Routes:
        """These routes timed, without the jobs that break a rule. Those that stay as they are keep their times."""
        routes: Routes = {}
        for shift in self.problem.shifts:
            ids = tuple(tidy(shift, sequences.get(shift.id, ())))
            known = self.routes.get(shift.id)
            if known is not None and known.sequence == ids:
                routes[shift.id] = known
            elif ids and (route := self._longest_feasible(shift.id, ids)) is not None:
                routes[shift.id] = route
        return self._mended_between(routes) if self._is_tied else routes

    def _longest_feasible(self, shift_id: str, ids: Sequence[str]) -> PlannedRoute | None:
        """The route of these jobs, without those that do not fit (an older plan's may not)."""
        timing = schedule(self.problem, shift_id, ids, weights=self.weights)
        if timing.is_feasible:
            return timing.route
        best: PlannedRoute | None = None
        kept: list[str] = []
        shift = self.problem.shift_by_id[shift_id]
        prefix = shift.prefix
        if prefix:
            # What is begun is taken as a whole or not at all, and nothing without it.
            begun = schedule(self.problem, shift_id, prefix, weights=self.weights)
            if not set(prefix) <= set(ids) or not begun.is_feasible:
                return None
            kept, best = list(prefix), begun.route
        for one in ids:
            if one in prefix:
                continue
            tried = [*kept, one]
            if one == RELOAD:
                kept = tried
                continue
            bound = self.problem.pair_of.get(one)
            if bound is not None and bound.delivery == one and bound.pickup not in kept:
                continue
            timing = schedule(self.problem, shift_id, tidy(shift, tried), weights=self.weights)
            if timing.is_feasible:
                kept = tried
                best = timing.route
        return best

    def _mended_between(self, routes: Routes) -> Routes:
        """The same for the rules between routes."""
        sequences: dict[str, Sequence[str]] = {one: r.sequence for one, r in routes.items()}
        shift_of = self.problem.shift_by_id
        for turn in range(MOST_MENDINGS):
            routes, violations = self._timed_together(sequences)
            # Nothing can be taken out to mend that a begun job is left out: where it can't be served, the rest still is.
            served = {job_id for route in routes.values() for job_id in route.job_ids}
            violations = [v for v in violations if v.code != "begun_changed" or v.job_id in served]
            if not violations:
                return routes
            out = self._to_blame(sequences, violations, turn)
            sequences = {
                shift_id: tidy(shift_of[shift_id], [one for one in ids if one not in out])
                for shift_id, ids in sequences.items()
            }
        timed, _ = time_routes(self.problem, {}, self.weights)
        return {route.shift_id: route for route in timed}

    def _timed_together(self, sequences: Sequences) -> tuple[Routes, list[Violation]]:
        """The plan of these sequences, in which what is new, and what orders between jobs link to it, is timed; all rules broken."""
        problem = self.problem
        driven = {
            shift.id: tuple(sequences.get(shift.id, ()))
            for shift in problem.shifts
            if sequences.get(shift.id) or shift.must_drive
        }
        kept = {
            one: route for one, route in self.routes.items() if driven.get(one) == route.sequence
        }
        new = {*driven, *self.routes} - set(kept)
        linked = linked_shifts(problem, [_homes(self.sequences), _homes(driven)], sorted(new))
        timed, violations = time_some(
            problem, {one: ids for one, ids in driven.items() if one in linked}, self.weights
        )
        every = {**kept, **{route.shift_id: route for route in timed}}
        routes = {one: every[one] for one in driven}
        return routes, violations + plan_violations(problem, routes.values())

    def _to_blame(
        self, sequences: Sequences, violations: Collection[Violation], turn: int
    ) -> Collection[str]:
        """Jobs to take out for these rules, and what is nothing without them; late in the mending all that are tied."""
        wrong = {one.job_id for one in violations if one.job_id is not None}
        for one in violations:
            if one.job_id is None and one.shift_id is not None:
                # Nobody in particular is to blame: the last of the route goes.
                wrong |= set([i for i in sequences.get(one.shift_id, ()) if i != RELOAD][-1:])
        if turn > MOST_MENDINGS // 2:
            ties = ties_of(self.problem)
            wrong |= {*ties.before, *ties.after, *ties.together}
        return followers_of(self.problem, wrong)


def _homes(sequences: Sequences) -> dict[str, str]:
    """The shift of each job."""
    return {one: shift_id for shift_id, ids in sequences.items() for one in ids}


def _once(ids: Sequence[str], known: set[str]) -> list[str]:
    """The reloads, and each known job where it first comes; it is known no longer then."""
    kept: list[str] = []
    for one in ids:
        if one == RELOAD or one in known:
            kept.append(one)
            known.discard(one)
    return kept
