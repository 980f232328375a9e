"""A problem in our JSON that says no more than the published kinds is planned by every engine; one that says more is not."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.solver import readers
from bench.solver.engines.ours import problem_of
from bench.solver.instance import Instance
from bench.solver.plain import plain_instance
from bench.solver.stated import Stated
from routing.engine.jsonio import write_problem
from routing.engine.problem import DEFAULT_WEIGHTS, Break, Problem, Weights
from tests.bench.test_check import ONE


def plain(problem: Problem, weights: Weights = DEFAULT_WEIGHTS) -> Instance | None:
    return plain_instance(problem, weights, "one", "made")


@pytest.mark.parametrize(
    "changes",
    [{}, {"demands": np.array([0, 8, -8, 0]), "pairs": ((1, 2),)}],
    ids=["loads", "pairs"],
)
def test_a_published_instance_comes_back_from_our_json(tmp_path: Path, changes: Any) -> None:
    one = dataclasses.replace(ONE, **changes)
    if one.pairs:  # Every node is in a pair, as in the published ones.
        keep = np.arange(3)
        one = dataclasses.replace(
            one,
            distances=one.distances[np.ix_(keep, keep)],
            durations=one.durations[np.ix_(keep, keep)],
            **{name: getattr(one, name)[keep] for name in ("demands", "services", "windows")},
        )
    path = tmp_path / "one.json"
    path.write_text(write_problem(problem_of(one)))
    back = readers.read(path)
    assert isinstance(back, Instance)
    for name in ("distances", "durations", "demands", "services", "windows"):
        assert getattr(back, name).tolist() == getattr(one, name).tolist(), name
    assert (back.capacity, back.vehicles, back.pairs) == (one.capacity, one.fleet, one.pairs)


def test_one_rule_more_and_it_is_a_problem_of_its_own() -> None:
    good = problem_of(ONE)
    assert plain(good) is not None
    first, *others = good.jobs
    van, *vans = good.shifts
    assert (
        plain(dataclasses.replace(good, jobs=(dataclasses.replace(first, setup_s=1), *others)))
        is None
    )
    assert plain(dataclasses.replace(good, apart=(("1", "2"),))) is None
    rest = dataclasses.replace(van, breaks=(Break(10, 20, 5),))
    assert plain(dataclasses.replace(good, shifts=(rest, *vans))) is None
    every = tuple(dataclasses.replace(one, fixed_cost=5) for one in good.shifts)
    assert plain(dataclasses.replace(good, shifts=every)) is None
    assert plain(good, Weights(late_cost_per_s=1)) is None


def test_a_problem_of_its_own_is_read_with_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(write_problem(problem_of(ONE), Weights(late_cost_per_s=1)))
    back = readers.read(path)
    assert isinstance(back, Stated)
    assert back.weights == Weights(late_cost_per_s=1)
