"""The figures of big days: the same town as a whole and in parts."""

import pytest

from bench.solver import decomposition
from bench.solver.decomposition import WAYS, measure
from bench.solver.town import draw_town
from routing.engine import rounds


@pytest.fixture(autouse=True)
def limit_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what a measurement sets, and cut small."""
    monkeypatch.setattr(rounds, "WHOLE_UP_TO", rounds.WHOLE_UP_TO)
    monkeypatch.setattr(rounds, "PART_JOBS", 40)


def test_the_same_seed_makes_the_same_town() -> None:
    one, other = draw_town(50, 3), draw_town(50, 3)
    assert one.jobs == other.jobs
    assert (one.matrices["van"].durations_s == other.matrices["van"].durations_s).all()
    # Roads differ by direction.
    ways = one.matrices["van"].distances_m
    assert (ways != ways.T).any()


def test_whole_and_parts_are_measured_alike() -> None:
    whole, parts = (measure(80, way, 2, 1, 1) for way in (WAYS[1], WAYS[2]))
    assert (whole["parts"], parts["parts"]) == (1, 2)
    assert whole["violations"] == parts["violations"] == 0
    assert min(whole["mb"], parts["mb"]) > 50
    told = decomposition._against([whole, whole, parts])
    loss = 100 * (parts["cost"] / whole["cost"] - 1)
    assert told.endswith(f"{loss:+.2f} % at equal total CPU, {loss:+.2f} % at equal wall time")
    failed = {"failure": "solver_timed_out", **{k: v for k, v in whole.items() if k != "cost"}}
    assert "no plan: solver_timed_out" in decomposition._line(failed)
    assert "nothing to compare" in decomposition._against([failed, whole, parts])
