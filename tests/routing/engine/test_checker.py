"""The checker passes plans that keep every rule and names exactly the rule that is broken, and by how much."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from routing.engine.checker import check
from routing.engine.problem import UNREACHABLE, Break, Matrix, Pair, Precedence, Problem, TimeWindow
from routing.engine.solution import Violation
from tests.routing.engine.by_hand import Hand, day, free, hand, plan
from tests.routing.engine.world import MINUTE, job, street


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
        day(job("a", skills=frozenset({"cold"})), job("b", skills=frozenset({"age"})), vans=(free(skills=frozenset({"age"})),)),
        hand("b"), hand("ba"), "skill_missing", "a", skills="cold",
    ),
    "vehicle kinds": one(
        day(job("a", vehicle_kinds=frozenset({"bicycle", "boat"})), job("b", vehicle_kinds=frozenset({"van"}))),
        hand("b"), hand("ba"), "vehicle_kind_not_allowed", "a", kind="van", allowed="bicycle, boat",
    ),
    "pin": Rule(
        day(job("a", pinned_shift="van-2"), vans=TWO_VANS),
        {"van_2": hand("a")}, {"van_1": hand("a")}, Violation("pinned_elsewhere", "van-1", "a", {"shift": "van-2"}),
    ),
    "forbidden shift": Rule(
        day(job("a", forbidden_shifts=frozenset({"van-1"})), vans=TWO_VANS),
        {"van_2": hand("a")}, {"van_1": hand("a")}, Violation("shift_forbidden", "van-1", "a"),
    ),
    "position": one(
        day(job("a", position=1), job("b")), hand("ba"), hand("ab"), "wrong_position", "a", position=2, at=1
    ),
    "stops": one(
        day(job("a"), job("b"), vans=(free(max_stops=1),)), hand("a"), hand("ab"), "too_many_stops", over=1, limit=1
    ),
    "trips": one(
        day(job("a"), job("b"), job("c"), vans=(free(max_trips=2),)),
        hand("arb"), hand("arbrc"), "too_many_trips", over=1, limit=2,
    ),
    "what is delivered": one(
        day(*LOADED, vans=(free(capacity={"kg": 5}),)), hand("a"), hand("ab"),
        "over_capacity", dimension="kg", over=1, capacity=5,
    ),
    "what is picked up": one(
        # a's 3 are gone when c's 3 come; before, they come on top.
        day(*LOADED, vans=(free(capacity={"kg": 5}),)), hand("ac"), hand("ca"),
        "over_capacity", dimension="kg", over=1, capacity=5,
    ),
    "what is aboard at first": one(
        day(*LOADED, vans=(free(capacity={"kg": 5}, start_load={"kg": 3}, max_trips=2),)), hand("ra"), hand("ar"),
        "over_capacity", dimension="kg", over=1, capacity=5,
    ),
    "a reload": one(
        day(*LOADED, vans=(free(capacity={"kg": 3}, max_trips=2),)), hand("arb"), hand("abr"),
        "over_capacity", dimension="kg", over=3, capacity=3,
    ),
    "what a pair has aboard": one(
        day(job("a"), job("b"), LOADED[2], pairs=(Pair("a", "b", {"kg": 4}),), vans=(free(capacity={"kg": 6}),)),
        hand("abc"), hand("acb"), "over_capacity", dimension="kg", over=1, capacity=6,
    ),
    "departure": one(
        day(job("a"), vans=(free(start_s=60, latest_start_s=90),)), hand("a", leaves=90), hand("a", leaves=91),
        "outside_shift_start", start_s=91,
    ),
    "departure before the shift": one(
        day(job("a"), vans=(free(start_s=60),)), hand("a", leaves=60), hand("a", leaves=59),
        "outside_shift_start", start_s=59,
    ),
    "windows": one(
        day(job("a", windows=(TimeWindow(0, 70), TimeWindow(90, 100)))),
        hand("a", at={"a": 90}), hand("a", at={"a": 89}), "outside_window", "a", start_s=89,
    ),
    "end of the shift": one(
        day(job("a"), vans=(free(end_s=120),)), hand("a"), hand("a", leaves=1), "after_shift_end", over_s=1
    ),
    "end of an open route": one(
        day(job("a", service_s=30), vans=(free(end_s=90, end_place=None),)), hand("a"), hand("a", leaves=1),
        "after_shift_end", over_s=1,
    ),
    "overtime": one(
        day(job("a"), vans=(free(end_s=100, overtime_s=20),)), hand("a"), hand("a", leaves=1),
        "after_shift_end", over_s=1,
    ),
    "duration": one(
        day(job("a"), vans=(free(max_duration_s=130),)), hand("a", at={"a": 70}), hand("a", at={"a": 71}),
        "route_too_long", over_s=1, limit_s=130,
    ),
    "driving": one(
        day(job("a"), job("b", 2), vans=(free(max_travel_s=239),)), hand("a"), hand("ab"),
        "too_much_driving", over_s=1, limit_s=239,
    ),
    "metres": one(
        day(job("a"), job("b", 2), vans=(free(max_distance_m=399),)), hand("a"), hand("ab"),
        "too_far_in_all", over_m=1, limit_m=399,
    ),
    "a road": one(
        day(job("a"), job("b", 2), matrices=no_road(2, 1)), hand("ab"), hand("ba"), "no_road", "a"
    ),
    "a road back": one(
        day(job("a"), job("b", 2), matrices=no_road(2, 0)), hand("ba"), hand("ab"), "no_road_back"
    ),
    "release": one(
        day(job("a", release_s=60)), hand("a", leaves=60), hand("a", leaves=59), "left_before_release", "a", over_s=1
    ),
    "release of a second trip": one(
        day(job("a"), job("b", release_s=200), vans=(free(max_trips=2),)),
        hand("arb", again=(200,)), hand("arb", again=(199,)), "left_before_release", "b", over_s=1,
    ),
    "ride": one(
        day(job("a", max_ride_s=70)), hand("a", at={"a": 70}), hand("a", at={"a": 71}),
        "ride_too_long", "a", over_s=1, limit_s=70,
    ),
    "ride of a second trip": one(
        # Back at 120; b, a minute away, starts at 180 or 70 seconds after 120.
        day(job("a"), job("b", max_ride_s=70), vans=(free(max_trips=2),)),
        hand("arb", at={"b": 190}), hand("arb", at={"b": 191}), "ride_too_long", "b", over_s=1, limit_s=70,
    ),
    "both ends of a pair": one(
        day(job("a"), job("b"), pairs=(Pair("a", "b"),)), hand("ab"), hand("a"), "pair_split", "a", job="b"
    ),
    "one shift for a pair": Rule(
        day(job("a"), job("b"), pairs=(Pair("a", "b"),), vans=TWO_VANS), {"van_1": hand("ab")},
        {"van_1": hand("a"), "van_2": hand("b")}, Violation("pair_split", "van-2", "b", {"job": "a"}),
    ),
    "the pickup first": one(
        day(job("a"), job("b"), pairs=(Pair("a", "b"),)), hand("ab"), hand("ba"), "pair_reversed", "b", job="a"
    ),
    "one trip for a pair": one(
        day(job("a"), job("b"), job("c"), pairs=(Pair("a", "b"),), vans=(free(max_trips=2),)),
        hand("crab"), hand("arbc"), "pair_over_reload", "b", job="a",
    ),
    "ride of a pair": one(
        # a is done at 60 + 30; b may start 10 seconds after that.
        day(job("a", service_s=30), job("b"), pairs=(Pair("a", "b", {}, 10),)),
        hand("ab", at={"b": 100}), hand("ab", at={"b": 101}), "ride_too_long", "b", over_s=1, limit_s=10,
    ),
    "order": one(
        day(job("a"), job("b"), precedences=(Precedence("a", "b"),)), hand("ab"), hand("ba"),
        "out_of_order", "b", job="a",
    ),
    "order with one left out": one(
        day(job("a"), job("b"), precedences=(Precedence("a", "b"),)), hand("a"), hand("b"),
        "before_left_out", "b", job="a",
    ),
    "offset": one(
        day(job("a"), job("b"), precedences=(Precedence("a", "b", 40),)),
        hand("ab", at={"b": 100}), hand("ab", at={"b": 99}), "too_soon_after", "b", job="a", over_s=1,
    ),
    "order of two routes": Rule(
        day(job("a"), job("b"), precedences=(Precedence("a", "b", 40),), vans=TWO_VANS),
        {"van_1": hand("a"), "van_2": hand("b", at={"b": 100})}, {"van_1": hand("a"), "van_2": hand("b", at={"b": 99})},
        Violation("too_soon_after", "van-2", "b", {"job": "a", "over_s": 1}),
    ),
    "together": Rule(
        day(job("a"), job("b"), together=(("a", "b"),), vans=TWO_VANS), {"van_2": hand("ab")},
        {"van_1": hand("a"), "van_2": hand("b")}, Violation("not_together", "van-2", "b", {"job": "a"}),
    ),
    "all or none": Rule(
        day(job("a"), job("b"), together=(("a", "b"),)), {}, {"van_1": hand("a")},
        Violation("not_together", "van-1", "b", {"job": "a"}),
    ),
    "apart": Rule(
        day(job("a"), job("b"), job("c"), apart=(("a", "b", "c"),), vans=TWO_VANS),
        {"van_1": hand("a"), "van_2": hand("c")}, {"van_1": hand("a"), "van_2": hand("bc")},
        Violation("not_apart", "van-2", "c", {"job": "b"}),
    ),
    "begun": one(
        day(job("a"), job("b"), job("c"), vans=(free(prefix=("a", "b")),)), hand("abc"), hand("acb"),
        "begun_changed", "b", job="b",
    ),
    "begun and left out": one(
        day(job("a"), job("c"), vans=(free(prefix=("a",)),)), hand("ac"), hand("c"), "begun_changed", "a", job="a"
    ),
    "begun by another": Rule(
        day(job("a"), vans=(free(), free("van-2", prefix=("a",)))), {"van_2": hand("a")}, {"van_1": hand("a")},
        Violation("begun_elsewhere", "van-1", "a", {"shift": "van-2"}),
    ),
    "on the road already": Rule(
        day(vans=(free(must_drive=True),)), {"van_1": hand()}, {}, Violation("route_missing", "van-1")
    ),
    "nothing to drive for": Rule(day(), {}, {"van_1": hand()}, Violation("route_empty", "van-1")),
    "a break": one(
        day(job("a", 4), vans=(free(breaks=NOON),)), hand("a", rests=((1, 300, 120),)), hand("a"), "break_not_taken"
    ),
    "the time of a break": one(
        day(job("a", 4), vans=(free(breaks=NOON),)),
        hand("a", rests=((1, 300, 120),)), hand("a", rests=((1, 299, 120),)), "break_not_asked", start_s=299,
    ),
    "the length of a break": one(
        day(job("a", 4), vans=(free(breaks=NOON),)),
        hand("a", rests=((1, 360, 120),)), hand("a", rests=((1, 360, 119),)), "break_not_asked", start_s=360,
    ),
    "a break before the departure": one(
        # 300 to 420, then it leaves; or a second too soon.
        day(job("a"), vans=(free(breaks=NOON),)), hand("a", leaves=420), hand("a", leaves=419), "break_not_taken"
    ),
    "a break after the end": one(
        # Back at 360, the last moment for the break; or a second later.
        day(job("a"), vans=(free(breaks=NOON),)), hand("a", at={"a": 300}), hand("a", at={"a": 301}), "break_not_taken"
    ),
    "each break once": one(
        day(job("a", 4), vans=(free(breaks=(*NOON, Break(300, 600, 120))),)),
        hand("a", rests=((1, 300, 120), (1, 420, 120))), hand("a", rests=((1, 300, 120),), at={}, leaves=1),
        "break_not_taken",
    ),
    "a break from another's time": one(
        # Both may start at 300; only the second at 420, so the first must be the one at 300.
        day(job("a", 4), vans=(free(breaks=(Break(300, 600, 120), *NOON)),)),
        hand("a", rests=((1, 300, 120), (1, 420, 120))), hand("a", rests=((1, 361, 120), (1, 500, 120))),
        "break_not_taken",
    ),
    "service is no break": one(
        day(job("a", 4, service_s=100), vans=(free(breaks=NOON),)), hand("a", rests=((1, 340, 120),)),
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


def test_numbers_of_the_street_are_what_the_rules_assume() -> None:
    m = street()
    assert np.array_equal(m.durations_s[0], np.arange(11) * MINUTE)
