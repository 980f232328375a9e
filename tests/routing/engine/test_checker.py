"""The checker passes plans that keep every rule and names exactly the rule that is broken, and by how much."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from routing.engine.checker import check
from routing.engine.problem import (
    UNREACHABLE,
    Break,
    Matrix,
    Pair,
    Precedence,
    Problem,
    Published,
    SoftWindow,
    TimeWindow,
    Weights,
)
from routing.engine.solution import Costs, Solution, Unserved, Violation
from tests.routing.engine import by_hand
from tests.routing.engine.by_hand import Hand, hand, plan
from tests.routing.engine.world import MINUTE, job, shift, street


def free(id: str = "van-1", **changes: Any) -> Any:
    """A van that costs nothing, so that only the rules speak."""
    return shift(id, **({"cost_per_m": 0} | changes))


def world(*jobs: Any, vans: tuple[Any, ...] = (), **links: Any) -> Problem:
    vans = vans or (free(),)
    return Problem(jobs, vans, links.pop("matrices", {"van": street()}), **links)


class Rule(NamedTuple):
    """Both sides of a rule: a plan that just keeps it and one that just does not."""

    of: Problem
    keeps: dict[str, Any]
    breaks: dict[str, Any]
    found: Violation


def one(
    of: Problem, keeps: Hand, breaks: Hand, code: str, job_id: str | None = None, **figures: Any
) -> Rule:
    """A rule of one route of van-1."""
    return Rule(of, {"van_1": keeps}, {"van_1": breaks}, Violation(code, "van-1", job_id, figures))


def no_road(a: int, b: int) -> dict[str, Matrix]:
    m = street()
    durations, distances = m.durations_s.copy(), m.distances_m.copy()
    durations[a, b] = distances[a, b] = UNREACHABLE
    return {"van": Matrix(durations, distances)}


TWO_VANS = (free(), free("van-2"))
LOADED = job("a", 1, load={"kg": 3}), job("b", 2, load={"kg": 3}), job("c", 3, pickup={"kg": 3})
NOON = (Break(300, 360, 120),)

# The street: place i is i minutes from the hub; one letter is one job, r a reload.
RULES: dict[str, Rule] = {
    "skills": one(
        world(job("a", skills=frozenset({"cold"})), job("b", skills=frozenset({"age"})), vans=(free(skills=frozenset({"age"})),)),
        hand("b"), hand("ba"), "skill_missing", "a", skills="cold",
    ),
    "vehicle kinds": one(
        world(job("a", vehicle_kinds=frozenset({"bicycle", "boat"})), job("b", vehicle_kinds=frozenset({"van"}))),
        hand("b"), hand("ba"), "vehicle_kind_not_allowed", "a", kind="van", allowed="bicycle, boat",
    ),
    "pin": Rule(
        world(job("a", pinned_shift="van-2"), vans=TWO_VANS),
        {"van_2": hand("a")}, {"van_1": hand("a")}, Violation("pinned_elsewhere", "van-1", "a", {"shift": "van-2"}),
    ),
    "forbidden shift": Rule(
        world(job("a", forbidden_shifts=frozenset({"van-1"})), vans=TWO_VANS),
        {"van_2": hand("a")}, {"van_1": hand("a")}, Violation("shift_forbidden", "van-1", "a"),
    ),
    "position": one(
        world(job("a", position=1), job("b")), hand("ba"), hand("ab"), "wrong_position", "a", position=2, at=1
    ),
    "stops": one(
        world(job("a"), job("b"), vans=(free(max_stops=1),)), hand("a"), hand("ab"), "too_many_stops", over=1, limit=1
    ),
    "trips": one(
        world(job("a"), job("b"), job("c"), vans=(free(max_trips=2),)),
        hand("arb"), hand("arbrc"), "too_many_trips", over=1, limit=2,
    ),
    "what is delivered": one(
        world(*LOADED, vans=(free(capacity={"kg": 5}),)), hand("a"), hand("ab"),
        "over_capacity", dimension="kg", over=1, capacity=5,
    ),
    "what is picked up": one(
        # a's 3 are gone when c's 3 come; before, they come on top.
        world(*LOADED, vans=(free(capacity={"kg": 5}),)), hand("ac"), hand("ca"),
        "over_capacity", dimension="kg", over=1, capacity=5,
    ),
    "what is aboard at first": one(
        world(*LOADED, vans=(free(capacity={"kg": 5}, start_load={"kg": 3}, max_trips=2),)), hand("ra"), hand("ar"),
        "over_capacity", dimension="kg", over=1, capacity=5,
    ),
    "a reload": one(
        world(*LOADED, vans=(free(capacity={"kg": 3}, max_trips=2),)), hand("arb"), hand("abr"),
        "over_capacity", dimension="kg", over=3, capacity=3,
    ),
    "what a pair has aboard": one(
        world(job("a"), job("b"), LOADED[2], pairs=(Pair("a", "b", {"kg": 4}),), vans=(free(capacity={"kg": 6}),)),
        hand("abc"), hand("acb"), "over_capacity", dimension="kg", over=1, capacity=6,
    ),
    "departure": one(
        world(job("a"), vans=(free(start_s=60, latest_start_s=90),)), hand("a", leaves=90), hand("a", leaves=91),
        "outside_shift_start", start_s=91,
    ),
    "departure before the shift": one(
        world(job("a"), vans=(free(start_s=60),)), hand("a", leaves=60), hand("a", leaves=59),
        "outside_shift_start", start_s=59,
    ),
    "windows": one(
        world(job("a", windows=(TimeWindow(0, 70), TimeWindow(90, 100)))),
        hand("a", at={"a": 90}), hand("a", at={"a": 89}), "outside_window", "a", start_s=89,
    ),
    "end of the shift": one(
        world(job("a"), vans=(free(end_s=120),)), hand("a"), hand("a", leaves=1), "after_shift_end", over_s=1
    ),
    "end of an open route": one(
        world(job("a", service_s=30), vans=(free(end_s=90, end_place=None),)), hand("a"), hand("a", leaves=1),
        "after_shift_end", over_s=1,
    ),
    "overtime": one(
        world(job("a"), vans=(free(end_s=100, overtime_s=20),)), hand("a"), hand("a", leaves=1),
        "after_shift_end", over_s=1,
    ),
    "duration": one(
        world(job("a"), vans=(free(max_duration_s=130),)), hand("a", at={"a": 70}), hand("a", at={"a": 71}),
        "route_too_long", over_s=1, limit_s=130,
    ),
    "driving": one(
        world(job("a"), job("b", 2), vans=(free(max_travel_s=239),)), hand("a"), hand("ab"),
        "too_much_driving", over_s=1, limit_s=239,
    ),
    "metres": one(
        world(job("a"), job("b", 2), vans=(free(max_distance_m=399),)), hand("a"), hand("ab"),
        "too_far_in_all", over_m=1, limit_m=399,
    ),
    "a road": one(
        world(job("a"), job("b", 2), matrices=no_road(2, 1)), hand("ab"), hand("ba"), "no_road", "a"
    ),
    "a road back": one(
        world(job("a"), job("b", 2), matrices=no_road(2, 0)), hand("ba"), hand("ab"), "no_road_back"
    ),
    "release": one(
        world(job("a", release_s=60)), hand("a", leaves=60), hand("a", leaves=59), "left_before_release", "a", over_s=1
    ),
    "release of a second trip": one(
        world(job("a"), job("b", release_s=200), vans=(free(max_trips=2),)),
        hand("arb", again=(200,)), hand("arb", again=(199,)), "left_before_release", "b", over_s=1,
    ),
    "ride": one(
        world(job("a", max_ride_s=70)), hand("a", at={"a": 70}), hand("a", at={"a": 71}),
        "ride_too_long", "a", over_s=1, limit_s=70,
    ),
    "ride of a second trip": one(
        # Back at 120; b, a minute away, starts at 180 or 70 seconds after 120.
        world(job("a"), job("b", max_ride_s=70), vans=(free(max_trips=2),)),
        hand("arb", at={"b": 190}), hand("arb", at={"b": 191}), "ride_too_long", "b", over_s=1, limit_s=70,
    ),
    "both ends of a pair": one(
        world(job("a"), job("b"), pairs=(Pair("a", "b"),)), hand("ab"), hand("a"), "pair_split", "a", job="b"
    ),
    "one shift for a pair": Rule(
        world(job("a"), job("b"), pairs=(Pair("a", "b"),), vans=TWO_VANS), {"van_1": hand("ab")},
        {"van_1": hand("a"), "van_2": hand("b")}, Violation("pair_split", "van-2", "b", {"job": "a"}),
    ),
    "the pickup first": one(
        world(job("a"), job("b"), pairs=(Pair("a", "b"),)), hand("ab"), hand("ba"), "pair_reversed", "b", job="a"
    ),
    "one trip for a pair": one(
        world(job("a"), job("b"), job("c"), pairs=(Pair("a", "b"),), vans=(free(max_trips=2),)),
        hand("crab"), hand("arbc"), "pair_over_reload", "b", job="a",
    ),
    "ride of a pair": one(
        # a is done at 60 + 30; b may start 10 seconds after that.
        world(job("a", service_s=30), job("b"), pairs=(Pair("a", "b", {}, 10),)),
        hand("ab", at={"b": 100}), hand("ab", at={"b": 101}), "ride_too_long", "b", over_s=1, limit_s=10,
    ),
    "order": one(
        world(job("a"), job("b"), precedences=(Precedence("a", "b"),)), hand("ab"), hand("ba"),
        "out_of_order", "b", job="a",
    ),
    "order with one left out": one(
        world(job("a"), job("b"), precedences=(Precedence("a", "b"),)), hand("a"), hand("b"),
        "before_left_out", "b", job="a",
    ),
    "offset": one(
        world(job("a"), job("b"), precedences=(Precedence("a", "b", 40),)),
        hand("ab", at={"b": 100}), hand("ab", at={"b": 99}), "too_soon_after", "b", job="a", over_s=1,
    ),
    "order of two routes": Rule(
        world(job("a"), job("b"), precedences=(Precedence("a", "b", 40),), vans=TWO_VANS),
        {"van_1": hand("a"), "van_2": hand("b", at={"b": 100})}, {"van_1": hand("a"), "van_2": hand("b", at={"b": 99})},
        Violation("too_soon_after", "van-2", "b", {"job": "a", "over_s": 1}),
    ),
    "together": Rule(
        world(job("a"), job("b"), together=(("a", "b"),), vans=TWO_VANS), {"van_2": hand("ab")},
        {"van_1": hand("a"), "van_2": hand("b")}, Violation("not_together", "van-2", "b", {"job": "a"}),
    ),
    "all or none": Rule(
        world(job("a"), job("b"), together=(("a", "b"),)), {}, {"van_1": hand("a")},
        Violation("not_together", "van-1", "b", {"job": "a"}),
    ),
    "apart": Rule(
        world(job("a"), job("b"), job("c"), apart=(("a", "b", "c"),), vans=TWO_VANS),
        {"van_1": hand("a"), "van_2": hand("c")}, {"van_1": hand("a"), "van_2": hand("bc")},
        Violation("not_apart", "van-2", "c", {"job": "b"}),
    ),
    "begun": one(
        world(job("a"), job("b"), job("c"), vans=(free(prefix=("a", "b")),)), hand("abc"), hand("acb"),
        "begun_changed", "b", job="b",
    ),
    "begun and left out": one(
        world(job("a"), job("c"), vans=(free(prefix=("a",)),)), hand("ac"), hand("c"), "begun_changed", "a", job="a"
    ),
    "begun by another": Rule(
        world(job("a"), vans=(free(), free("van-2", prefix=("a",)))), {"van_2": hand("a")}, {"van_1": hand("a")},
        Violation("begun_elsewhere", "van-1", "a", {"shift": "van-2"}),
    ),
    "on the road already": Rule(
        world(vans=(free(must_drive=True),)), {"van_1": hand()}, {}, Violation("route_missing", "van-1")
    ),
    "nothing to drive for": Rule(world(), {}, {"van_1": hand()}, Violation("route_empty", "van-1")),
    "a break": one(
        world(job("a", 4), vans=(free(breaks=NOON),)), hand("a", rests=((1, 300, 120),)), hand("a"), "break_not_taken"
    ),
    "the time of a break": one(
        world(job("a", 4), vans=(free(breaks=NOON),)),
        hand("a", rests=((1, 300, 120),)), hand("a", rests=((1, 299, 120),)), "break_not_asked", start_s=299,
    ),
    "the length of a break": one(
        world(job("a", 4), vans=(free(breaks=NOON),)),
        hand("a", rests=((1, 360, 120),)), hand("a", rests=((1, 360, 119),)), "break_not_asked", start_s=360,
    ),
    "a break before the departure": one(
        # 300 to 420, then it leaves; or a second too soon.
        world(job("a"), vans=(free(breaks=NOON),)), hand("a", leaves=420), hand("a", leaves=419), "break_not_taken"
    ),
    "a break after the end": one(
        # Back at 360, the last moment for the break; or a second later.
        world(job("a"), vans=(free(breaks=NOON),)), hand("a", at={"a": 300}), hand("a", at={"a": 301}), "break_not_taken"
    ),
    "each break once": one(
        world(job("a", 4), vans=(free(breaks=(*NOON, Break(300, 600, 120))),)),
        hand("a", rests=((1, 300, 120), (1, 420, 120))), hand("a", rests=((1, 300, 120),), at={}, leaves=1),
        "break_not_taken",
    ),
    "a break from another's time": one(
        # Both may start at 300; only the second at 420, so the first must be the one at 300.
        world(job("a", 4), vans=(free(breaks=(Break(300, 600, 120), *NOON)),)),
        hand("a", rests=((1, 300, 120), (1, 420, 120))), hand("a", rests=((1, 361, 120), (1, 500, 120))),
        "break_not_taken",
    ),
    "service is no break": one(
        world(job("a", 4, service_s=100), vans=(free(breaks=NOON),)), hand("a", rests=((1, 340, 120),)),
        hand("a", rests=((1, 339, 120),)), "break_in_service", start_s=339,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_plan_that_just_keeps_the_rule_passes(name: str) -> None:
    rule = RULES[name]
    assert check(rule.of, plan(rule.of, **rule.keeps)) == ()


@pytest.mark.parametrize("name", RULES)
def test_a_plan_that_just_breaks_the_rule_is_refused_for_it(name: str) -> None:
    rule = RULES[name]
    assert rule.found in check(rule.of, plan(rule.of, **rule.breaks))


@pytest.mark.parametrize("name", sorted(RULES.keys() - {"service is no break"}))
def test_nothing_else_is_found(name: str) -> None:
    rule = RULES[name]
    assert check(rule.of, plan(rule.of, **rule.breaks)) == (rule.found,)


# What a plan says of itself


def rich() -> tuple[Problem, Solution]:
    """A day with everything that has a figure: two trips, a break, set-up, service, loads, lateness and all costs."""
    of = world(
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
    weights = Weights(
        co2_per_kg=1_001, changed_shift=11, changed_order=13, longest_per_stop=17, longest_per_s=2
    )
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
    made = plan(of, weights, balance=51 + 1004, van_1=noted)
    return of, by_hand.stop(made, 0, late_s=10)


WEIGHTS = Weights(
    co2_per_kg=1_001, changed_shift=11, changed_order=13, longest_per_stop=17, longest_per_s=2
)


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
    of = world(job("a"), vans=(free(fixed_cost=7),))
    weights = Weights(fewest_vehicles=True)
    # Dearer than any route: 7, and 10^6 on top.
    honest = plan(of, weights, van_1=hand("a", costs=Costs(fixed=7 + 7 + 10**6)))
    assert check(of, honest, weights=weights) == ()
    hidden = plan(of, weights, van_1=hand("a", costs=Costs(fixed=7)))
    assert {v.code for v in check(of, hidden, weights=weights)} == {"costs_misstated"}


def test_of_several_soft_windows_the_cheapest_counts() -> None:
    # At 60 the first is 50 s late (500), the second 20 s early (20): the second counts.
    of = world(job("a", soft_windows=(SoftWindow(0, 10, 10), SoftWindow(80, 90, 10, 1))))
    cheap = by_hand.stop(plan(of, van_1=hand("a", costs=Costs(earliness=20))), 0, early_s=20)
    assert check(of, cheap) == ()
    dear = by_hand.stop(plan(of, van_1=hand("a", costs=Costs(lateness=500))), 0, late_s=50)
    assert {v.code for v in check(of, dear)} == {"times_misstated", "costs_misstated"}


def test_travel_takes_the_period_of_its_departure_and_the_speed_of_the_shift() -> None:
    m = street()
    traffic = Matrix(m.durations_s, m.distances_m, ((61, m.durations_s * 2), (500, m.durations_s)))
    for service_s, back_s in ((0, 60), (1, 120)):
        # There in 60 s; back after 60 at the old pace, after 61 at half of it.
        of = world(job("a", service_s=service_s), matrices={"van": traffic})
        plain = plan(of, van_1=hand("a"))
        end_s = 60 + service_s + back_s
        stated = by_hand.route(plain, end_s=end_s, travel_s=60 + back_s)
        assert check(of, stated) == ()
        if back_s == 120:
            assert {v.code for v in check(of, plain)} == {"times_misstated"}
    slow = world(job("a"), vans=(free(speed_percent=50),))
    made = plan(slow, van_1=hand("a"))
    assert made.routes[0].end_s == 240
    assert check(slow, made) == ()


def test_a_break_on_the_way_delays_the_arrival_and_one_at_the_door_does_not() -> None:
    # 4 minutes to a. Rest at 100: there at 360. Rest at 240, when it is there: arrival 240, service after 360.
    for start_s, arrival_s in ((100, 360), (239, 360), (240, 240)):
        of = world(job("a", 4), vans=(free(breaks=(Break(start_s, start_s, 120),)),))
        made = plan(of, van_1=hand("a", rests=((0, start_s, 120),)))
        assert (made.routes[0].stops[0].arrival_s, made.routes[0].stops[0].start_s) == (
            arrival_s,
            360,
        )
        assert check(of, made) == ()
        other = by_hand.stop(made, 0, arrival_s=600 - arrival_s)
        assert {v.code for v in check(of, other)} == {"times_misstated"}


def test_breaks_before_the_departure_are_taken_in_whatever_order_they_fit() -> None:
    # The second lasts to 40 s, then the first from 50 to 80; the other way round it would begin at 80.
    rests = (Break(50, 60, 30), Break(0, 70, 40))
    of = world(job("a", 1), vans=(free(breaks=rests),))
    assert check(of, plan(of, van_1=hand("a", leaves=80))) == ()
    too_early = check(of, plan(of, van_1=hand("a", leaves=79)))
    assert {v.code for v in too_early} == {"break_not_taken"}


def test_overlapping_breaks_are_found() -> None:
    of = world(job("a", 10), vans=(free(breaks=(Break(0, 100, 60), Break(0, 200, 60))),))
    good = plan(of, van_1=hand("a", rests=((0, 60, 60), (0, 120, 60))))
    assert check(of, good) == ()
    bad = plan(of, van_1=hand("a", rests=((0, 60, 60), (0, 119, 60))))
    assert "break_overlaps" in {v.code for v in check(of, bad)}


def test_a_van_that_only_drives_home_is_not_blamed_for_the_hour() -> None:
    # Place 5, half a minute of shift left: it comes home 270 s late whatever anybody plans.
    of = world(
        vans=(free(must_drive=True, start_place=5, end_s=30, max_duration_s=10, cost_per_s=1),)
    )
    assert check(of, plan(of, van_1=hand(costs=Costs(time=300)))) == ()
    unpaid = check(of, plan(of, van_1=hand()))
    assert {v.code for v in unpaid} == {"costs_misstated"}


@pytest.mark.parametrize(("slack_s", "holds"), [(40, True), (41, False)])
def test_slack_is_believed_up_to_the_last_moment(slack_s: int, holds: bool) -> None:
    # a at 60; b, 60 s on, opens at 150 and closes at 160: a may start at 100, not at 101.
    of = world(job("a"), job("b", 2, windows=(TimeWindow(150, 160),)))
    made = by_hand.stop(plan(of, van_1=hand("ab", at={"b": 150})), 0, slack_s=slack_s)
    assert (check(of, made) == ()) is holds


def test_numbers_of_the_street_are_what_the_rules_assume() -> None:
    m = street()
    assert np.array_equal(m.durations_s[0], np.arange(11) * MINUTE)
