"""Validates a plan against its problem from first principles; shares no code with the model, the search or the timing.

Only the value types are common ground. Every published plan passes here first.
"""

from collections import Counter

from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Shift, Weights
from routing.engine.solution import Costs, PlannedRoute, Solution, Violation


def check(
    problem: Problem, solution: Solution, *, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Violation, ...]:
    """Every way in which the solution breaks the problem or misstates itself; empty when it may be published."""
    found = _check_jobs_once(problem, solution)
    used = Counter(route.shift_id for route in solution.routes)
    for shift_id, times in used.items():
        if shift_id not in problem.shift_by_id:
            found.append(Violation("unknown_shift", shift_id))
        elif times > 1:
            found.append(Violation("shift_twice", shift_id, None, {"times": times}))
    if found:
        return tuple(found)
    for route in solution.routes:
        found += _check_route(problem, route, weights)
    return tuple(found + _check_costs(problem, solution, weights))


def _check_jobs_once(problem: Problem, solution: Solution) -> list[Violation]:
    seen = Counter(stop.job_id for route in solution.routes for stop in route.stops)
    seen.update(left_out.job_id for left_out in solution.unserved)
    found = [Violation("job_missing", None, job.id) for job in problem.jobs if not seen[job.id]]
    known = {job.id for job in problem.jobs}
    for job_id, times in seen.items():
        if job_id not in known:
            found.append(Violation("unknown_job", None, job_id))
        elif times > 1:
            found.append(Violation("job_twice", None, job_id, {"times": times}))
    return found


def _check_route(problem: Problem, route: PlannedRoute, weights: Weights) -> list[Violation]:
    shift = problem.shift_by_id[route.shift_id]
    jobs = [problem.job_by_id[stop.job_id] for stop in route.stops]
    found: list[Violation] = []
    if not jobs:
        found.append(Violation("route_empty", shift.id))
    for job in jobs:
        found += _check_fit(shift, job)
    found += _check_loads(shift, jobs, route)
    found += _check_times(problem, shift, jobs, route)
    found += _check_lateness(jobs, route, weights)
    return found


def _check_fit(shift: Shift, job: Job) -> list[Violation]:
    found: list[Violation] = []
    if not job.skills <= shift.skills:
        missing = ", ".join(sorted(set(job.skills) - set(shift.skills)))
        found.append(Violation("skill_missing", shift.id, job.id, {"skills": missing}))
    if len(job.vehicle_kinds) > 0 and shift.vehicle_kind not in job.vehicle_kinds:
        found.append(
            Violation("vehicle_kind_not_allowed", shift.id, job.id, {"kind": shift.vehicle_kind})
        )
    if job.pinned_shift not in (None, shift.id):
        found.append(
            Violation("pinned_elsewhere", shift.id, job.id, {"shift": str(job.pinned_shift)})
        )
    return found


def _check_loads(shift: Shift, jobs: list[Job], route: PlannedRoute) -> list[Violation]:
    found: list[Violation] = []
    for name in {name for job in jobs for name in job.load} | set(shift.capacity):
        carried = sum(job.load[name] for job in jobs if name in job.load)
        if route.load.get(name, 0) != carried:
            found.append(Violation("load_misstated", shift.id, None, {"dimension": name}))
        if name in shift.capacity and carried > shift.capacity[name]:
            over = carried - shift.capacity[name]
            found.append(
                Violation("over_capacity", shift.id, None, {"dimension": name, "over": over})
            )
        for job, stop in zip(jobs, route.stops, strict=True):
            carried -= job.load.get(name, 0)
            if stop.load.get(name, 0) != carried:
                found.append(Violation("load_misstated", shift.id, job.id, {"dimension": name}))
    if shift.max_stops is not None and len(jobs) > shift.max_stops:
        found.append(
            Violation("too_many_stops", shift.id, None, {"over": len(jobs) - shift.max_stops})
        )
    return found


def _check_times(
    problem: Problem, shift: Shift, jobs: list[Job], route: PlannedRoute
) -> list[Violation]:
    found: list[Violation] = []
    m = problem.matrices[shift.vehicle_kind]
    latest_start = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    if not shift.start_s <= route.start_s <= latest_start:
        found.append(Violation("outside_shift_start", shift.id, None, {"start_s": route.start_s}))
    now, here, driven = route.start_s, shift.start_place, 0
    for job, stop in zip(jobs, route.stops, strict=True):
        seconds, metres = int(m.durations_s[here, job.place]), int(m.distances_m[here, job.place])
        if seconds < 0:
            found.append(Violation("no_road", shift.id, job.id))
        if (stop.travel_s, stop.distance_m, stop.arrival_s) != (seconds, metres, now + seconds):
            found.append(
                Violation("times_misstated", shift.id, job.id, {"arrival_s": stop.arrival_s})
            )
        if stop.wait_s < 0 or stop.start_s != stop.arrival_s + stop.wait_s:
            found.append(Violation("times_misstated", shift.id, job.id, {"start_s": stop.start_s}))
        service_s = job.service_s_by_kind.get(shift.vehicle_kind, job.service_s)
        if stop.service_s != service_s or stop.departure_s != stop.start_s + service_s:
            found.append(
                Violation("times_misstated", shift.id, job.id, {"departure_s": stop.departure_s})
            )
        if job.windows and not any(w.start_s <= stop.start_s <= w.end_s for w in job.windows):
            found.append(Violation("outside_window", shift.id, job.id, {"start_s": stop.start_s}))
        now, here, driven = stop.departure_s, job.place, driven + metres
    if shift.end_place is not None:
        if int(m.durations_s[here, shift.end_place]) < 0:
            found.append(Violation("no_road_back", shift.id))
        now += int(m.durations_s[here, shift.end_place])
        driven += int(m.distances_m[here, shift.end_place])
    if route.end_s != now or route.distance_m != driven:
        found.append(Violation("times_misstated", shift.id, None, {"end_s": route.end_s}))
    if now > shift.end_s:
        found.append(Violation("after_shift_end", shift.id, None, {"over_s": now - shift.end_s}))
    if shift.max_duration_s is not None and now - route.start_s > shift.max_duration_s:
        found.append(
            Violation(
                "route_too_long",
                shift.id,
                None,
                {"over_s": now - route.start_s - shift.max_duration_s},
            )
        )
    return found


def _lateness(job: Job, start_s: int, weights: Weights) -> tuple[int, int]:
    """Micros for (lateness, earliness) by the cheapest soft window."""
    options = []
    for window in job.soft_windows:
        late_rate = (
            window.late_cost_per_s
            if window.late_cost_per_s is not None
            else weights.late_cost_per_s
        )
        early_rate = (
            window.early_cost_per_s
            if window.early_cost_per_s is not None
            else weights.early_cost_per_s
        )
        late, early = (
            max(start_s - window.end_s, 0) * late_rate,
            max(window.start_s - start_s, 0) * early_rate,
        )
        options.append((late + early, late, early))
    return min(options)[1:] if options else (0, 0)


def _check_lateness(jobs: list[Job], route: PlannedRoute, weights: Weights) -> list[Violation]:
    owed = sum(
        sum(_lateness(job, stop.start_s, weights))
        for job, stop in zip(jobs, route.stops, strict=True)
    )
    if owed != route.costs.lateness + route.costs.earliness:
        return [Violation("costs_misstated", route.shift_id, None, {"term": "lateness"})]
    return []


def _check_costs(problem: Problem, solution: Solution, weights: Weights) -> list[Violation]:
    found: list[Violation] = []
    total = Costs()
    for route in solution.routes:
        shift = problem.shift_by_id[route.shift_id]
        owed = (
            shift.fixed_cost,
            shift.cost_per_s * (route.end_s - route.start_s),
            shift.cost_per_m * route.distance_m,
        )
        if owed != (route.costs.fixed, route.costs.time, route.costs.distance):
            found.append(Violation("costs_misstated", shift.id, None, {"term": "route"}))
        total += route.costs
    left_out = sum(problem.penalty(problem.job_by_id[u.job_id], weights) for u in solution.unserved)
    if solution.costs != total + Costs(unserved=left_out):
        found.append(Violation("costs_misstated", None, None, {"term": "total"}))
    return found
