"""The model as a whole: wild days with every mixture of rules, proposals that break some, plans judged."""

import time
from dataclasses import replace

import pytest

from routing.engine.confirming import confirm
from routing.engine.draft import Draft
from routing.engine.model import build, sequences_of
from routing.engine.parameters import Budget
from routing.engine.problem import DEFAULT_WEIGHTS, RELOAD, Break, Pair, TimeWindow
from routing.engine.reading import read
from routing.engine.search import search
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.found import searched
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift

LEFT_OUT = {"begun_changed", "begun_left_out"}
"""What is begun and can no longer be kept is left out; only the whole plan can say that nothing else was possible."""


@pytest.mark.parametrize("seed", range(16))
def test_what_the_model_finds_keeps_every_rule_at_the_price_it_says(seed: int) -> None:
    of, weights = wild_day(seed, 12)
    sequences = search(of, weights, of.jobs, of.shifts, Budget(0.5))
    assert sequences is not None
    routes, violations = time_routes(of, sequences, weights)
    if any(m.by_period for m in of.matrices.values()):
        return  # The search takes likely hours; that the timing has the last word there is tested with the timing.
    assert {one.code for one in violations} <= LEFT_OUT
    stops = [stop for route in routes for stop in route.stops]
    left_out = set(of.job_by_id) - {stop.job_id for stop in stops}
    cost = confirm(of, weights, sequences)
    if violations:
        assert cost is None
    elif not (weights.changed_order and any(route.reloads for route in routes)):
        # An arc from a reload does not know the order before it.
        assert cost == plan_costs(of, routes, left_out, weights).total


def test_a_plan_that_breaks_a_rule_is_not_confirmed() -> None:
    of = problem([job("a", 5, windows=(TimeWindow(0, 5 * MINUTE),)), job("b", 9)])
    # There and back 1,800 m at 1 micro; b before a is too late.
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": ("a", "b")}) == 1_800
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": ("b", "a")}) is None
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": ("a", "unknown")}) is None
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": ("a", "a")}) is None
    left_out = 1_000 + of.penalty(of.job_by_id["b"], DEFAULT_WEIGHTS)
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": ("a",)}) == left_out


def test_more_trips_than_a_shift_may_drive_are_not_confirmed() -> None:
    of = problem([job("a"), job("b")], [shift(max_trips=2)])
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": ("a", RELOAD, "b")}) == 400
    once = replace(of, shifts=(shift(),))
    assert confirm(once, DEFAULT_WEIGHTS, {"van-1": ("a", RELOAD, "b")}) is None


@pytest.mark.parametrize("stops", [("b",), ("b", "c")])
def test_an_empty_first_trip_that_lets_the_next_leave_later_is_confirmed(
    stops: tuple[str, ...],
) -> None:
    # The van leaves at 10:00 at the latest and the doors open at 1 h; nothing rides longer than 5 minutes.
    hour = (TimeWindow(HOUR, 2 * HOUR),)
    jobs = [job(name, 2, max_ride_s=5 * MINUTE, windows=hour) for name in stops]
    of = problem(jobs, [shift(latest_start_s=10 * MINUTE, max_trips=2)])
    # Twice 200 m.
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": (RELOAD, *stops)}) == 400
    assert confirm(of, DEFAULT_WEIGHTS, {"van-1": stops}) is None


@pytest.mark.parametrize(("start_load", "kept"), [({}, ("a",)), ({"count": 1}, (RELOAD, "a"))])
def test_an_empty_first_trip_is_kept_where_it_frees_room_and_nowhere_else(
    start_load: dict[str, int], kept: tuple[str, ...]
) -> None:
    # With a parcel aboard from before there is no room for a; without one the trip only costs its reload.
    van = shift(
        max_trips=2, reload_s=MINUTE, cost_per_s=1, capacity={"count": 1}, start_load=start_load
    )
    of = problem([job("a", 1, load={"count": 1})], [van])
    draft = Draft(of, DEFAULT_WEIGHTS)
    assert draft.take({"van-1": (RELOAD, "a")})
    assert draft.sequences == {"van-1": kept}
    assert confirm(of, DEFAULT_WEIGHTS, draft.sequences) == draft.cost()


@pytest.mark.parametrize(("seed", "size"), [(74, 25), (83, 60), (103, 40)])
def test_wild_days_with_empty_first_trips_are_confirmed(seed: int, size: int) -> None:
    of, weights = wild_day(seed, size)
    draft = Draft(of, weights)
    fresh = [van for van in of.shifts if not van.prefix]
    routes = {van.id: (RELOAD, *(job.id for job in of.jobs[n::9])) for n, van in enumerate(fresh)}
    assert draft.take(routes, fresh, inserts=False)
    assert confirm(of, weights, draft.sequences, starts=draft.starts) is not None


def test_a_plan_that_is_not_read_in_time_is_neither_confirmed_nor_refused() -> None:
    of = problem([job("a", 1), job("b", 2)])
    with pytest.raises(TimeoutError):
        confirm(of, DEFAULT_WEIGHTS, {"van-1": ("a", "b")}, until=time.monotonic())


def test_a_proposal_made_without_breaks_is_completed() -> None:
    # 8 doors of 20 minutes from 0:00:00 to 3:00:00 fit without the hour of rest, and 5 of them with it.
    jobs = [job(f"j{n}", 1, service_s=20 * MINUTE) for n in range(8)]
    van = shift(end_s=2 * HOUR + 42 * MINUTE)
    rests = replace(van, breaks=(Break(HOUR, HOUR, HOUR),))
    proposal = {"van-1": tuple(one.id for one in jobs)}
    of = problem(jobs, [rests])
    assert time_routes(problem(jobs, [van]), proposal)[1] == []
    assert time_routes(of, proposal)[1] != []
    found = search(of, DEFAULT_WEIGHTS, of.jobs, of.shifts, Budget(0.5), warm=proposal)
    assert found is not None
    assert time_routes(of, found)[1] == []
    # 1 minute there, 2 doors before the rest begins and one waits for its end: 41 + 60 to 2:00:00, then 2 to 2:40:00.
    assert len(found["van-1"]) == len(searched(of)["van-1"]) == 4


def test_what_fits_of_a_proposal_is_read_and_the_rest_taken_out() -> None:
    jobs = [job(f"j{n}", n + 1) for n in range(8)]
    late = job("late", 10, windows=(TimeWindow(0, MINUTE),))
    of = replace(
        problem([*jobs, late], [shift(), shift("van-2", max_stops=1)]), pairs=(Pair("j5", "late"),)
    )
    model = build(of, DEFAULT_WEIGHTS, of.jobs, of.shifts)
    model.routing.CloseModel()
    proposal = {"van-1": ("j3", "j5", "late", "j1", "gone"), "van-2": ("j2", "j4", "j1")}
    plan = read(model, proposal, time.monotonic() + 5)
    # late is too late and j5 is nothing without it; j1 rides once; van-2 takes one stop.
    assert plan is not None
    assert sequences_of(model, plan) == {"van-1": ("j3", "j1"), "van-2": ("j2",)}


def test_rules_that_do_not_occur_add_nothing() -> None:
    of = problem([job("a", load={"count": 1}), job("b")], [shift(capacity={"count": 5})])
    plain = build(of, DEFAULT_WEIGHTS, of.jobs, of.shifts)
    assert sorted(plain.routing.GetAllDimensionNames()) == ["load count", "time"]
    # Nodes: two jobs and the hub.
    assert len(plain.node_place) == 3
    asks = replace(of.jobs[0], release_s=HOUR, position=0, shift_costs={"van-1": 5})
    rich = replace(of, jobs=(asks, of.jobs[1]), shifts=(replace(of.shifts[0], max_distance_m=900),))
    stated = build(rich, DEFAULT_WEIGHTS, rich.jobs, rich.shifts)
    assert sorted(stated.routing.GetAllDimensionNames()) == [
        "departure", "distance", "load count", "stops", "time",
    ]  # fmt: skip
