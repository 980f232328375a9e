"""Plans of several routes: rules between them, and their costs."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.checker import check
from routing.engine.problem import Pair, Precedence, Problem, TimeWindow, Weights
from routing.engine.schedule import schedule
from routing.engine.solution import Solution, Violation
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.test_chain import breaks, road, windows
from tests.routing.engine.world import HOUR, MINUTE, job, shift, street


def world(jobs: list[Any], vans: list[Any] | None = None, **rules: Any) -> Problem:
    return Problem(tuple(jobs), tuple(vans or [shift("v"), shift("w")]), {"van": street()}, **rules)


def codes(found: list[Violation]) -> list[str]:
    return [one.code for one in found]


def test_what_comes_second_waits_for_another_route() -> None:
    jobs = [job("a", 5, windows=(TimeWindow(HOUR, HOUR),)), job("b", 1)]
    of = world(jobs, precedences=(Precedence("a", "b", 10 * MINUTE),))
    routes, found = time_routes(of, {"v": ["a"], "w": ["b"]})
    assert found == []
    assert routes[1].stops[0].start_s == HOUR + 10 * MINUTE


def test_what_comes_first_is_hastened_where_the_second_cannot_wait() -> None:
    # a could be served all day and b until 0:10 only; a is a minute from the hub.
    vans = [shift("v", start_s=0, cost_per_s=1), shift("w")]
    jobs = [job("a", 1), job("b", 2, windows=(TimeWindow(0, 10 * MINUTE),))]
    of = world(jobs, vans, precedences=(Precedence("a", "b", 9 * MINUTE),))
    routes, found = time_routes(of, {"v": ["a"], "w": ["b"]})
    assert found == []
    assert routes[1].stops[0].start_s >= routes[0].stops[0].start_s + 9 * MINUTE
    too_long = world(jobs, vans, precedences=(Precedence("a", "b", 9 * MINUTE + 1),))
    assert codes(time_routes(too_long, {"v": ["a"], "w": ["b"]})[1]) == ["too_soon_after"]


def test_orders_run_through_several_routes() -> None:
    vans = [shift("v"), shift("w"), shift("x")]
    jobs = [job("a", 1), job("b", 2), job("c", 3, windows=(TimeWindow(0, 2 * HOUR + MINUTE),))]
    rules = (Precedence("a", "b", HOUR), Precedence("b", "c", HOUR))
    routes, found = time_routes(
        world(jobs, vans, precedences=rules), {"v": ["a"], "w": ["b"], "x": ["c"]}
    )
    assert found == []
    starts = [route.stops[0].start_s for route in routes]
    # 1:00, 61:00 and 121:00 are the only times.
    assert starts == [MINUTE, HOUR + MINUTE, 2 * HOUR + MINUTE]


def test_what_comes_second_is_not_served_without_the_first() -> None:
    of = world([job("a", 1), job("b", 2)], precedences=(Precedence("a", "b"),))
    assert codes(time_routes(of, {"v": ["b"]})[1]) == ["before_left_out"]
    assert codes(time_routes(of, {"v": ["a"]})[1]) == []


def test_pairs_and_companions_are_not_split() -> None:
    jobs = [job("a", 1), job("b", 2)]
    for rules, code in (
        ({"pairs": (Pair("a", "b"),)}, "pair_split"),
        ({"together": (("a", "b"),)}, "not_together"),
    ):
        of = world(jobs, **rules)
        assert codes(time_routes(of, {"v": ["a", "b"]})[1]) == []
        assert codes(time_routes(of, {})[1]) == []
        assert codes(time_routes(of, {"v": ["a"]})[1]) == [code]
        assert codes(time_routes(of, {"v": ["a"], "w": ["b"]})[1]) == [code]


def test_what_is_begun_is_not_left_out() -> None:
    of = world([job("a", 1)], [shift("v", prefix=("a",))])
    assert codes(time_routes(of, {})[1]) == ["begun_changed"]


def test_a_plan_costs_its_routes_what_is_left_out_and_how_uneven_it_is() -> None:
    of = world([job("a", 1), job("b", 2), job("c", 3, penalty=77)])
    weights = Weights(longest_per_stop=1000, longest_per_s=2)
    routes, found = time_routes(of, {"v": ["a", "b"]}, weights)
    assert found == []
    costs = plan_costs(of, routes, ["c"], weights)
    # 400 m at 1; two stops at most; four minutes at most.
    assert (costs.distance, costs.unserved, costs.balance) == (400, 77, 2 * 1000 + 2 * 240)
    assert costs.total == 400 + 77 + 2480


def test_a_vehicle_on_the_road_has_a_route_without_stops() -> None:
    of = world([], [shift("v", start_place=3, must_drive=True), shift("w")])
    routes, found = time_routes(of, {})
    assert found == []
    assert [(route.shift_id, route.stops, route.costs.distance) for route in routes] == [
        ("v", (), 300)
    ]


@st.composite
def two_routes(draw: st.DrawFn, rules: int) -> tuple[Problem, dict[str, list[str]]]:
    """Two vans with up to two jobs each, and orders from jobs of the one to jobs of the other or back."""
    jobs = [
        job(
            name, draw(st.integers(1, 2)), service_s=draw(st.integers(0, 2)), windows=windows(draw),
            max_ride_s=draw(st.sampled_from([None, None, 3])),
        )
        for name in ("a", "b", "c", "d")
    ]  # fmt: skip
    vans = [
        shift(
            name, start_s=draw(st.integers(0, 2)), end_s=draw(st.integers(8, 12)),
            cost_per_s=draw(st.integers(0, 2)), breaks=breaks(draw, 1),
        )
        for name in ("v", "w")
    ]  # fmt: skip
    orders = [("a", "c"), ("d", "b")][: draw(st.integers(1, rules))]
    found = tuple(Precedence(one, two, draw(st.integers(0, 6))) for one, two in orders)
    of = Problem(tuple(jobs), tuple(vans), {"van": road(draw, False)}, precedences=found)
    return of, {"v": ["a", "b"], "w": ["c", "d"]}


@settings(max_examples=150, deadline=None)
@given(case=two_routes(rules=2))
def test_what_is_called_feasible_passes_the_checker(
    case: tuple[Problem, dict[str, list[str]]],
) -> None:
    of, sequences = case
    routes, found = time_routes(of, sequences)
    plan = Solution(routes, (), plan_costs(of, routes, ()))
    assert (check(of, plan) == ()) == (found == [])


@settings(max_examples=100, deadline=None)
@given(case=two_routes(rules=1))
def test_one_order_between_two_routes_is_kept_whenever_it_can_be(
    case: tuple[Problem, dict[str, list[str]]],
) -> None:
    of, sequences = case
    (rule,) = of.precedences
    _, found = time_routes(of, sequences)
    # The first as early as it can be, the second not before; every second is tried.
    first = next(
        (
            at
            for at in range(15)
            if schedule(of, "v", sequences["v"], latest={rule.before: at}).is_feasible
        ),
        None,
    )
    works = first is not None and (
        schedule(of, "w", sequences["w"], earliest={rule.after: first + rule.offset_s}).is_feasible
    )
    assert (found == []) == works
