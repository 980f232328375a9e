"""The judge of benchmark routes: what it accepts, and each rule broken by one."""

import dataclasses

import numpy as np
import pytest

from bench.solver.bks import BestKnown
from bench.solver.check import judge
from bench.solver.instance import Instance
from bench.solver.run import gap_of

# Four nodes on a line, 10 apart, the depot at 0.
LINE = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) * 10
ONE = Instance(
    name="line",
    family="made",
    distances=LINE,
    durations=LINE,
    demands=np.array([0, 3, 3, 4]),
    services=np.array([0, 5, 5, 5]),
    windows=np.array([[0, 80], [0, 80], [0, 80], [0, 80]]),
    capacity=10,
    vehicles=2,
)


def changed(**fields: object) -> Instance:
    return dataclasses.replace(ONE, **fields)  # type: ignore[arg-type]


def windows(node: int, earliest: int, latest: int) -> np.ndarray:
    ends = ONE.windows.copy()
    ends[node] = earliest, latest
    return ends


def test_a_route_out_and_back_costs_its_length() -> None:
    verdict = judge(ONE, [[1, 2, 3], []])
    assert (verdict.cost, verdict.vehicles, verdict.faults) == (60, 1, ())


def test_the_cost_is_given_in_the_published_unit() -> None:
    assert judge(changed(scale=10), [[1, 2, 3]]).cost == 6.0


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ([[1, 2]], "node 3 is not served"),
        ([[1, 2, 3], [2]], "node 2 is served 2 times"),
        ([[1, 2, 3, 4]], "node 4 is not to be served"),
        ([[1, 0, 2, 3]], "node 0 is not to be served"),
    ],
)
def test_each_node_is_served_exactly_once(routes: list[list[int]], says: str) -> None:
    verdict = judge(ONE, routes)
    assert verdict.faults == (says,)
    assert np.isnan(verdict.cost)


def test_a_vehicle_more_than_allowed_is_a_fault() -> None:
    assert judge(ONE, [[1], [2, 3]]).faults == ()
    assert judge(ONE, [[1], [2], [3]]).faults == ("3 routes for 2 vehicles",)


def test_the_last_unit_of_capacity_may_be_used_and_no_more() -> None:
    assert judge(ONE, [[1, 2, 3]]).faults == ()
    assert judge(changed(capacity=9), [[1, 2, 3]]).faults == ("route 0: load 10 of 9",)


def test_service_starts_at_the_end_of_the_window_but_not_after() -> None:
    # Arrivals at 10, 25, 40: each leg 10 and 5 at the door.
    assert judge(changed(windows=windows(3, 0, 40)), [[1, 2, 3]]).faults == ()
    late = judge(changed(windows=windows(3, 0, 39)), [[1, 2, 3]])
    assert late.faults == ("route 0: node 3 is served at 40, after 39",)


def test_waiting_for_a_window_delays_all_that_follows() -> None:
    # Node 1 opens at 30: node 2 at 45, node 3 at 60, home at 95 instead of by 80.
    verdict = judge(changed(windows=windows(1, 30, 80)), [[1, 2, 3]])
    assert verdict.faults == ("route 0: node 0 is served at 95, after 80",)


def test_without_windows_time_does_not_matter() -> None:
    assert judge(changed(windows=None, services=np.full(4, 999)), [[1, 2, 3]]).faults == ()


def test_pickup_comes_before_delivery_on_the_same_route() -> None:
    one = changed(demands=np.array([0, 8, -8, 0]), pairs=((1, 2),), windows=None)
    assert judge(one, [[1, 2, 3]]).faults == ()
    assert judge(one, [[2, 1, 3]]).faults == ("route 0: delivery 2 comes before its pickup 1",)
    apart = judge(one, [[1, 3], [2]]).faults
    assert apart == tuple(
        f"route {number}: pickup 1 and delivery 2 are on different routes" for number in (0, 1)
    )


def test_what_is_picked_up_and_handed_over_again_frees_its_room() -> None:
    one = changed(demands=np.array([0, 8, -8, 9]), pairs=((1, 2),), windows=None)
    assert judge(one, [[1, 2, 3]]).faults == ()
    assert judge(one, [[3, 1, 2]]).faults == ("route 0: load 17 of 10",)


def test_where_doubles_judge_the_last_digits_of_a_sum_are_no_lateness() -> None:
    third = LINE * (1 / 3)
    # 10/3 + 5 + 10/3 + 5 + 10/3 = 20, up to the last digit.
    exact = changed(exact=third, windows=windows(3, 0, 20))
    assert judge(exact, [[1, 2, 3]]).faults == ()
    assert judge(exact, [[1, 2, 3]]).cost == pytest.approx(20)
    late = judge(changed(exact=third * 1.0001, windows=windows(3, 0, 20)), [[1, 2, 3]])
    assert len(late.faults) == 1


def test_the_gap_is_in_percent_and_only_between_feasible_plans() -> None:
    assert gap_of(judge(ONE, [[1, 2, 3]]), ONE, BestKnown(50, None, None)) == 20
    assert gap_of(judge(ONE, [[1, 2]]), ONE, BestKnown(50, None, None)) is None
    assert gap_of(judge(ONE, [[1, 2, 3]]), ONE, None) is None


def test_where_vehicles_come_first_distance_is_compared_at_equal_vehicles() -> None:
    one = changed(fewest_first=True)
    assert gap_of(judge(one, [[1, 2, 3]]), one, BestKnown(60, 1, None)) == 0
    assert gap_of(judge(one, [[1], [2, 3]]), one, BestKnown(60, 1, None)) is None
