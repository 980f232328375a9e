"""A whole plan: routes timed so that they wait for one another, the rules between routes, and what it all costs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from routing.engine.fit import halts_of
from routing.engine.piecewise import FOREVER
from routing.engine.problem import DEFAULT_WEIGHTS, RELOAD, Precedence, Problem, Weights
from routing.engine.schedule import Schedule, is_feasible_on, schedule
from routing.engine.solution import Costs, Figures, PlannedRoute, Violation

MOST_ROUNDS = 50
"""Times that routes are delayed for one another before it is given up."""

Sequences = Mapping[str, Sequence[str]]


def plan_violations(problem: Problem, routes: Collection[PlannedRoute]) -> list[Violation]:
    """Rules between jobs and between routes that this plan breaks; those of one route by itself are `schedule`'s."""
    shift_of = {stop.job_id: route.shift_id for route in routes for stop in route.stops}
    starts = {stop.job_id: stop.start_s for route in routes for stop in route.stops}
    found: list[Violation] = []
    for pair in problem.pairs:
        ends = (pair.pickup, pair.delivery)
        found += _split(ends, shift_of, "pair_split")
    for group in problem.together:
        found += _split(group, shift_of, "not_together")
    for rule in problem.precedences:
        found += _out_of_order(rule, shift_of, starts)
    for shift in problem.shifts:
        found += [
            Violation("begun_changed", shift.id, job_id, {"job": job_id})
            for job_id in shift.prefix
            if job_id not in shift_of
        ]
    return found


def _split(group: Sequence[str], shift_of: Mapping[str, str], code: str) -> list[Violation]:
    """All on one shift, or none at all."""
    served = [one for one in group if one in shift_of]
    if not served or (len(served) == len(group) and len({shift_of[one] for one in group}) == 1):
        return []
    home = shift_of[served[0]]
    other = next(one for one in group if shift_of.get(one) != home)
    return [Violation(code, home, served[0], {"job": other})]


def _out_of_order(
    rule: Precedence, shift_of: Mapping[str, str], starts: Mapping[str, int]
) -> list[Violation]:
    if rule.after not in starts:
        return []
    shift_id = shift_of[rule.after]
    if rule.before not in starts:
        return [Violation("before_left_out", shift_id, rule.after, {"job": rule.before})]
    over_s = starts[rule.before] + rule.offset_s - starts[rule.after]
    if over_s <= 0 or shift_of[rule.before] == shift_id:
        return []
    figures: Figures = {"over_s": over_s, "job": rule.before}
    return [Violation("too_soon_after", shift_id, rule.after, figures)]


def plan_costs(
    problem: Problem,
    routes: Collection[PlannedRoute],
    unserved_ids: Collection[str],
    weights: Weights = DEFAULT_WEIGHTS,
) -> Costs:
    """All costs of a plan: its routes, the jobs left out, and how uneven it is. Vehicles that must drive have a route."""
    costs = [route.costs for route in routes]
    names = (
        "fixed",
        "time",
        "distance",
        "lateness",
        "earliness",
        "overtime",
        "preference",
        "change",
    )
    sums = {name: sum(getattr(one, name) for one in costs) for name in names}
    unserved = sum(problem.penalty(problem.job_by_id[job_id], weights) for job_id in unserved_ids)
    return Costs(**sums, unserved=unserved, balance=balance_cost(routes, weights))


def balance_cost(routes: Collection[PlannedRoute], weights: Weights) -> int:
    """Micros for the route with most stops and for the longest one."""
    stops = max((len(route.stops) for route in routes), default=0)
    seconds = max((route.duration_s for route in routes if route.stops), default=0)
    return weights.longest_per_stop * stops + weights.longest_per_s * seconds


def time_routes(
    problem: Problem, sequences: Sequences, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[tuple[PlannedRoute, ...], list[Violation]]:
    """Time a whole plan, routes that wait for jobs of other routes included.

    Parameters
    ----------
    sequences
        Job ids in order, RELOAD between trips, by shift id; empty ones are left out.

    Returns
    -------
    (routes, violations)
        The routes in the order of the problem's shifts, an empty one for each vehicle that must drive and has no jobs;
        every rule they break, of routes and between them. Each route is as cheap as `schedule` makes it, except where
        routes wait for one another: then jobs that come second are delayed, or those that come first are hastened,
        whichever is cheaper of the ways tried. Neither the least cost nor, over several such orders in a row, finding
        times wherever there are some is claimed there; what has no violations keeps every rule.
    """
    driven = {
        shift.id: tuple(sequences.get(shift.id, ()))
        for shift in problem.shifts
        if any(one != RELOAD for one in sequences.get(shift.id, ())) or shift.must_drive
    }
    routes, violations = time_some(problem, driven, weights)
    return routes, violations + plan_violations(problem, routes)


def time_some(
    problem: Problem, sequences: Sequences, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[tuple[PlannedRoute, ...], list[Violation]]:
    """As `time_routes`, of some routes of a plan, as they come: with the orders between them, and the rules of each alone."""
    timings = _Plan(problem, sequences, weights).cheapest()
    violations = [one for timing in timings.values() for one in timing.violations]
    return tuple(timing.route for timing in timings.values()), violations


def time_linked(
    problem: Problem, sequences: Sequences, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[PlannedRoute, ...] | None:
    """Time some routes of a plan, with the orders between them, as they come; None when a rule of theirs can't be kept."""
    plan = _Plan(problem, sequences, weights)
    timings = plan.cheapest()
    if any(_excess(rule, timings) for rule in plan.between()):
        return None
    if not all(timing.is_feasible for timing in timings.values()):
        return None
    return tuple(timing.route for timing in timings.values())


def linked_shifts(
    problem: Problem, homes: Sequence[Mapping[str, str]], shift_ids: Sequence[str]
) -> list[str]:
    """These shifts, then all that orders between jobs link to them, directly or through others.

    homes: shift by job id, of each plan whose links count.
    """
    neighbours: dict[str, set[str]] = {}
    for rule in problem.precedences:
        jobs = (rule.before, rule.after)
        ends = {shift_of[one] for shift_of in homes for one in jobs if one in shift_of}
        for one in ends:
            neighbours.setdefault(one, set()).update(ends - {one})
    found, todo = list(shift_ids), list(shift_ids)
    while todo:
        for other in sorted(neighbours.get(todo.pop(), ())):
            if other not in found:
                found.append(other)
                todo.append(other)
    return found


Timings = dict[str, Schedule]


def _starts(timings: Timings) -> dict[str, int]:
    return {s.job_id: s.start_s for timing in timings.values() for s in timing.route.stops}


def _excess(rule: Precedence, timings: Timings) -> int:
    starts = _starts(timings)
    return max(0, starts[rule.before] + rule.offset_s - starts[rule.after])


@dataclass(frozen=True, slots=True)
class _Plan:
    """Sequences to be timed together."""

    problem: Problem
    sequences: Mapping[str, Sequence[str]]
    weights: Weights

    def timed(self, earliest: Mapping[str, int], latest: Mapping[str, int]) -> Timings:
        return {shift_id: self._route(shift_id, earliest, latest) for shift_id in self.sequences}

    def _route(
        self, shift_id: str, earliest: Mapping[str, int], latest: Mapping[str, int]
    ) -> Schedule:
        ids = self.sequences[shift_id]
        return schedule(
            self.problem, shift_id, ids, weights=self.weights,
            earliest={one: earliest[one] for one in ids if one in earliest},
            latest={one: latest[one] for one in ids if one in latest},
        )  # fmt: skip

    def between(self) -> list[Precedence]:
        """Orders of jobs that ride on different shifts."""
        if not self.problem.precedences:
            return []
        shift_of = {one: shift_id for shift_id, ids in self.sequences.items() for one in ids}
        return [
            rule
            for rule in self.problem.precedences
            if rule.before in shift_of
            and rule.after in shift_of
            and shift_of[rule.before] != shift_of[rule.after]
        ]

    def cheapest(self) -> Timings:
        """Each route by itself, or as they wait for one another."""
        first = self.timed({}, {})
        rules = self.between()
        if any(_excess(rule, first) for rule in rules):
            return self.in_order(rules, first)
        return first

    def in_order(self, rules: Sequence[Precedence], first: Timings) -> Timings:
        """The cheapest of the ways tried to keep these orders; `first` where none does."""
        starts = _starts(first)
        soon = self.soonest(rules, first)
        ways = [
            self.delayed(rules, first, {}),
            # What comes first is hastened to where what comes second may stay.
            self.delayed(rules, None, _caps(rules, starts, {})),
            # As far as the earliest times of all allow.
            self.delayed(rules, None, _caps(rules, starts, _starts(soon))),
            self.delayed(rules, soon, _starts(soon)),
        ]
        whole = [
            way
            for way in ways
            if all(timing.is_feasible for timing in way.values())
            and not any(_excess(rule, way) for rule in rules)
        ]
        return min(
            whole,
            key=lambda way: sum(timing.route.costs.total for timing in way.values()),
            default=first,
        )

    def delayed(
        self, rules: Sequence[Precedence], timings: Timings | None, latest: Mapping[str, int]
    ) -> Timings:
        """Delay what comes second until every order is kept or no route can wait longer."""
        earliest: dict[str, int] = {}
        firsts = {rule.before for rule in rules}
        latest = {job_id: cap for job_id, cap in latest.items() if job_id in firsts}
        timings = dict(timings or self.timed(earliest, latest))
        for _ in range(MOST_ROUNDS):
            starts = _starts(timings)
            late = [rule for rule in rules if _excess(rule, timings)]
            if not late or not all(timing.is_feasible for timing in timings.values()):
                break
            for rule in late:
                least = starts[rule.before] + rule.offset_s
                earliest[rule.after] = max(earliest.get(rule.after, 0), least)
                if rule.after in latest:
                    latest[rule.after] = max(latest[rule.after], least)
            changed = {rule.after for rule in late}
            for shift_id, ids in self.sequences.items():
                if changed & set(ids):
                    timings[shift_id] = self._route(shift_id, earliest, latest)
        return timings

    def soonest(self, rules: Sequence[Precedence], first: Timings) -> Timings:
        """Each route with what comes first in it as early as it can be, found by halving."""
        timings = dict(first)
        for rule in rules:
            shift_id = next(s for s, ids in self.sequences.items() if rule.before in ids)
            low, high = 0, _starts(timings)[rule.before]
            latest = {
                stop.job_id: stop.start_s
                for stop in timings[shift_id].route.stops
                if any(stop.job_id == one.before for one in rules)
            }
            while low < high:
                middle = (low + high) // 2
                if self._keeps_rules(shift_id, {**latest, rule.before: middle}):
                    high = middle
                else:
                    low = middle + 1
            timings[shift_id] = self._route(shift_id, {}, {**latest, rule.before: high})
        return timings

    def _keeps_rules(self, shift_id: str, latest: Mapping[str, int]) -> bool:
        """Whether the route can be driven with these latest starts; asked much faster than its times."""
        ids = self.sequences[shift_id]
        shift, halts = self.problem.shift_by_id[shift_id], halts_of(self.problem, ids)
        capped = {one: latest[one] for one in ids if one in latest}
        return is_feasible_on(self.problem, shift, halts, self.weights, {}, capped)


def _caps(
    rules: Sequence[Precedence], starts: Mapping[str, int], floors: Mapping[str, int]
) -> dict[str, int]:
    """Latest start of what comes first, such that what comes second may start where it does (or at its floor, if later)."""
    caps: dict[str, int] = {}
    for rule in rules:
        after = max(starts[rule.after], floors.get(rule.after, 0))
        caps[rule.before] = min(caps.get(rule.before, FOREVER), after - rule.offset_s)
    return caps
