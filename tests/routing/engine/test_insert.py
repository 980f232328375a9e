"""Places for a job: none that works is missed, none that is named fails, companions go in together."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.engine.insert import best_places
from routing.engine.problem import (
    RELOAD,
    Break,
    Matrix,
    Pair,
    Precedence,
    Problem,
    TimeWindow,
    Weights,
)
from routing.engine.schedule import schedule
from tests.routing.engine.test_chain import breaks, road, tiny, windows
from tests.routing.engine.world import HOUR, MINUTE, job, shift, street


def every_place(of: Problem, sequence: Sequence[str], job_id: str) -> Iterator[tuple[str, ...]]:
    """The job before and after everything, with and without a reload of its own."""
    for at in range(len(sequence) + 1):
        for new in ([job_id], [RELOAD, job_id], [job_id, RELOAD]):
            # A vehicle without jobs leaves loaded, and one without more jobs does not load again.
            if (not sequence and RELOAD in new) or (at == len(sequence) and new[-1] == RELOAD):
                continue
            yield (*sequence[:at], *new, *sequence[at:])


@settings(max_examples=250, deadline=None)
@given(
    case=st.tuples(st.booleans(), st.booleans()).flatmap(lambda t: tiny(links=t[0], periods=t[1]))
)
def test_the_cheapest_of_all_places_is_found(case: tuple[Problem, list[str]]) -> None:
    of, sequence = case
    first, *rest = sequence
    while rest and rest[0] == RELOAD:
        rest = rest[1:]
    assume(not rest or schedule(of, "van-1", rest).is_feasible)
    bound = {one for pair in of.pairs for one in (pair.pickup, pair.delivery)}
    bound |= {one for rule in of.precedences for one in (rule.before, rule.after)}
    assume(first not in bound or len(rest) == len(of.jobs) - 1)
    places = best_places(of, {"van-1": rest}, first, limit=10**6)
    options = [schedule(of, "van-1", ids) for ids in every_place(of, rest, first)]
    works = [one.route.costs.total for one in options if one.is_feasible]
    assert bool(places) == bool(works)
    assume(works)
    base = schedule(of, "van-1", rest).route.costs.total
    assert min(place.extra_cost for place in places) == min(works) - base


def world(jobs: list[Any], vans: list[Any] | None = None, **rules: Any) -> Problem:
    return Problem(tuple(jobs), tuple(vans or [shift("v"), shift("w")]), {"van": street()}, **rules)


def test_a_pair_goes_in_with_both_its_doors() -> None:
    # The van drives out to place 9 and back: p on the way out at 3, d on the way back or out at 5, both for nothing.
    of = world([job("x", 9), job("p", 3), job("d", 5)], [shift("v")], pairs=(Pair("p", "d"),))
    place = best_places(of, {"v": ["x"]}, "d")[0]
    assert (place.extra_cost, place.position) == (0, place.route.job_ids.index("d"))
    assert place.route.job_ids.index("p") < place.route.job_ids.index("d")
    # Where p is already served, d follows it there, though the other van is empty and free.
    assert {p.shift_id for p in best_places(of, {"v": ["x", "p"]}, "d")} == {"v"}


def test_a_pair_that_fits_one_van_only_in_turns_is_put_where_its_load_fits() -> None:
    jobs = [job("x", 4, load={"count": 2}), job("p", 1), job("d", 2)]
    of = world(jobs, [shift("v", capacity={"count": 2})], pairs=(Pair("p", "d", {"count": 2}),))
    # Only after x's two are handed over: 4 out, p, d, back: 400 + 300 + 100 + 200 against 800 m.
    (place, *_) = best_places(of, {"v": ["x"]}, "p")
    assert place.route.job_ids == ("x", "p", "d")
    assert place.extra_cost == 200


def test_a_full_vehicle_drives_again() -> None:
    jobs = [job("a", 2, load={"count": 2}), job("b", 3, load={"count": 2})]
    of = world(jobs, [shift("v", capacity={"count": 2}, max_trips=2)])
    place = best_places(of, {"v": ["a"]}, "b", limit=1)[0]
    assert RELOAD in place.route.sequence
    assert place.extra_cost == 600


def test_what_is_begun_stays_before_a_new_order() -> None:
    of = world([job("a", 9), job("b", 1)], [shift("v", prefix=("a",))])
    # b is on the way to a, but the courier is under way to a already.
    assert [place.position for place in best_places(of, {"v": ["a"]}, "b")] == [1]


def test_a_position_is_obeyed() -> None:
    jobs = [job("a", 1), job("b", 2), job("c", 9, position=0)]
    of = world(jobs, [shift("v")])
    assert {place.position for place in best_places(of, {"v": ["a", "b"]}, "c")} == {0}
    # And nothing goes before it.
    assert {place.position for place in best_places(of, {"v": ["c", "a"]}, "b")} == {1, 2}


def test_companions_and_foes_decide_the_shift() -> None:
    jobs = [job("a", 1), job("b", 2), job("c", 3)]
    of = world(jobs, together=(("a", "b"),), apart=(("b", "c"),))
    assert {p.shift_id for p in best_places(of, {"v": ["a"]}, "b")} == {"v"}
    assert {p.shift_id for p in best_places(of, {"v": ["a", "b"]}, "c")} == {"w"}
    # Neither rides yet: both go in.
    whole = best_places(of, {}, "a")[0]
    assert sorted(whole.route.job_ids) == ["a", "b"]
    # Its companion rides with its foe: no place.
    assert best_places(of, {"v": ["a", "c"]}, "b") == ()


def test_orders_between_routes_bound_a_new_job() -> None:
    jobs = [job("a", 1, windows=(TimeWindow(HOUR, HOUR),)), job("b", 2), job("c", 3)]
    of = world(jobs, precedences=(Precedence("a", "b", 600), Precedence("b", "c")))
    place = best_places(of, {"v": ["a"]}, "b", shift_ids={"w"}, limit=1)[0]
    assert place.start_s == HOUR + 600
    # c waits for b, which is not served yet and goes in before it.
    both = best_places(of, {"v": ["a"]}, "c", shift_ids={"w"}, limit=1)[0]
    assert both.route.job_ids == ("b", "c")
    assert both.route.stops[0].start_s == HOUR + 600
    # a must be over before c on the other route starts; c closes at 1 h.
    tight = world(
        [jobs[0], job("c", 3, windows=(TimeWindow(0, HOUR),))],
        precedences=(Precedence("a", "c", 1),),
    )
    assert best_places(tight, {"v": ["a"]}, "c") == ()


def test_another_route_makes_room_where_an_order_links_it() -> None:
    # n is the first stop of v, five minutes long, so that a is served at 6:00; b on w, at 1:00 so far, waits for a.
    jobs = [job("a", 1), job("b", 1), job("n", 1, position=0, service_s=5 * MINUTE)]
    of = world(jobs, precedences=(Precedence("a", "b"),))
    (place,) = best_places(of, {"v": ["a"], "w": ["b"]}, "n", shift_ids={"v"})
    assert place.route.job_ids == ("n", "a")
    starts = {s.job_id: s.start_s for one in place.routes.values() for s in one.stops}
    assert starts == {"n": MINUTE, "a": 6 * MINUTE, "b": 6 * MINUTE}
    # Where b's door closes before, nobody can make room.
    closed = world(
        [jobs[0], job("b", 1, windows=(TimeWindow(0, 5 * MINUTE),)), jobs[2]],
        precedences=(Precedence("a", "b"),),
    )
    assert best_places(closed, {"v": ["a"], "w": ["b"]}, "n", shift_ids={"v"}) == ()


def test_what_the_longest_route_costs_counts() -> None:
    # a on v is on the way to b; a second stop there costs 7 for the longest route and nothing on the road.
    of = world([job("a", 1), job("b", 2)])
    weights = Weights(longest_per_stop=7)
    found = best_places(of, {"v": ["b"]}, "a", weights=weights)
    assert {place.shift_id: place.extra_cost for place in found} == {"v": 7, "w": 200}


def test_a_published_order_prefers_its_shift() -> None:
    of = world([job("a", 1)])
    weights = Weights(changed_shift=50)
    assert {p.extra_cost for p in best_places(of, {}, "a", weights=weights)} == {200}


def test_a_break_in_the_way_is_seen() -> None:
    # Every minute from 2:00 to 12:00 is needed by the break and the way; b's five minutes do not fit into the shift.
    van = shift("v", end_s=12 * MINUTE, breaks=(Break(2 * MINUTE, 3 * MINUTE, 4 * MINUTE),))
    of = world([job("a", 4), job("b", 4, service_s=1)], [van])
    assert best_places(of, {"v": ["a"]}, "b") == ()
    assert best_places(world([job("a", 4), job("b", 4)], [van]), {"v": ["a"]}, "b") != ()


@st.composite
def with_a_pair(draw: st.DrawFn) -> tuple[Problem, dict[str, list[str]]]:
    """Two small vans with up to three jobs, and a pair (or a group of two) that rides on neither yet."""
    amount = st.integers(0, 2)
    jobs = [
        job(
            name, draw(st.integers(1, 2)), windows=windows(draw), load={"count": draw(amount)},
            pickup={"count": draw(amount)}, service_s=draw(st.integers(0, 1)), setup_s=draw(st.integers(0, 1)),
        )
        for name in ("x", "y", "z", "p", "d")
    ]  # fmt: skip
    vans = [
        shift(
            name, end_s=draw(st.integers(9, 14)), capacity={"count": draw(st.integers(3, 6))},
            breaks=breaks(draw, 1), max_trips=draw(st.integers(1, 2)), max_stops=draw(st.sampled_from([None, 3])),
            cost_per_s=draw(st.integers(0, 2)),
        )
        for name in ("v", "w")
    ]  # fmt: skip
    ride = draw(st.sampled_from([None, 3]))
    pairs = (Pair("p", "d", {"count": draw(amount)}, ride),)
    routes = draw(
        st.sampled_from(
            [{"v": ["x", "y"], "w": ["z"]}, {"v": ["x", RELOAD, "y"], "w": ["z"]}, {"w": ["x"]}]
        )
    )
    return Problem(tuple(jobs), tuple(vans), {"van": shortest(road(draw, False))}, pairs), routes


def shortest(roads: Matrix) -> Matrix:
    """Ways that are never longer straight on than by way of another place."""
    seconds, metres = roads.durations_s.copy(), roads.distances_m.copy()
    for via in range(len(seconds)):
        for cells in (seconds, metres):
            np.minimum(cells, cells[:, via, None] + cells[None, via, :], out=cells)
    return Matrix(seconds, metres)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(case=with_a_pair())
def test_the_cheapest_places_of_a_pair_are_found(
    case: tuple[Problem, dict[str, list[str]]],
) -> None:
    of, routes = case
    base = {van: schedule(of, van, routes.get(van, [])) for van in ("v", "w")}
    assume(all(base[van].is_feasible for van in routes))
    works: list[int] = []
    for van in ("v", "w"):
        now = routes.get(van, [])
        for i in range(len(now) + 1):
            for j in range(i, len(now) + 1):
                ids = [*now[:i], "p", *now[i:j], "d", *now[j:]]
                timing = schedule(of, van, ids)
                if timing.is_feasible:
                    works.append(timing.route.costs.total - base[van].route.costs.total)
    places = best_places(of, routes, "d", limit=10**6)
    assert bool(places) == bool(works)
    assume(works)
    assert min(place.extra_cost for place in places) == min(works)
    assert {one.shift_id for one in best_places(of, routes, "p", limit=10**6)} == {
        p.shift_id for p in places
    }
