"""The checker works out again what a plan says of itself: times, loads, who is served, every term of the costs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from routing.engine.checker import check
from routing.engine.problem import Break, Problem, Published, SoftWindow, Weights
from routing.engine.solution import Costs, Solution, Unserved, Violation
from tests.routing.engine import by_hand
from tests.routing.engine.by_hand import day, free, hand, plan
from tests.routing.engine.world import job

WEIGHTS = Weights(
    co2_per_kg=1_001, changed_shift=11, changed_order=13, longest_per_stop=17, longest_per_s=2
)


def rich() -> tuple[Problem, Solution]:
    """A day with everything that has a figure: two trips, a break, set-up, service, loads, lateness and all costs."""
    of = day(
        job("a", 1, service_s=30, setup_s=10, load={"kg": 3}, soft_windows=(SoftWindow(0, 60, 2),), shift_costs={"van-1": 5}),
        job("b", 1, service_s=20, setup_s=10, pickup={"kg": 1}, published=Published("van-2", "a")),
        job("c", 2, service_s_by_kind={"van": 7}, load={"kg": 2}, published=Published("van-1", "a")),
        job("d", penalty=77),
        vans=(
            free(
                end_s=500, overtime_s=999, breaks=(Break(120, 120, 60),), max_trips=2, reload_s=15, start_load={"kg": 1},
                fixed_cost=100, cost_per_s=1, cost_per_m=3, overtime_cost_per_s=9, co2_g_per_km=2_000,
            ),
            free("van-2"),
        ),
    )  # fmt: skip
    # a: drives 0:60, sets up to 0:70, serves to 0:100. b: same door, no set-up, serves 100 to 120. Back at the hub:
    # leaves at 120, rests to 180, there at 240, loaded at 255. c: there at 375, set-up none, serves to 382, home at 502.
    # Late at a: 10 s x 2. Metres: 100 + 0 + 100 + 200 + 200 = 600 at 3 + 2,000 x 1,001 / 10^6 = 2.002, rounded up to 3.
    # b was to ride on van-2 (11), after a as it does. c was to follow a (13). 2 s of overtime x 9.
    costs = Costs(
        fixed=100,
        time=502,
        distance=600 * 6,
        lateness=20,
        preference=5,
        change=11 + 13,
        overtime=18,
    )
    noted = hand("abrc", rests=((2, 120, 60),), costs=costs)
    # Three stops x 17 and 502 s x 2.
    made = plan(of, WEIGHTS, balance=51 + 1004, van_1=noted)
    return of, by_hand.stop(made, 0, late_s=10)


def test_a_day_worked_out_by_hand_passes() -> None:
    of, solution = rich()
    assert check(of, solution, weights=WEIGHTS) == ()
    assert solution.costs.total == 100 + 502 + 3600 + 20 + 5 + 24 + 18 + 77 + 1055
    assert [dict(s.load) for s in solution.routes[0].stops] == [{"kg": 1}, {"kg": 2}, {"kg": 0}]


def first_reload(solution: Solution, **changes: Any) -> Solution:
    (reload,) = solution.routes[0].reloads
    return by_hand.route(solution, reloads=(replace(reload, **changes),))


def rested(solution: Solution, **changes: Any) -> Solution:
    (rest,) = solution.routes[0].breaks
    return by_hand.route(solution, breaks=(replace(rest, **changes),))


Spoil = Callable[[Solution], Solution]


def more_of_stop(name: str) -> Spoil:
    return lambda s: by_hand.stop(s, 0, **{name: getattr(s.routes[0].stops[0], name) + 1})


def more_of_reload(name: str) -> Spoil:
    return lambda s: first_reload(s, **{name: getattr(s.routes[0].reloads[0], name) + 1})


def more_of_route(name: str) -> Spoil:
    return lambda s: by_hand.route(s, **{name: getattr(s.routes[0], name) + 1})


OF_STOP = (
    "travel_s", "distance_m", "arrival_s", "wait_s", "start_s", "service_s", "departure_s", "setup_s", "late_s", "early_s",
)  # fmt: skip
OF_RELOAD = ("travel_s", "distance_m", "arrival_s")
OF_ROUTE = ("start_s", "end_s", "travel_s", "wait_s", "service_s", "distance_m")

MISSTATED: dict[str, tuple[Spoil, str]] = {
    **{f"{name} of a stop": (more_of_stop(name), "times_misstated") for name in OF_STOP},
    **{f"{name} of a reload": (more_of_reload(name), "times_misstated") for name in OF_RELOAD},
    **{f"{name} of a route": (more_of_route(name), "times_misstated") for name in OF_ROUTE},
    "loading in less time": (lambda s: first_reload(s, departure_s=254), "times_misstated"),
    "a reload elsewhere": (lambda s: first_reload(s, before=1), "times_misstated"),
    "a reload after the last stop it knows": (lambda s: first_reload(s, before=4), "times_misstated"),
    "a break elsewhere": (lambda s: rested(s, before=3), "times_misstated"),
    "a shorter break": (lambda s: rested(s, duration_s=59), "break_not_asked"),
    "a slack that is not there": (lambda s: by_hand.stop(s, 2, slack_s=10**6), "times_misstated"),
    "a slack below nothing": (lambda s: by_hand.stop(s, 2, slack_s=-1), "times_misstated"),
    "load at the start": (lambda s: by_hand.route(s, load={"kg": 3}), "load_misstated"),
    "load at a stop": (lambda s: by_hand.stop(s, 1, load={"kg": 1}), "load_misstated"),
    "load nobody carries": (lambda s: by_hand.stop(s, 1, load={"kg": 2, "l": 1}), "load_misstated"),
    "load of a second trip": (lambda s: first_reload(s, load={"kg": 3}), "load_misstated"),
    "a job vanishes": (lambda s: replace(s, unserved=()), "job_missing"),
    "a job is served and left out": (lambda s: replace(s, unserved=(*s.unserved, Unserved("a", ()))), "job_twice"),
    "a job nobody ordered": (lambda s: replace(s, unserved=(*s.unserved, Unserved("x", ()))), "unknown_job"),
    "a shift nobody has": (lambda s: by_hand.route(s, shift_id="x"), "unknown_shift"),
    "two routes for a shift": (lambda s: replace(s, routes=(*s.routes, replace(s.routes[0], stops=()))), "shift_twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSTATED)
def test_a_plan_that_misstates_itself_is_refused(name: str) -> None:
    of, solution = rich()
    spoil, code = MISSTATED[name]
    assert code in {violation.code for violation in check(of, spoil(solution), weights=WEIGHTS)}


TERMS = (
    "fixed", "time", "distance", "lateness", "earliness", "unserved", "overtime", "preference", "change", "balance",
)  # fmt: skip


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("more", [1, -1])
def test_each_term_of_the_costs_is_worked_out_again(term: str, more: int) -> None:
    of, solution = rich()
    costs = solution.costs
    spoilt = replace(solution, costs=replace(costs, **{term: getattr(costs, term) + more}))
    found = Violation("costs_misstated", None, None, {"term": term})
    assert check(of, spoilt, weights=WEIGHTS) == (found,)
    of_route = replace(costs, unserved=0, balance=0)
    spoilt = by_hand.route(
        solution, costs=replace(of_route, **{term: getattr(of_route, term) + more})
    )
    found = Violation("costs_misstated", "van-1", None, {"term": term})
    assert check(of, spoilt, weights=WEIGHTS) == (found,)


def test_every_term_of_the_costs_is_tried() -> None:
    assert set(TERMS) == set(Costs.__dataclass_fields__)


def test_costs_of_the_fewest_vehicles_are_in_the_fixed_costs() -> None:
    of = day(job("a"), vans=(free(fixed_cost=7),))
    weights = Weights(fewest_vehicles=True)
    # Dearer than any route: 7, and 10^6 on top.
    honest = plan(of, weights, van_1=hand("a", costs=Costs(fixed=7 + 7 + 10**6)))
    assert check(of, honest, weights=weights) == ()
    hidden = plan(of, weights, van_1=hand("a", costs=Costs(fixed=7)))
    assert {v.code for v in check(of, hidden, weights=weights)} == {"costs_misstated"}
