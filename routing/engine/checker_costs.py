"""The checker's account: every term of the costs worked out again from the plan's times, metres and jobs.

Part of `checker`; shares no code with the timing or the search.
"""

from collections.abc import Iterator
from dataclasses import fields

from routing.engine.problem import Job, Problem, Shift, Weights
from routing.engine.solution import Costs, Figures, PlannedRoute, PlannedStop, Solution, Violation


def check_costs(problem: Problem, solution: Solution, weights: Weights) -> Iterator[Violation]:
    """Every term that is not what the plan owes, route by route and for the whole."""
    total = dict.fromkeys((term.name for term in fields(Costs)), 0)
    for route in solution.routes:
        owed = _route_terms(problem, route, weights)
        for name, amount in owed.items():
            total[name] += amount
            if getattr(route.costs, name) != amount:
                yield Violation("costs_misstated", route.shift_id, None, {"term": name})
        yield from _misses_stated(problem, route, weights)
    total["unserved"] = sum(
        problem.penalty(problem.job_by_id[one.job_id], weights) for one in solution.unserved
    )
    total["balance"] = _balance(solution, weights)
    for name, amount in total.items():
        if getattr(solution.costs, name) != amount:
            yield Violation("costs_misstated", None, None, {"term": name})


def _route_terms(problem: Problem, route: PlannedRoute, weights: Weights) -> dict[str, int]:
    shift = problem.shift_by_id[route.shift_id]
    late, early = _lateness(problem, route, weights)
    return {
        "fixed": shift.fixed_cost + problem.vehicle_surcharge(weights),
        "time": shift.cost_per_s * (route.end_s - route.start_s),
        "distance": _price_per_m(shift, weights) * route.distance_m,
        "lateness": late,
        "earliness": early,
        "unserved": 0,
        "overtime": shift.overtime_cost_per_s * max(0, route.end_s - shift.end_s),
        "preference": _preference(problem, route),
        "change": _change(problem, route, weights),
        "balance": 0,
    }


def _price_per_m(shift: Shift, weights: Weights) -> int:
    """Micros: grams per km times micros per kg are 10^-6 micros per metre, rounded up to whole micros."""
    co2, rest = divmod(shift.co2_g_per_km * weights.co2_per_kg, 1_000_000)
    return shift.cost_per_m + co2 + (rest > 0)


def _preference(problem: Problem, route: PlannedRoute) -> int:
    jobs = (problem.job_by_id[stop.job_id] for stop in route.stops)
    return sum(job.shift_costs.get(route.shift_id, 0) for job in jobs)


def _change(problem: Problem, route: PlannedRoute, weights: Weights) -> int:
    """Published jobs that another shift serves, or that do not follow the job they followed."""
    cost, before = 0, None
    for stop in route.stops:
        published = problem.job_by_id[stop.job_id].published
        if published is not None:
            cost += weights.changed_shift * (published.shift_id != route.shift_id)
            cost += weights.changed_order * (published.after != before)
        before = stop.job_id
    return cost


def _balance(solution: Solution, weights: Weights) -> int:
    stops = max((len(route.stops) for route in solution.routes), default=0)
    # Who only drives home has no work to share.
    seconds = max((r.end_s - r.start_s for r in solution.routes if r.stops), default=0)
    return weights.longest_per_stop * stops + weights.longest_per_s * seconds


# Soft windows


def _misses(job: Job, start_s: int, weights: Weights) -> list[tuple[int, int, int]]:
    """(micros, seconds late, seconds early) by soft window."""
    found = []
    for window in job.soft_windows:
        late_rate, early_rate = window.late_cost_per_s, window.early_cost_per_s
        late_rate = weights.late_cost_per_s if late_rate is None else late_rate
        early_rate = weights.early_cost_per_s if early_rate is None else early_rate
        late_s, early_s = max(start_s - window.end_s, 0), max(window.start_s - start_s, 0)
        found.append((late_s * late_rate + early_s * early_rate, late_s, early_s))
    return found


def _miss(problem: Problem, stop: PlannedStop, weights: Weights) -> tuple[int, bool] | None:
    """(micros, is late) of the cheapest soft window; None when the stop states seconds of no cheapest one."""
    misses = _misses(problem.job_by_id[stop.job_id], stop.start_s, weights) or [(0, 0, 0)]
    least = min(cost for cost, _, _ in misses)
    if (least, stop.late_s, stop.early_s) not in misses:
        return None
    return least, stop.late_s > 0


def _lateness(problem: Problem, route: PlannedRoute, weights: Weights) -> tuple[int, int]:
    """(micros for being late, micros for being early)."""
    late = early = 0
    for stop in route.stops:
        cost, is_late = _miss(problem, stop, weights) or (0, True)
        late, early = (late + cost, early) if is_late else (late, early + cost)
    return late, early


def _misses_stated(problem: Problem, route: PlannedRoute, weights: Weights) -> Iterator[Violation]:
    for stop in route.stops:
        if _miss(problem, stop, weights) is None:
            figures: Figures = {"what": "late_s", "stated": stop.late_s - stop.early_s}
            yield Violation("times_misstated", route.shift_id, stop.job_id, figures)
