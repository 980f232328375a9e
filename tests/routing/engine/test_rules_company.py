"""Each rule of company as the model states it: which shift serves a job, which jobs ride with which."""

from dataclasses import replace

from routing.engine.problem import Pair, Precedence
from tests.routing.engine.found import found, served
from tests.routing.engine.world import job, problem, shift


def test_a_forbidden_shift_does_not_serve_a_job_though_it_is_cheaper() -> None:
    shifts = [shift(), shift("dear", cost_per_m=100)]
    banned = job(forbidden_shifts=frozenset({"van-1", "unknown"}))
    assert found(problem([banned], shifts)) == {"dear": ("a",)}
    assert found(problem([job()], shifts)) == {"van-1": ("a",)}


def test_jobs_that_belong_together_ride_on_one_shift() -> None:
    # A van stands at either end of the street, and each would take the job near it.
    ends = [shift(), shift("van-2", start_place=10, end_place=10)]
    of = problem([job("a", 1), job("b", 9)], ends)
    assert len(found(of)) == 2
    assert len(found(replace(of, together=(("a", "b"),)))) == 1


def test_jobs_that_belong_together_are_served_all_or_none() -> None:
    of = problem([job("a", 1), job("b", 2), job("c", 3)], [shift(max_stops=2)])
    assert len(served(of)) == 2
    assert served(replace(of, together=(("a", "b", "c"),))) == set()
    assert served(replace(of, together=(("a", "c"),), jobs=of.jobs)) in ({"a", "c"}, {"b"})


def test_jobs_that_must_be_apart_ride_on_two_shifts() -> None:
    jobs = [job("a", 1), job("b", 2)]
    apart = (("a", "b"),)
    two = problem(jobs, [shift(), shift("van-2")])
    assert len(found(two)) == 1
    assert len(found(replace(two, apart=apart))) == 2
    assert len(served(replace(problem(jobs), apart=apart))) == 1


def test_several_that_are_left_out_are_apart() -> None:
    jobs = [job("a", 1, penalty=1), job("b", 2, penalty=1), job("c", 3)]
    assert served(replace(problem(jobs), apart=(("a", "b", "c"),))) == {"c"}


def test_half_a_pair_or_group_is_left_out() -> None:
    of = problem([job("a", 1), job("b", 2), job("c", 3)])
    short = replace(of, shifts=(shift(end_s=4 * 60),))
    # Place 3 is out of reach: with c goes a.
    assert served(replace(short, pairs=(Pair("a", "c"),))) == {"b"}
    assert served(replace(short, together=(("a", "c"),))) == {"b"}
    assert served(replace(short, precedences=(Precedence("a", "c"),))) == {"a", "b"}
