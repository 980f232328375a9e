"""Bad input is refused when the problem is built, in one sentence that says what to do."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    MAX_COST,
    MAX_DISTANCE_M,
    MAX_LOAD,
    MAX_TIME_S,
    MICROS,
    RELOAD,
    UNREACHABLE,
    Break,
    InvalidProblem,
    Matrix,
    Pair,
    Precedence,
    Problem,
    Published,
    SoftWindow,
    TimeWindow,
    Weights,
    at_speed,
    matrix,
)
from tests.routing.engine.world import HOUR, job, problem, shift, street


def cells(*changes: tuple[int, int, int]) -> np.ndarray:
    made = street().durations_s.copy()
    for row, column, value in changes:
        made[row, column] = value
    return made


def linked(ids: str = "abc", shifts: Iterable[Any] = (), **links: Any) -> Problem:
    """Jobs of one letter each on one van, with pairs, orders or groups."""
    fleet = tuple(shifts) or (shift(),)
    return Problem(tuple(job(one) for one in ids), fleet, {"van": street()}, **links)


def by_period(*periods: tuple[Any, Any]) -> Problem:
    return problem([], van=Matrix(street().durations_s, street().distances_m, periods))


def rests(*times: tuple[Any, Any, Any]) -> Problem:
    return problem([], [shift(breaks=tuple(Break(*one) for one in times))])


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    # jobs
    "negative service": (lambda: problem([job(service_s=-1)]), "Job a: service time must lie between 0 and"),
    "fraction": (lambda: problem([job(service_s=1.5)]), "service time must be a whole number, not 1.5"),
    "a yes for a number": (lambda: problem([job(service_s=True)]), "service time must be a whole number, not True"),
    "a number of numpy": (lambda: problem([job(service_s=np.int64(3))]), "service time must be a whole number"),
    "not a number": (lambda: problem([job(service_s=float("nan"))]), "service time must be a whole number, not nan"),
    "negative service of a kind": (lambda: problem([job(service_s_by_kind={"van": -1})]), "service time for van"),
    "negative set-up": (lambda: problem([job(setup_s=-1)]), "set-up time must lie between"),
    "negative load": (lambda: problem([job(load={"weight_g": -1})]), "load weight_g must lie between"),
    "negative pickup": (lambda: problem([job(pickup={"weight_g": -1})]), "pickup weight_g must lie between"),
    "huge load": (lambda: problem([job(load={"weight_g": MAX_LOAD + 1})]), "load weight_g must lie between"),
    "negative release": (lambda: problem([job(release_s=-1)]), "release time must lie between"),
    "negative ride": (lambda: problem([job(max_ride_s=-1)]), "longest ride must lie between"),
    "negative position": (lambda: problem([job(position=-1)]), "position must lie between"),
    "place outside": (lambda: problem([job(place=11)]), "place must lie between 0 and 10, not be 11"),
    "place before the first": (lambda: problem([job(place=-1)]), "place must lie between 0 and 10"),
    "reversed window": (lambda: problem([job(windows=(TimeWindow(9, 8),))]), "ends before it starts"),
    "reversed soft window": (lambda: problem([job(soft_windows=(SoftWindow(9, 8),))]), "ends before it starts"),
    "window before the axis": (lambda: problem([job(windows=(TimeWindow(-1, 8),))]), "window start must lie between"),
    "window beyond the axis": (lambda: problem([job(windows=(TimeWindow(0, 10**9),))]), "window end must lie between"),
    "negative lateness": (lambda: problem([job(soft_windows=(SoftWindow(0, 8, -1),))]), "cost of a soft window"),
    "earliness in fractions": (lambda: problem([job(soft_windows=(SoftWindow(0, 8, 1, 0.0),))]), "whole number"),  # type: ignore[arg-type]
    "priority over 100": (lambda: problem([job(priority=101)]), "priority must lie between 0 and 100"),
    "negative penalty": (lambda: problem([job(penalty=-1)]), "penalty must lie between"),
    "a number for mandatory": (lambda: problem([job(mandatory=1)]), "mandatory must be True or False, not 1"),
    "negative preference": (lambda: problem([job(shift_costs={"van-1": -1})]), "cost on shift van-1"),
    "same job twice": (lambda: problem([job(), job()]), "The job a appears twice"),
    "an id that is a number": (lambda: problem([job(id=7)]), "The id of a job must be text, not 7"),  # type: ignore[arg-type]
    "a job called reload": (lambda: problem([job(id=RELOAD)]), "that marks a reload in a sequence"),
    "pinned to nothing": (lambda: problem([job(pinned_shift="x")]), "unpin it or add the shift"),
    "pinned and forbidden": (
        lambda: problem([job(pinned_shift="van-1", forbidden_shifts=frozenset({"van-1"}))]), "forbidden to it"
    ),
    "published after itself": (lambda: problem([job(published=Published("van-1", "a"))]), "to follow itself"),
    # shifts
    "same shift twice": (lambda: problem([], [shift(), shift()]), "The shift van-1 appears twice"),
    "no matrix": (lambda: Problem((), (shift(),), {"bicycle": street()}), "give a travel matrix"),
    "no places": (lambda: problem([], van=street(places=0)), "The matrices have no places"),
    "start place outside": (lambda: problem([], [shift(start_place=11)]), "start place must lie between 0 and 10"),
    "end place outside": (lambda: problem([], [shift(end_place=11)]), "end place must lie between 0 and 10"),
    "start before the axis": (lambda: problem([], [shift(start_s=-1)]), "Shift van-1: start must lie between"),
    "end beyond the axis": (lambda: problem([], [shift(end_s=10**9)]), "Shift van-1: end must lie between"),
    "reversed shift": (lambda: problem([], [shift(start_s=5, end_s=4)]), "ends before it starts"),
    "latest start after end": (lambda: problem([], [shift(latest_start_s=10**6)]), "latest start must lie"),
    "latest start before start": (lambda: problem([], [shift(start_s=9, latest_start_s=8)]), "latest start must lie"),
    "negative capacity": (lambda: problem([], [shift(capacity={"count": -1})]), "capacity count must lie between"),
    "negative start load": (lambda: problem([], [shift(start_load={"count": -1})]), "start load count"),
    "negative stops": (lambda: problem([], [shift(max_stops=-1)]), "most stops must lie between"),
    "negative duration": (lambda: problem([], [shift(max_duration_s=-1)]), "longest duration must lie between"),
    "negative driving": (lambda: problem([], [shift(max_travel_s=-1)]), "longest driving time must lie between"),
    "negative distance": (lambda: problem([], [shift(max_distance_m=-1)]), "longest distance must lie between"),
    "negative overtime": (lambda: problem([], [shift(overtime_s=-1)]), "overtime must lie between"),
    "negative cost of overtime": (lambda: problem([], [shift(overtime_cost_per_s=-1)]), "cost of overtime"),
    "no trip": (lambda: problem([], [shift(max_trips=0)]), "most trips must lie between 1 and 100"),
    "negative reload": (lambda: problem([], [shift(reload_s=-1)]), "time to reload must lie between"),
    "standing still": (lambda: problem([], [shift(speed_percent=0)]), "speed in percent must lie between 20 and 500"),
    "negative CO2": (lambda: problem([], [shift(co2_g_per_km=-1)]), "CO2 per km must lie between"),
    "negative fixed cost": (lambda: problem([], [shift(fixed_cost=-1)]), "fixed cost must lie between"),
    "negative hour": (lambda: problem([], [shift(cost_per_s=-1)]), "cost per second must lie between"),
    "negative metre": (lambda: problem([], [shift(cost_per_m=-1)]), "cost per metre must lie between"),
    "a number for must drive": (lambda: problem([], [shift(must_drive=1)]), "must drive must be True or False"),
    "a break before the axis": (lambda: rests((-1, 5, 5)), "earliest start of a break must lie between"),
    "a break beyond the axis": (lambda: rests((0, 10**9, 5)), "latest start of a break must lie between"),
    "a break at no time": (lambda: rests((0, None, 5), (0, 9, 5)), "latest start of a break must be a whole number"),
    "a break of no length": (lambda: rests((0, 5, 0)), "length of a break must lie between 1 and"),
    "reversed break": (lambda: rests((6, 5, 5)), "a break ends before it may start"),
    # 0 to 30, then at the earliest at 30 though the second may start until 20 only.
    "breaks in each other's way": (lambda: rests((0, 10, 30), (0, 20, 30)), "one after another; move one of them"),
    "more breaks than anybody takes": (lambda: rests(*((n, n, 1) for n in range(7))), "at most 6 can be planned"),
    # what a shift has begun
    "begun but unknown": (lambda: linked(shifts=[shift(prefix=("x",))]), "has begun job x, which is not in the"),
    "begun twice": (lambda: linked(shifts=[shift(prefix=("a", "a"))]), "Job a is begun twice"),
    "begun by two": (
        lambda: linked(shifts=[shift(prefix=("a",)), shift("van-2", prefix=("a",))]), "Job a is begun twice"
    ),
    "begun here and pinned there": (
        lambda: problem([job(pinned_shift="van-2")], [shift(prefix=("a",)), shift("van-2")]), "pinned to another"
    ),
    "begun and forbidden": (
        lambda: problem([job(forbidden_shifts=frozenset({"van-1"}))], [shift(prefix=("a",))]), "forbidden to it"
    ),
    # jobs with each other
    "a pair of one": (lambda: linked(pairs=(Pair("a", "a"),)), "The pair a to a is one job"),
    "a pair of nobody": (lambda: linked(pairs=(Pair("a", "x"),)), "The pair a to x names job x, which is not in"),
    "in two pairs": (lambda: linked(pairs=(Pair("a", "b"), Pair("b", "c"))), "Job b is in two pairs"),
    "negative load of a pair": (lambda: linked(pairs=(Pair("a", "b", {"count": -1}),)), "load count must lie"),
    "negative ride of a pair": (lambda: linked(pairs=(Pair("a", "b", {}, -1),)), "longest ride must lie between"),
    "an order of nobody": (lambda: linked(precedences=(Precedence("x", "a"),)), "The order x before a names job x"),
    "negative offset": (lambda: linked(precedences=(Precedence("a", "b", -1),)), "offset must lie between"),
    "before itself": (lambda: linked(precedences=(Precedence("a", "a"),)), "must come before the next: drop one"),
    "a circle": (
        lambda: linked(precedences=(Precedence("a", "b"), Precedence("b", "c"), Precedence("c", "a"))),
        "each must come before the next: drop one of these orders",
    ),
    "a circle through a pair": (
        lambda: linked(precedences=(Precedence("b", "a"),), pairs=(Pair("a", "b"),)), "each must come before the next"
    ),
    "company of nobody": (lambda: linked(together=(("a", "x"),)), "The group that rides together names job x"),
    "distance from nobody": (lambda: linked(apart=(("a", "x"),)), "The group that rides apart names job x"),
    "company of oneself": (lambda: linked(together=(("a", "a"),)), "A group that rides together names a job twice"),
    "together and apart": (
        lambda: linked(together=(("a", "b"),), apart=(("a", "b"),)), "Jobs a and b must ride both together and apart"
    ),
    "a pair apart": (lambda: linked(pairs=(Pair("a", "b"),), apart=(("a", "b", "c"),)), "both together and apart"),
    "together through a third, and apart": (
        lambda: linked(together=(("a", "b"),), pairs=(Pair("b", "c"),), apart=(("a", "c"),)),
        "Jobs a and c must ride both together and apart",
    ),
    # matrices
    "missing cell": (lambda: matrix(np.array([[0.0, np.nan], [1.0, 0.0]]), np.zeros((2, 2), int)), "missing cells"),
    "endless cell": (lambda: matrix(np.array([[0.0, np.inf], [1.0, 0.0]]), np.zeros((2, 2), int)), "missing cells"),
    "none cell": (lambda: matrix([[0, None], [1, 0]], [[0, 1], [1, 0]]), "missing cells"),
    "a row too short": (lambda: matrix([[0, 1], [1]], [[0, 1], [1, 0]]), "durations must have rows of the same length"),
    "fraction of a second": (lambda: matrix([[0, 1.5], [1, 0]], [[0, 1], [1, 0]]), "durations must be whole numbers"),
    "fraction of a metre": (lambda: matrix([[0, 1], [1, 0]], [[0, 1.5], [1, 0]]), "distances must be whole numbers"),
    "a yes for a cell": (lambda: matrix([[False, True], [True, False]], [[0, 1], [1, 0]]), "must be whole numbers"),
    "text for a cell": (lambda: matrix([["0", "1"], ["1", "0"]], [[0, 1], [1, 0]]), "must be whole numbers"),
    # 2^64 - 1 would become -1: a pair without a road.
    "a cell beyond 64 bits": (lambda: matrix(np.full((1, 1), 2**64 - 1, np.uint64), [[0]]), "cells beyond 64 bits"),
    "negative cell": (lambda: problem([], van=Matrix(cells((0, 1, -2)), street().distances_m)), "between 0 and"),
    "huge cell": (lambda: problem([], van=Matrix(cells((0, 1, 10**9)), street().distances_m)), "between 0 and"),
    "cells of 32 bits": (
        lambda: problem([], van=Matrix(cells().astype(np.int32), street().distances_m)), r"build them with `matrix\(\)`"
    ),
    "a list of cells": (
        lambda: problem([], van=Matrix([[0]], street().distances_m)), "must be a square array"  # type: ignore[arg-type]
    ),
    "road in one matrix only": (
        lambda: problem([], van=Matrix(cells((0, 1, UNREACHABLE)), street().distances_m)), "disagree"
    ),
    "not square": (lambda: problem([], van=Matrix(np.zeros((2, 3), np.int64), np.zeros((2, 3), np.int64))), "square"),
    "one line": (lambda: problem([], van=Matrix(np.zeros(4, np.int64), np.zeros(4, np.int64))), "square"),
    "other sizes of the two": (lambda: problem([], van=Matrix(cells(), np.zeros((3, 3), np.int64))), "disagree|same places"),
    "other sizes": (
        lambda: Problem((), (), {"van": street(), "bicycle": street(places=3)}), "over the same places"
    ),
    "periods out of order": (lambda: by_period((60, cells()), (60, cells())), "start of a period must lie between 61"),
    "a period before the axis": (lambda: by_period((-1, cells())), "start of a period must lie between 0"),
    "a period at a fraction": (lambda: by_period((1.5, cells())), "start of a period must be a whole number"),
    "a period of another size": (lambda: by_period((60, cells()[:3, :3])), "the shape of the others"),
    "a period as a list": (lambda: by_period((60, [[0]])), "from 60 s on must be a square array"),
    "a period with another road": (lambda: by_period((60, cells((0, 1, UNREACHABLE)))), "disagree on which pairs"),
    "a period with a negative cell": (lambda: by_period((60, cells((0, 1, -2)))), "from 60 s on must lie between 0"),
    "a period with a huge cell": (lambda: by_period((60, cells((0, 1, 10**9)))), "from 60 s on must lie between 0"),
    # overflow
    "penalties": (lambda: problem([job(str(n), penalty=MAX_COST) for n in range(2000)]), "add up beyond 64 bits"),
    "a mandatory job above all others": (
        # 600 penalties of 10^15 are 6 x 10^17; one mandatory job costs as much again, a second one breaks 2^60.
        lambda: problem([job(str(n), penalty=MAX_COST) for n in range(600)] + [job("m", mandatory=True)]),
        "add up beyond 64 bits",
    ),
    "lateness": (
        # Each up to 36,000 s late at 10^15 / 2,678,400 a second: 1.3 x 10^13; 90,000 of them are 1.2 x 10^18.
        lambda: problem(
            [job(str(n), penalty=0, soft_windows=(SoftWindow(0, 0, MAX_COST // MAX_TIME_S),)) for n in range(90_000)]
        ),
        "add up beyond 64 bits",
    ),
    "trips": (
        # 100 trips to a place 40,000 km away at 25 x 10^6 a metre: 10^17 for each of 20 shifts.
        lambda: problem(
            [], [shift(str(n), max_trips=100, cost_per_m=MAX_COST // MAX_DISTANCE_M) for n in range(20)],
            van=matrix([[0, 1], [1, 0]], [[0, MAX_DISTANCE_M], [1, 0]]),
        ),
        "add up beyond 64 bits",
    ),
    # weights
    "negative price of lateness": (lambda: Weights(late_cost_per_s=-1), "cost of lateness must lie between"),
    "negative price of earliness": (lambda: Weights(early_cost_per_s=-1), "cost of earliness must lie between"),
    "negative base penalty": (lambda: Weights(unserved=-1), "cost of leaving a job out must lie between"),
    "endless base penalty": (lambda: Weights(unserved=float("inf")), "must be a whole number, not inf"),  # type: ignore[arg-type]
    "a number for fewest vehicles": (lambda: Weights(fewest_vehicles=1), "fewest vehicles must be True or False"),  # type: ignore[arg-type]
    "negative price of CO2": (lambda: Weights(co2_per_kg=-1), "price of CO2 must lie between"),
    "negative price of another shift": (lambda: Weights(changed_shift=-1), "cost of another shift must lie"),
    "negative price of another order": (lambda: Weights(changed_order=-1), "cost of another order must lie"),
    "negative price of most stops": (lambda: Weights(longest_per_stop=-1), "cost of the most stops must lie"),
    "negative price of the longest": (lambda: Weights(longest_per_s=-1), "cost of the longest route must lie"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_in_one_sentence(name: str) -> None:
    build, said = REFUSED[name]
    with pytest.raises(InvalidProblem, match=said) as refusal:
        build()
    text = str(refusal.value)
    assert "\n" not in text
    assert text.endswith(".")


PUBLISHED = Published("van-1")
# Each of these weights is in its range and too much for this problem, which is fine at the weights of the house.
HEAVY: dict[str, tuple[Callable[[], Problem], Weights]] = {
    # 1,000 x 2 x 10^15 = 2 x 10^18; 2^60 is 1.15 x 10^18.
    "base penalty": (
        lambda: problem([job(str(n), priority=1) for n in range(1_000)]), Weights(unserved=MAX_COST)
    ),
    # Each of 600 shifts costs 10^15 more than the dearest of them.
    "fewest vehicles": (
        lambda: problem([], [shift(str(n), fixed_cost=MAX_COST) for n in range(600)]), Weights(fewest_vehicles=True)
    ),
    # 24 x 10^6 a kg x 1,000 kg a km are 24 x 10^6 a metre; 500 shifts x 100 legs of 10^6 m: 1.2 x 10^18.
    "CO2": (
        lambda: problem(
            [], [shift(str(n), co2_g_per_km=10**6, max_trips=100) for n in range(500)],
            van=matrix(street().durations_s, street().distances_m * 1_000),
        ),
        Weights(co2_per_kg=24 * 10**6),
    ),
    "another shift": (
        lambda: problem([job(str(n), published=PUBLISHED) for n in range(1_200)]), Weights(changed_shift=MAX_COST)
    ),
    "another order": (
        lambda: problem([job(str(n), published=PUBLISHED) for n in range(1_200)]), Weights(changed_order=MAX_COST)
    ),
    "most stops": (lambda: problem([job(str(n)) for n in range(1_200)]), Weights(longest_per_stop=MAX_COST)),
    # 31 days at 373 x 10^6 a second are 10^15; a thousand jobs as late as that, and the longest route: over 2^60.
    "lateness and the longest route": (
        lambda: problem(
            [job(str(n), soft_windows=(SoftWindow(0, 0),)) for n in range(1_200)], [shift(end_s=MAX_TIME_S)]
        ),
        Weights(late_cost_per_s=MAX_COST // MAX_TIME_S, longest_per_s=MAX_COST // MAX_TIME_S),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_weights_at_which_costs_would_overflow_are_refused(name: str) -> None:
    build, weights = HEAVY[name]
    of = build()
    of.check_weights(DEFAULT_WEIGHTS)
    with pytest.raises(InvalidProblem, match="beyond 64 bits"):
        of.check_weights(weights)


@given(
    field=st.sampled_from(["service_s", "setup_s", "release_s", "max_ride_s", "priority", "penalty", "position"]),
    value=st.one_of(
        st.integers(max_value=-1), st.integers(min_value=MAX_COST + 1), st.floats(), st.booleans(), st.text()
    ),
)  # fmt: skip
def test_whatever_is_no_number_of_the_range_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidProblem):
        problem([replace(job(), **{field: value})])


@given(
    priorities=st.lists(st.integers(0, 100), max_size=5),
    penalties=st.lists(st.integers(0, MICROS), max_size=5),
    unserved=st.sampled_from([None, 0, 7]),
)
def test_a_mandatory_job_costs_more_than_all_others_and_than_any_route(
    priorities: list[int], penalties: list[int], unserved: int | None
) -> None:
    others = [job(f"p{n}", priority=p) for n, p in enumerate(priorities)]
    others += [job(f"q{n}", penalty=p) for n, p in enumerate(penalties)]
    of = problem([*others, job("m", 10, mandatory=True)], [shift(fixed_cost=3 * MICROS)])
    weights = Weights(unserved=unserved)
    penalty = of.penalty(of.job_by_id["m"], weights)
    # Alone to place 10 and back: 2,000 m at 1, and 3,000,000 for the shift.
    assert penalty > sum(of.penalty(one, weights) for one in others) + 3 * MICROS + 2_000


def test_at_the_edges_a_problem_is_taken() -> None:
    whole_axis = job(
        service_s=MAX_TIME_S, windows=(TimeWindow(0, MAX_TIME_S),), load={"weight_g": MAX_LOAD}, priority=100
    )  # fmt: skip
    of = problem(
        [whole_axis, job("b", 0)], [shift(end_s=MAX_TIME_S, latest_start_s=0, prefix=("a", "b"))]
    )
    assert of.horizon_s == MAX_TIME_S
    assert (
        linked(pairs=(Pair("a", "b"),), apart=(("a", "c"), ("b", "c"))).pair_of["b"].pickup == "a"
    )
    assert linked(precedences=(Precedence("a", "b"), Precedence("a", "c"))).place_count == 11
    # The one that must begin first waits for the other: 0 to 40, then 50 to 80.
    rests((50, 60, 30), (0, 70, 40))
    # Two fixed breaks that touch: 12:00 to 12:30 and 12:30 to 13:00.
    rests((12 * HOUR, 12 * HOUR, 1800), (25 * 1800, 25 * 1800, 1800))


def test_a_pair_without_a_road_is_no_error() -> None:
    m = Matrix(
        cells((0, 1, UNREACHABLE)),
        np.where(cells((0, 1, UNREACHABLE)) < 0, UNREACHABLE, street().distances_m),
    )
    assert problem([], van=m).place_count == 11


def test_speed_divides_seconds_rounds_up_and_leaves_missing_roads() -> None:
    # 100 s at 150 % are 66.7 s, at 50 % 200 s.
    made = np.array([[100, UNREACHABLE]])
    assert at_speed(made, 150).tolist() == [[67, UNREACHABLE]]
    assert at_speed(made, 50).tolist() == [[200, UNREACHABLE]]
