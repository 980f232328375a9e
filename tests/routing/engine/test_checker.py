"""The checker finds every way in which a good plan is spoilt."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from routing.engine.checker import check
from routing.engine.problem import Problem, SoftWindow, TimeWindow
from routing.engine.solution import Costs, PlannedRoute, Solution, Unserved
from tests.routing.engine.world import HOUR, MINUTE, job, plan, problem, shift


def good() -> tuple[Problem, Solution]:
    of = problem(
        [
            job("a", 1, load={"weight_g": 3}, windows=(TimeWindow(0, HOUR),)),
            job("b", 3, service_s=MINUTE, soft_windows=(SoftWindow(0, MINUTE),)),
            job("c", 5),
        ],
        [shift(cost_per_s=2, capacity={"weight_g": 5}), shift("van-2", fixed_cost=7)],
    )
    return of, plan(of, {"van-1": ["a", "b"], "van-2": ["c"]})


def first_route(solution: Solution, **changes: Any) -> Solution:
    return replace(solution, routes=(replace(solution.routes[0], **changes), *solution.routes[1:]))


def first_stop(solution: Solution, **changes: Any) -> Solution:
    first, *rest = solution.routes[0].stops
    return first_route(solution, stops=(replace(first, **changes), *rest))


def drop_route(solution: Solution) -> Solution:
    return replace(solution, routes=solution.routes[1:])


def twice(solution: Solution) -> Solution:
    return replace(solution, unserved=(Unserved("a", ()),))


def swap_stops(solution: Solution) -> Solution:
    one, two = solution.routes[0].stops
    return first_route(solution, stops=(two, one))


def other_shift(solution: Solution) -> Solution:
    first: PlannedRoute = solution.routes[0]
    return replace(solution, routes=(first, replace(solution.routes[1], shift_id=first.shift_id)))


SPOILT: dict[str, tuple[Callable[[Solution], Solution], str]] = {
    "a job vanishes": (drop_route, "job_missing"),
    "a job is served and left out": (twice, "job_twice"),
    "a job nobody ordered": (lambda s: replace(s, unserved=(Unserved("x", ()),)), "unknown_job"),
    "a shift nobody has": (lambda s: first_route(s, shift_id="x"), "unknown_shift"),
    "two routes for a shift": (other_shift, "shift_twice"),
    "stops in another order": (swap_stops, "times_misstated"),
    "an arrival too early": (lambda s: first_stop(s, arrival_s=0), "times_misstated"),
    "a shorter way": (lambda s: first_stop(s, distance_m=1), "times_misstated"),
    "less service": (lambda s: first_stop(s, service_s=1), "times_misstated"),
    "a departure before the end of service": (lambda s: first_stop(s, departure_s=0), "times_misstated"),
    "an earlier end": (lambda s: first_route(s, end_s=1), "times_misstated"),
    "fewer metres": (lambda s: first_route(s, distance_m=1), "times_misstated"),
    "a start before the shift": (lambda s: first_route(s, start_s=-1), "outside_shift_start"),
    "a load too small": (lambda s: first_route(s, load={"weight_g": 1}), "load_misstated"),
    "a load that stays": (lambda s: first_stop(s, load={"weight_g": 3}), "load_misstated"),
    "no cost": (lambda s: first_route(s, costs=Costs()), "costs_misstated"),
    "another total": (lambda s: replace(s, costs=s.costs + Costs(fixed=1)), "costs_misstated"),
    "a route without stops": (
        lambda s: replace(
            s, routes=(replace(s.routes[0], stops=()), *s.routes[1:]), unserved=(Unserved("a", ()), Unserved("b", ()))
        ),
        "route_empty",
    ),
}  # fmt: skip


def test_a_good_plan_passes() -> None:
    assert check(*good()) == ()


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_plan_is_refused(name: str) -> None:
    of, solution = good()
    spoil, code = SPOILT[name]
    assert code in {violation.code for violation in check(of, spoil(solution))}


def test_hidden_lateness_is_found() -> None:
    of, solution = good()
    honest = solution.routes[0].costs
    assert honest.lateness > 0
    hidden = first_route(solution, costs=replace(honest, lateness=0))
    assert "costs_misstated" in {violation.code for violation in check(of, hidden)}
