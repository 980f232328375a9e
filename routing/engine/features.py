"""Names the rules that occur in a problem, so that a search that can't state one of them is known to leave it out.

A rule that can't matter (a weight of 0, a limit nobody set) does not occur. Where two rules that some solver states one
by one are harder together, the two together have a name of their own.
"""

from collections.abc import Iterable, Iterator

from routing.engine.problem import Job, Problem, Shift, Weights

FEATURES: frozenset[str] = frozenset(
    {
        # The stops
        "windows", "several_windows", "soft_windows", "setup", "release", "max_ride", "front", "position", "fit",
        "shift_costs", "optional", "loads", "pickups", "kind_service",
        # The stops and each other
        "pairs", "pair_ride", "pair_windows", "pair_release", "pair_and_load", "precedence", "together", "apart",
        # The plan in force
        "published_shift", "published_order", "published_order_over_trips", "prefix", "prefix_over_trips",
        # The shifts
        "open_end", "latest_start", "max_duration", "max_distance", "max_distance_and_prices", "max_travel",
        "max_stops", "max_stops_over_trips", "max_duration_over_trips", "max_stops_and_pairs", "breaks", "overtime", "trips", "trips_and_pairs",
        "start_load", "must_drive", "speed", "fleet",
        # The whole
        "periods", "balance", "fewest_vehicles", "unreachable",
    }
)  # fmt: skip
"""Every name that `features_of` may give."""


def features_of(problem: Problem, weights: Weights) -> frozenset[str]:
    """Tell which rules occur in this problem at these weights, by names out of FEATURES."""
    found = {name for job in problem.jobs for name in _of_job(job, weights)}
    found |= {name for shift in problem.shifts for name in _of_shift(shift)}
    found |= set(_of_company(problem)) | set(_of_whole(problem, weights))
    found |= set(_together(problem, found))
    return frozenset(found)


def _of_job(job: Job, weights: Weights) -> Iterator[str]:
    windows = [window for window in job.windows if window.end_s >= job.release_s]
    yield from _names(
        ("windows", bool(job.windows)),
        ("several_windows", len(windows) > 1),
        ("soft_windows", _has_soft_cost(job, weights)),
        ("setup", job.setup_s > 0),
        ("release", job.release_s > 0),
        ("max_ride", job.max_ride_s is not None),
        ("front", job.position == 0),
        ("position", job.position is not None and job.position > 0),
        ("optional", job.penalty is not None and not job.mandatory),
        ("loads", any(job.load.values())),
        ("pickups", any(job.pickup.values())),
        ("kind_service", any(s != job.service_s for s in job.service_s_by_kind.values())),
        ("shift_costs", any(job.shift_costs.values())),
        ("fit", bool(job.forbidden_shifts) or job.pinned_shift is not None),
        ("published_shift", job.published is not None and weights.changed_shift > 0),
        ("published_order", job.published is not None and weights.changed_order > 0),
    )


def _has_soft_cost(job: Job, weights: Weights) -> bool:
    return any(
        (weights.late_cost_per_s if one.late_cost_per_s is None else one.late_cost_per_s)
        or (weights.early_cost_per_s if one.early_cost_per_s is None else one.early_cost_per_s)
        for one in job.soft_windows
    )


def _of_shift(shift: Shift) -> Iterator[str]:
    trips = shift.max_trips > 1
    yield from _names(
        ("open_end", shift.end_place is None),
        ("latest_start", shift.latest_start_s is not None and shift.latest_start_s < shift.end_s),
        ("max_duration", shift.max_duration_s is not None),
        ("max_duration_over_trips", shift.max_duration_s is not None and trips),
        ("max_distance", shift.max_distance_m is not None),
        ("max_travel", shift.max_travel_s is not None),
        ("max_stops", shift.max_stops is not None),
        ("max_stops_over_trips", shift.max_stops is not None and trips),
        ("breaks", bool(shift.breaks)),
        ("overtime", shift.overtime_s > 0),
        ("trips", trips),
        ("start_load", any(shift.start_load.values())),
        # With a begun route it drives anyway.
        ("must_drive", shift.must_drive and not shift.prefix),
        ("speed", shift.speed_percent != 100),
        ("prefix", bool(shift.prefix)),
        ("prefix_over_trips", len(shift.prefix) > 1 and trips),
    )


def _of_company(problem: Problem) -> Iterator[str]:
    paired = [problem.job_by_id[job_id] for job_id in problem.pair_of]
    yield from _names(
        ("pairs", bool(problem.pairs)),
        ("pair_ride", any(pair.max_ride_s is not None for pair in problem.pairs)),
        ("pair_windows", any(len(job.windows) > 1 for job in paired)),
        ("pair_release", any(job.release_s for job in paired)),
        ("pair_and_load", any((*j.load.values(), *j.pickup.values()) != () for j in paired)),
        ("precedence", bool(problem.precedences)),
        ("together", any(len(group) > 1 for group in problem.together)),
        ("apart", any(len(group) > 1 for group in problem.apart)),
    )


def _of_whole(problem: Problem, weights: Weights) -> Iterator[str]:
    kinds = {shift.vehicle_kind for shift in problem.shifts}
    used = [problem.matrices[kind] for kind in sorted(kinds)]
    yield from _names(
        ("fit", any(job.skills or job.vehicle_kinds for job in problem.jobs)),
        ("fleet", len({(s.vehicle_kind, s.start_place, s.end_place) for s in problem.shifts}) > 1),
        ("periods", any(from_s > 0 for m in used for from_s, _ in m.by_period)),
        ("balance", weights.longest_per_stop > 0 or weights.longest_per_s > 0),
        ("fewest_vehicles", weights.fewest_vehicles),
        ("unreachable", any(bool((m.durations_s < 0).any()) for m in used)),
    )


def _together(problem: Problem, found: set[str]) -> Iterator[str]:
    prices = {"shift_costs", "published_shift", "published_order"}
    yield from _names(
        ("max_distance_and_prices", "max_distance" in found and bool(prices & found)),
        ("max_stops_and_pairs", {"max_stops", "pairs"} <= found),
        ("trips_and_pairs", {"trips", "pairs"} <= found),
        ("published_order_over_trips", {"published_order", "trips"} <= found),
    )


def _names(*facts: tuple[str, bool]) -> Iterable[str]:
    return (name for name, is_so in facts if is_so)
