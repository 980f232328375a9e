"""Each rule of one route as `schedule` keeps it: what it allows is timed, what it forbids is named with by how much."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from routing.engine.problem import (
    RELOAD,
    Break,
    Job,
    Matrix,
    Pair,
    Precedence,
    Problem,
    Published,
    Shift,
    TimeWindow,
    Weights,
)
from routing.engine.schedule import Schedule, schedule
from routing.engine.solution import PlannedBreak
from tests.routing.engine.world import HOUR, MINUTE, job, shift, street


def world(jobs: Sequence[Job], van: Shift | None = None, **rules: Any) -> Problem:
    vans = (van or shift(), shift("other"))
    return Problem(tuple(jobs), vans, {"van": street()}, **rules)


def timed(of: Problem, *ids: str) -> Schedule:
    return schedule(of, "van-1", ids)


def broken(of: Problem, *ids: str) -> dict[str, dict[str, int | str]]:
    return {v.code: dict(v.figures) for v in timed(of, *ids).violations}


def test_setup_counts_once_at_one_door_and_again_after_a_reload() -> None:
    jobs = [job(id, 3, setup_s=30, service_s=10) for id in "abc"]
    route = timed(world(jobs, shift(max_trips=2)), "a", "b", RELOAD, "c").route
    assert [stop.setup_s for stop in route.stops] == [30, 0, 30]
    a, b, c = route.stops
    # Parked at 3:00, served from 3:30 to 3:40; b at the same door at once; 3 minutes each way to load, then parked anew.
    assert (a.arrival_s + 30, b.start_s) == (a.start_s, a.departure_s)
    assert c.start_s == b.departure_s + 6 * MINUTE + 30


def test_a_break_interrupts_driving_and_is_listed() -> None:
    # 10 minutes out; the break must start between 4:00 and 5:00: on the road, as the window of the stop is at 10:00.
    van = shift(breaks=(Break(4 * MINUTE, 5 * MINUTE, 5 * MINUTE),), end_place=None)
    of = world([job("a", 10, windows=(TimeWindow(0, 15 * MINUTE),))], van)
    of_two = world([job("a", 1, windows=(TimeWindow(60, 60),)), job("b", 10)], van)
    # Alone: departure after the break is over, at 9:00 at the earliest, would come at 19:00; so it leaves before.
    (stop,) = timed(of, "a").route.stops
    assert timed(of, "a").route.breaks == (PlannedBreak(0, 4 * MINUTE, 5 * MINUTE),)
    assert (stop.arrival_s, stop.wait_s, stop.start_s) == (15 * MINUTE, 0, 15 * MINUTE)
    # After a at 1:00, b is 9 minutes on: 10:00 and 5 minutes of rest.
    a, b = timed(of_two, "a", "b").route.stops
    assert (a.start_s, b.start_s) == (MINUTE, 15 * MINUTE)


def test_a_break_before_the_departure_or_after_the_end_costs_nothing() -> None:
    early = shift(breaks=(Break(0, MINUTE, 10 * MINUTE),), cost_per_s=1)
    route = timed(world([job("a", 1)], early), "a").route
    # Rested from 0:00 to 10:00, then there and back: two minutes.
    assert (route.breaks, route.costs.time) == ((), 2 * MINUTE)
    late = shift(breaks=(Break(9 * HOUR, 9 * HOUR, HOUR),), cost_per_s=1)
    assert timed(world([job("a", 1)], late), "a").route.costs.time == 2 * MINUTE


def test_breaks_are_taken_in_whatever_order_they_fit() -> None:
    # The second lasts to 40 s, then the first from 50 to 80; the other way round it would begin at 80.
    rests = (Break(50, 60, 30), Break(0, 70, 40))
    route = timed(world([job("a", 1)], shift(breaks=rests, cost_per_s=1)), "a").route
    assert (route.start_s, route.breaks) == (80, ())
    # Who must leave before that takes the first on the way, and no other.
    early = shift(breaks=rests, cost_per_s=1, latest_start_s=79)
    assert [one.duration_s for one in timed(world([job("a", 1)], early), "a").route.breaks] == [30]


def test_a_break_is_never_dropped() -> None:
    # Service from 1:00 to 61:00 covers the break's only start, 30:00: whoever rests then is at the door at 35:00.
    van = shift(breaks=(Break(30 * MINUTE, 30 * MINUTE, 5 * MINUTE),))
    fixed = (TimeWindow(MINUTE, MINUTE),)
    said = broken(world([job("a", 1, service_s=HOUR, windows=fixed)], van), "a")
    assert said == {"after_window": {"late_s": 34 * MINUTE}}
    assert broken(world([job("a", 1, service_s=29 * MINUTE, windows=fixed)], van), "a") == {}
    # Two in a row, of which the first ends after the latest start of the second on any way that serves a in time.
    two = (Break(0, 50 * MINUTE, 5 * MINUTE), Break(55 * MINUTE, 56 * MINUTE, 5 * MINUTE))
    whole = (TimeWindow(0, 3 * MINUTE),)
    said = broken(world([job("a", 1, service_s=HOUR, windows=whole)], shift(breaks=two)), "a")
    assert list(said) == ["after_window"]


def test_two_trips_carry_what_one_cannot() -> None:
    jobs = [job(id, 2, load={"count": 2}) for id in "ab"]
    van = shift(capacity={"count": 3}, max_trips=2, reload_s=5 * MINUTE)
    assert broken(world(jobs, van), "a", "b") == {
        "over_capacity": {"dimension": "count", "over": 1, "capacity": 3}
    }
    route = timed(world(jobs, van), "a", RELOAD, "b").route
    (again,) = route.reloads
    # 2 minutes out, 2 back, 5 to load, 2 out, 2 back.
    assert route.duration_s == 13 * MINUTE
    assert (again.before, again.departure_s - again.arrival_s) == (1, 5 * MINUTE)
    assert [route.load, route.stops[0].load, again.load] == [
        {"count": 2},
        {"count": 0},
        {"count": 2},
    ]
    assert route.sequence == ("a", RELOAD, "b")
    assert route.distance_m == 800


def test_more_trips_than_allowed_are_named() -> None:
    of = world([job("a", 1), job("b", 1)])
    assert broken(of, "a", RELOAD, "b") == {"too_many_trips": {"over": 1, "limit": 1}}


def test_a_trip_waits_for_what_it_loads() -> None:
    of = world([job("a", 1, release_s=HOUR), job("b", 1)], shift(max_trips=2, latest_start_s=HOUR))
    assert timed(of, "a", "b").route.start_s == HOUR
    # On the second trip it delays that departure only.
    route = timed(of, "b", RELOAD, "a").route
    assert route.reloads[0].departure_s >= HOUR
    late = world([job("a", 1, release_s=HOUR)], shift(latest_start_s=HOUR - 1))
    assert broken(late, "a") == {"left_before_release": {"over_s": 1}}


def test_a_ride_from_the_departure_is_limited() -> None:
    # a is served at 1:00 on the hour; b, two minutes on, would ride three minutes.
    jobs = [job("a", 1, windows=(TimeWindow(HOUR, HOUR),)), job("b", 3, max_ride_s=3 * MINUTE)]
    assert broken(world(jobs), "a", "b") == {}
    short = [jobs[0], job("b", 3, max_ride_s=3 * MINUTE - 1)]
    assert broken(world(short), "a", "b") == {"ride_too_long": {"over_s": 1, "limit_s": 179}}
    # Fresh from a reload it rides three minutes too, a second too long; at place 2 it does not.
    near = world([jobs[0], job("b", 2, max_ride_s=3 * MINUTE - 1)], shift(max_trips=2))
    assert broken(near, "a", RELOAD, "b") == {}


def test_waiting_is_moved_out_of_a_limited_ride() -> None:
    # b may be reached in 3 minutes but opens at 1 h: the van leaves the hub for a later, though a could be early.
    jobs = [
        job("a", 1, windows=(TimeWindow(0, 2 * HOUR),)),
        job("b", 3, windows=(TimeWindow(HOUR, HOUR),), max_ride_s=10 * MINUTE),
    ]
    timing = timed(world(jobs), "a", "b")
    assert timing.is_feasible
    assert timing.route.stops[1].start_s - timing.route.start_s <= 10 * MINUTE
    jobs[0] = job("a", 1, windows=(TimeWindow(0, 50 * MINUTE - 1),))
    # The departure at 49:59 - 1:00 is 11:01 before b: a minute and a second too long.
    assert broken(world(jobs), "a", "b") == {"ride_too_long": {"over_s": 61, "limit_s": 600}}


def test_a_pair_is_aboard_between_its_doors_only() -> None:
    jobs = [job("p", 1), job("q", 2), job("d", 3), job("x", 4, load={"count": 2})]
    van = shift(capacity={"count": 2})
    of = world(jobs, van, pairs=(Pair("p", "d", {"count": 2}),))
    # x's two leave at place 4; only then the pair fits.
    assert broken(of, "x", "p", "q", "d") == {}
    assert [s.load["count"] for s in timed(of, "x", "p", "q", "d").route.stops] == [0, 2, 2, 0]
    assert broken(of, "p", "d", "x")["over_capacity"]["over"] == 2
    assert broken(of, "x", "d", "p") == {"pair_reversed": {"job": "p"}}
    two = world(jobs, shift(max_trips=2), pairs=(Pair("p", "d"),))
    assert broken(two, "p", RELOAD, "d") == {"pair_over_reload": {"job": "p"}}


def test_a_pairs_ride_is_limited_from_door_to_door() -> None:
    jobs = [job("p", 1, service_s=10), job("q", 5), job("d", 2)]
    # From p (out at x:10) 4 minutes to q and 3 back to d: seven minutes.
    assert broken(world(jobs, pairs=(Pair("p", "d", max_ride_s=420),)), "p", "q", "d") == {}
    said = broken(world(jobs, pairs=(Pair("p", "d", max_ride_s=419),)), "p", "q", "d")
    assert said == {"ride_too_long": {"over_s": 1, "limit_s": 419}}


def test_pickups_fill_the_vehicle() -> None:
    jobs = [job("d", 1, load={"count": 3}), job("r", 2, pickup={"count": 3})]
    assert broken(world(jobs, shift(capacity={"count": 3})), "d", "r") == {}
    # The return first: 3 + 3 aboard.
    assert broken(world(jobs, shift(capacity={"count": 3})), "r", "d")["over_capacity"]["over"] == 3


def test_what_is_aboard_at_the_start_stays_for_the_first_trip() -> None:
    van = shift(capacity={"count": 3}, start_load={"count": 2}, max_trips=2)
    of = world([job("a", 1, load={"count": 2})], van)
    assert broken(of, "a")["over_capacity"]["over"] == 1
    assert broken(of, RELOAD, "a") == {}


def test_overtime_is_allowed_and_paid_for() -> None:
    # There and back is 10 minutes.
    van = shift(end_s=8 * MINUTE, overtime_s=2 * MINUTE, overtime_cost_per_s=7, cost_per_s=1)
    timing = timed(world([job("a", 5)], van), "a")
    assert timing.is_feasible
    assert (timing.route.costs.overtime, timing.route.costs.time) == (7 * 120, 600)
    tight = shift(end_s=8 * MINUTE, overtime_s=2 * MINUTE - 1, overtime_cost_per_s=7)
    assert broken(world([job("a", 5)], tight), "a") == {"after_shift_end": {"over_s": 1}}


def test_driving_and_distance_are_limited() -> None:
    of = world([job("a", 5)], shift(max_travel_s=600, max_distance_m=1000))
    assert broken(of, "a") == {}
    of = world([job("a", 5)], shift(max_travel_s=599, max_distance_m=999))
    assert broken(of, "a") == {
        "too_much_driving": {"over_s": 1, "limit_s": 599},
        "too_far_in_all": {"over_m": 1, "limit_m": 999},
    }


def test_a_position_is_kept() -> None:
    of = world([job("a", 1), job("b", 2, position=0)])
    assert broken(of, "b", "a") == {}
    assert broken(of, "a", "b") == {"wrong_position": {"position": 1, "at": 2}}


def test_what_is_begun_stays_first() -> None:
    of = world([job("a", 1), job("b", 2), job("c", 3)], shift(prefix=("a", "b")))
    assert broken(of, "a", "b", "c") == {}
    assert broken(of, "a", "c", "b") == {"begun_changed": {"job": "b"}}
    assert broken(of, "a") == {"begun_changed": {"job": "b"}}
    said = schedule(of, "other", ["b"]).violations
    assert [(v.code, v.figures) for v in said] == [("begun_elsewhere", {"shift": "van-1"})]


def test_a_forbidden_shift_is_named_and_another_one_costs() -> None:
    of = world([job("a", 1, forbidden_shifts=frozenset({"van-1"}), shift_costs={"other": 5})])
    assert broken(of, "a") == {"shift_forbidden": {}}
    assert schedule(of, "other", ["a"]).route.costs.preference == 5


def test_changes_to_a_published_plan_cost() -> None:
    jobs = [
        job("a", 1, published=Published("van-1")),
        job("b", 2, published=Published("van-1", "a")),
    ]
    of = world(jobs)
    weights = Weights(changed_shift=100, changed_order=10)

    def change(shift_id: str, *ids: str) -> int:
        return schedule(of, shift_id, ids, weights=weights).route.costs.change

    assert change("van-1", "a", "b") == 0
    # Both follow another job than they were published to.
    assert change("van-1", "b", "a") == 20
    # Another courier in the same order: twice the shift, no order.
    assert change("other", "a", "b") == 200


def test_speed_and_co2_and_the_fewest_vehicles_are_priced() -> None:
    of = world([job("a", 5)], shift(speed_percent=80, co2_g_per_km=200))
    weights = Weights(co2_per_kg=10_000, fewest_vehicles=True)
    route = schedule(of, "van-1", ["a"], weights=weights).route
    # 5 minutes at 80 % are 6:15; 0.2 kg a km at 10,000 a kg are 2 micros a metre, besides the 1 of the shift.
    assert route.travel_s == 2 * 375
    assert route.costs.distance == 3 * 1000
    assert route.costs.fixed == of.vehicle_surcharge(weights) > 0


def test_traffic_takes_the_period_of_the_departure() -> None:
    cells = street()
    slow: Matrix = Matrix(
        cells.durations_s, cells.distances_m, ((HOUR, np.asarray(cells.durations_s * 2)),)
    )
    jobs = (job("a", 5, windows=(TimeWindow(HOUR, 2 * HOUR),)),)
    of = Problem(jobs, (shift(cost_per_s=1, end_s=2 * HOUR),), {"van": slow})
    route = schedule(of, "van-1", ["a"]).route
    # Five minutes before the hour it is still fast out; leaving a at 1 h or later it is slow: 10 minutes back.
    assert (route.start_s, route.stops[0].travel_s) == (55 * MINUTE, 5 * MINUTE)
    assert route.end_s == 70 * MINUTE


def test_orders_and_rests_between_two_stops_of_a_route_are_kept() -> None:
    jobs = [job("a", 1), job("b", 2)]
    of = world(jobs, precedences=(Precedence("a", "b", HOUR),))
    assert broken(of, "b", "a") == {"out_of_order": {"job": "a"}}
    a, b = timed(of, "a", "b").route.stops
    assert b.start_s == a.start_s + HOUR
    tight = world(
        [jobs[0], job("b", 2, windows=(TimeWindow(0, HOUR),))],
        precedences=(Precedence("a", "b", HOUR),),
    )
    # a is reached at 1:00, b opens until 1 h only: a minute too soon.
    assert broken(tight, "a", "b") == {"too_soon_after": {"over_s": 60, "job": "a"}}


def test_jobs_that_must_be_apart_are_not_on_one_route() -> None:
    of = world([job("a", 1), job("b", 2)], apart=(("a", "b"),))
    assert broken(of, "a") == {}
    assert broken(of, "a", "b") == {"not_apart": {"job": "a"}}


def test_a_vehicle_on_the_road_costs_its_way_home() -> None:
    of = world([], shift(start_place=4, must_drive=True, fixed_cost=9, cost_per_s=1))
    route = timed(of).route
    assert (route.costs.distance, route.costs.time, route.costs.fixed) == (400, 4 * MINUTE, 9)
    assert schedule(of, "other", []).route.costs.total == 0
    late = world([], shift(start_place=4, must_drive=True, end_s=MINUTE))
    assert timed(late).is_feasible


def test_slack_counts_breaks() -> None:
    # b's window closes at 20:00; a rest of 5 minutes is taken in between.
    van = shift(breaks=(Break(6 * MINUTE, 7 * MINUTE, 5 * MINUTE),), latest_start_s=0)
    jobs = [
        job("a", 5, windows=(TimeWindow(300, HOUR),)),
        job("b", 6, windows=(TimeWindow(0, 20 * MINUTE),)),
    ]
    a, b = timed(world(jobs, van), "a", "b").route.stops
    # The break starts at 7:00 at the latest, so a is left at 7:00 at the latest: 5:00 + 2 minutes, or less where a waits.
    assert b.slack_s == 20 * MINUTE - b.start_s
    assert a.slack_s == min(7 * MINUTE, 14 * MINUTE) - a.start_s
