"""Validates a plan against its problem from first principles; shares no code with the model, the search or the timing.

Only the value types of `problem` and `solution` are common ground, and the prices that a problem itself states
(`Problem.penalty`, `Problem.vehicle_surcharge`). Every published plan passes here first. One function per rule; broken
rules come before misstated figures.
"""

from collections import Counter
from collections.abc import Iterator

from routing.engine.checker_clock import check_clock
from routing.engine.checker_costs import check_costs
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Shift, Weights
from routing.engine.solution import Figures, PlannedRoute, PlannedStop, Solution, Violation


def check(
    problem: Problem, solution: Solution, *, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Violation, ...]:
    """Every way in which the solution breaks the problem or misstates itself; empty when it may be published."""
    found = [*_jobs_once(problem, solution), *_shifts_once(problem, solution)]
    if found:
        return tuple(found)
    for route in solution.routes:
        found += _check_route(problem, route)
    for rule in (_pairs, _precedences, _together, _apart, _begun, _under_way):
        found += rule(problem, solution)
    for route in solution.routes:
        found += _loads_stated(problem, route)
    return tuple(found) + tuple(check_costs(problem, solution, weights))


def _check_route(problem: Problem, route: PlannedRoute) -> Iterator[Violation]:
    shift = problem.shift_by_id[route.shift_id]
    for number, stop in enumerate(route.stops):
        job = problem.job_by_id[stop.job_id]
        for rule in (_skills, _vehicle_kind, _pinned, _forbidden):
            yield from rule(shift, job)
        yield from _position(shift, job, number)
    if route.stops:
        yield from _capacity(problem, shift, route)
    yield from _stop_count(shift, route)
    yield from _trip_count(shift, route)
    yield from check_clock(problem, shift, route)


# Who is there


def _jobs_once(problem: Problem, solution: Solution) -> Iterator[Violation]:
    seen = Counter(stop.job_id for route in solution.routes for stop in route.stops)
    seen.update(left_out.job_id for left_out in solution.unserved)
    for job in problem.jobs:
        if not seen[job.id]:
            yield Violation("job_missing", None, job.id)
    known = {job.id for job in problem.jobs}
    for job_id, times in seen.items():
        if job_id not in known:
            yield Violation("unknown_job", None, job_id)
        elif times > 1:
            yield Violation("job_twice", None, job_id, {"times": times})


def _shifts_once(problem: Problem, solution: Solution) -> Iterator[Violation]:
    known = {shift.id for shift in problem.shifts}
    for shift_id, times in Counter(route.shift_id for route in solution.routes).items():
        if shift_id not in known:
            yield Violation("unknown_shift", shift_id)
        elif times > 1:
            yield Violation("shift_twice", shift_id, None, {"times": times})


def _under_way(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """A route without stops is driven only by a vehicle that is on the road already, and that one always has a route."""
    driven = {route.shift_id: route for route in solution.routes}
    for shift in problem.shifts:
        if shift.must_drive and shift.id not in driven:
            yield Violation("route_missing", shift.id)
        if not shift.must_drive and shift.id in driven and not driven[shift.id].stops:
            yield Violation("route_empty", shift.id)


# Who may ride with whom


def _skills(shift: Shift, job: Job) -> Iterator[Violation]:
    missing = [skill for skill in job.skills if skill not in shift.skills]
    if missing:
        yield Violation("skill_missing", shift.id, job.id, {"skills": ", ".join(sorted(missing))})


def _vehicle_kind(shift: Shift, job: Job) -> Iterator[Violation]:
    if job.vehicle_kinds and shift.vehicle_kind not in job.vehicle_kinds:
        allowed = ", ".join(sorted(job.vehicle_kinds))
        figures = {"kind": shift.vehicle_kind, "allowed": allowed}
        yield Violation("vehicle_kind_not_allowed", shift.id, job.id, figures)


def _pinned(shift: Shift, job: Job) -> Iterator[Violation]:
    if job.pinned_shift is not None and job.pinned_shift != shift.id:
        yield Violation("pinned_elsewhere", shift.id, job.id, {"shift": job.pinned_shift})


def _forbidden(shift: Shift, job: Job) -> Iterator[Violation]:
    if shift.id in job.forbidden_shifts:
        yield Violation("shift_forbidden", shift.id, job.id)


def _position(shift: Shift, job: Job, number: int) -> Iterator[Violation]:
    if job.position is not None and job.position != number:
        figures = {"position": job.position + 1, "at": number + 1}
        yield Violation("wrong_position", shift.id, job.id, figures)


def _stop_count(shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    if shift.max_stops is not None and len(route.stops) > shift.max_stops:
        figures = {"over": len(route.stops) - shift.max_stops, "limit": shift.max_stops}
        yield Violation("too_many_stops", shift.id, None, figures)


def _trip_count(shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    over = 1 + len(route.reloads) - shift.max_trips
    if over > 0:
        yield Violation("too_many_trips", shift.id, None, {"over": over, "limit": shift.max_trips})


def _begun(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """What a shift has begun comes first on its route, all of it in its order, and on no other route."""
    begun_on = {job_id: shift.id for shift in problem.shifts for job_id in shift.prefix}
    for route in solution.routes:
        for stop in route.stops:
            if begun_on.get(stop.job_id, route.shift_id) != route.shift_id:
                figures = {"shift": begun_on[stop.job_id]}
                yield Violation("begun_elsewhere", route.shift_id, stop.job_id, figures)
        prefix = problem.shift_by_id[route.shift_id].prefix
        for number, job_id in enumerate(prefix if route.stops else ()):
            if number >= len(route.stops) or route.stops[number].job_id != job_id:
                yield Violation("begun_changed", route.shift_id, job_id, {"job": job_id})
                break


# Jobs bound to each other


def _stops_by_job(solution: Solution) -> dict[str, tuple[str, int, PlannedStop]]:
    """Shift, number on the route and stop of each job served."""
    return {
        stop.job_id: (route.shift_id, number, stop)
        for route in solution.routes
        for number, stop in enumerate(route.stops)
    }


def _pairs(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Both or neither, on one shift and one trip, the pickup first, not too long on the way."""
    served = _stops_by_job(solution)
    reloads = {route.shift_id: [r.before for r in route.reloads] for route in solution.routes}
    for pair in problem.pairs:
        pickup, delivery = served.get(pair.pickup), served.get(pair.delivery)
        if pickup is None or delivery is None:
            for at, job_id, other in (
                (pickup, pair.pickup, pair.delivery),
                (delivery, pair.delivery, pair.pickup),
            ):
                if at is not None:
                    yield Violation("pair_split", at[0], job_id, {"job": other})
            continue
        shift_id, number, stop = delivery
        if pickup[0] != shift_id:
            yield Violation("pair_split", shift_id, pair.delivery, {"job": pair.pickup})
        elif pickup[1] > number:
            yield Violation("pair_reversed", shift_id, pair.delivery, {"job": pair.pickup})
        elif any(pickup[1] < before <= number for before in reloads[shift_id]):
            yield Violation("pair_over_reload", shift_id, pair.delivery, {"job": pair.pickup})
        elif pair.max_ride_s is not None:
            over_s = stop.start_s - pickup[2].departure_s - pair.max_ride_s
            if over_s > 0:
                figures = {"over_s": over_s, "limit_s": pair.max_ride_s}
                yield Violation("ride_too_long", shift_id, pair.delivery, figures)


def _precedences(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """`after` only when `before` is served, after it on the same route, and late enough on whatever route."""
    served = _stops_by_job(solution)
    for rule in problem.precedences:
        if rule.after not in served:
            continue
        shift_id, number, stop = served[rule.after]
        if rule.before not in served:
            yield Violation("before_left_out", shift_id, rule.after, {"job": rule.before})
            continue
        other_shift, other_number, other = served[rule.before]
        over_s = other.start_s + rule.offset_s - stop.start_s
        if other_shift == shift_id and other_number > number:
            yield Violation("out_of_order", shift_id, rule.after, {"job": rule.before})
        elif over_s > 0:
            figures: Figures = {"job": rule.before, "over_s": over_s}
            yield Violation("too_soon_after", shift_id, rule.after, figures)


def _together(problem: Problem, solution: Solution) -> Iterator[Violation]:
    served = _stops_by_job(solution)
    for group in problem.together:
        shifts = [served[job_id][0] if job_id in served else None for job_id in group]
        for job_id, shift_id in zip(group, shifts, strict=True):
            if shift_id != shifts[0]:
                where = shift_id or shifts[0]
                yield Violation("not_together", where, job_id, {"job": group[0]})


def _apart(problem: Problem, solution: Solution) -> Iterator[Violation]:
    served = _stops_by_job(solution)
    for group in problem.apart:
        first_on: dict[str, str] = {}
        for job_id in group:
            if job_id not in served:
                continue
            shift_id = served[job_id][0]
            if shift_id in first_on:
                yield Violation("not_apart", shift_id, job_id, {"job": first_on[shift_id]})
            first_on.setdefault(shift_id, job_id)


# What is aboard


def _aboard(problem: Problem, shift: Shift, route: PlannedRoute, name: str) -> list[list[int]]:
    """Amounts of one dimension by trip: at its start, then on departure from each of its stops."""
    ends = [*(reload.before for reload in route.reloads), len(route.stops)]
    begin, trips = 0, []
    for number, end in enumerate(ends):
        jobs = [problem.job_by_id[stop.job_id] for stop in route.stops[begin:end]]
        amount = sum(job.load.get(name, 0) for job in jobs)
        if number == 0:
            amount += shift.start_load.get(name, 0)
        amounts = [amount]
        for job in jobs:
            amount += job.pickup.get(name, 0) - job.load.get(name, 0)
            for pair in problem.pairs:
                if job.id == pair.pickup:
                    amount += pair.load.get(name, 0)
                if job.id == pair.delivery:
                    amount -= pair.load.get(name, 0)
            amounts.append(amount)
        trips.append(amounts)
        begin = end
    return trips


def _dimensions(problem: Problem, shift: Shift, route: PlannedRoute) -> list[str]:
    names = set(shift.capacity) | set(shift.start_load)
    for stop in route.stops:
        job = problem.job_by_id[stop.job_id]
        names |= set(job.load) | set(job.pickup) | set(stop.load)
    for pair in problem.pairs:
        names |= set(pair.load)
    return sorted(names | set(route.load))


def _capacity(problem: Problem, shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    """No dimension over its limit at any moment of any trip."""
    for name, limit in sorted(shift.capacity.items()):
        most = max(max(amounts) for amounts in _aboard(problem, shift, route, name))
        if most > limit:
            figures: Figures = {"dimension": name, "over": most - limit, "capacity": limit}
            yield Violation("over_capacity", shift.id, None, figures)


def _loads_stated(problem: Problem, route: PlannedRoute) -> Iterator[Violation]:
    """The stated loads are what the jobs weigh."""
    shift = problem.shift_by_id[route.shift_id]
    for name in _dimensions(problem, shift, route):
        starts = [route.load, *(reload.load for reload in route.reloads)]
        trips = _aboard(problem, shift, route, name)
        for load, amounts in zip(starts, trips, strict=True):
            if load.get(name, 0) != amounts[0]:
                yield Violation("load_misstated", shift.id, None, {"dimension": name})
        after = [amount for amounts in trips for amount in amounts[1:]]
        for stop, amount in zip(route.stops, after, strict=True):
            if stop.load.get(name, 0) != amount:
                yield Violation("load_misstated", shift.id, stop.job_id, {"dimension": name})
