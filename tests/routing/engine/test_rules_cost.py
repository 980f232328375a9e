"""Each soft rule as the model states it: the price that tips the plan one way or the other."""

from dataclasses import replace

import pytest

from routing.engine import rules_cost
from routing.engine.problem import MICROS, Published, Weights
from tests.routing.engine.found import found, served
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street


@pytest.mark.parametrize("most_cells", [0, rules_cost.MOST_CELLS], ids=["dimension", "arcs"])
def test_a_shift_that_costs_more_for_a_job_serves_it_only_when_that_is_cheaper(
    monkeypatch: pytest.MonkeyPatch, most_cells: int
) -> None:
    monkeypatch.setattr(rules_cost, "MOST_CELLS", most_cells)
    # From the hub there and back costs 200; from place 10 it costs 1,800.
    far = shift("far", start_place=10, end_place=10)

    def of(cost: int):  # type: ignore[no-untyped-def]
        return problem([job(shift_costs={"van-1": cost, "unknown": 10**9})], [shift(), far])

    assert found(of(1_599)) == {"van-1": ("a",)}
    assert found(of(1_601)) == {"far": ("a",)}


def test_carbon_has_its_price() -> None:
    # 200 m at 1 micro and 500 g per km at 10,000,000 micros per kg: 5,000 micros per m; the bicycle costs 4,000.
    van = shift(co2_g_per_km=500)
    bicycle = shift("bicycle", vehicle_kind="bicycle", cost_per_m=4_000)
    of = problem([job()], [van, bicycle], van=street(), bicycle=street())
    assert found(of) == {"van-1": ("a",)}
    assert found(of, Weights(co2_per_kg=10 * MICROS)) == {"bicycle": ("a",)}


def test_the_fewest_shifts_come_before_the_lowest_cost() -> None:
    # With a van at either end each job costs 200; with one, 1,800.
    ends = [shift(), shift("van-2", start_place=10, end_place=10)]
    of = problem([job("a", 1), job("b", 9)], ends)
    assert len(found(of)) == 2
    assert len(found(of, Weights(fewest_vehicles=True))) == 1
    # Alone it is 2 minutes over its time, at 100,000 a second.
    tired = [
        replace(van, end_s=16 * MINUTE, overtime_s=HOUR, overtime_cost_per_s=100_000)
        for van in ends
    ]
    of = problem([job("a", 1), job("b", 9)], tired)
    assert len(found(of)) == 2
    assert len(found(of, Weights(fewest_vehicles=True))) == 1


def test_a_van_on_the_road_is_paid_for_and_so_used() -> None:
    # Both drive from place 5 to the hub. The dear one pays its way home anyhow.
    under_way = shift("under way", start_place=5, cost_per_m=3, must_drive=True)
    of = problem([job(place=4)], [under_way, shift(start_place=5)])
    assert found(of) == {"under way": ("a",)}
    assert found(replace(of, shifts=(replace(under_way, must_drive=False), of.shifts[1]))) == {
        "van-1": ("a",)
    }


def test_a_published_job_changes_its_shift_only_when_that_is_worth_the_price() -> None:
    # On van-2, where it was published, it costs 200 more than on van-1.
    published = job(published=Published("van-2"))
    of = problem([published], [shift(), shift("van-2", cost_per_m=2)])
    assert found(of) == {"van-1": ("a",)}
    assert found(of, Weights(changed_shift=199)) == {"van-1": ("a",)}
    assert found(of, Weights(changed_shift=201)) == {"van-2": ("a",)}


def test_a_published_order_changes_only_when_that_is_worth_the_price() -> None:
    # Published 9, 1, 2 and open at the end: 900 + 800 + 100 m; 1, 2, 9 are 900 m but change three followings.
    jobs = [
        job("near", 1, published=Published("van-1", after="far")),
        job("mid", 2, published=Published("van-1", after="near")),
        job("far", 9, published=Published("van-1", after=None)),
    ]
    of = problem(jobs, [shift(end_place=None)])
    # near and far lose the one before them, mid keeps it: 900 m saved for two changes.
    assert found(of, Weights(changed_order=449)) == {"van-1": ("near", "mid", "far")}
    assert found(of, Weights(changed_order=451)) == {"van-1": ("far", "near", "mid")}


def test_stops_are_evened_out() -> None:
    # All four at one door: alone one van does them for 200 m, two for 400.
    jobs = [job(one, 1) for one in "abcd"]
    of = problem(jobs, [shift(), shift("van-2")])
    assert sorted(map(len, found(of, Weights(longest_per_stop=99)).values())) == [4]
    # Two stops fewer on the longest route save 202.
    assert sorted(map(len, found(of, Weights(longest_per_stop=101)).values())) == [2, 2]


def test_hours_are_evened_out() -> None:
    # Two jobs of an hour at one door: one route of 2:02:00, or two of 1:01:00 for 200 m more.
    jobs = [job(one, 1, service_s=HOUR) for one in "ab"]
    of = problem(jobs, [shift(), shift("van-2")])
    routes = found(of, Weights(longest_per_s=1))
    assert sorted(map(len, routes.values())) == [1, 1]
    # 3,600 s saved at 1 micro are worth more than 200, but not more than a fixed cost of 4,000.
    dear = replace(of, shifts=tuple(replace(one, fixed_cost=4_000) for one in of.shifts))
    assert sorted(map(len, found(dear, Weights(longest_per_s=1)).values())) == [2]


def test_a_mandatory_job_is_served_though_two_dear_ones_stay() -> None:
    jobs = [job("must", 1, mandatory=True), job("b", 2, priority=100), job("c", 3, priority=100)]
    assert "must" in served(problem(jobs, [shift(max_stops=1)]))
    assert served(problem(jobs, [shift(max_stops=1, end_s=4 * MINUTE)])) == {"must"}
