"""What PyVRP alone proposes for a small problem, and what the exact timing makes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.proposers.pyvrp import propose
from routing.engine.proposers.pyvrp_answer import Sequences
from routing.engine.solution import Solution
from tests.routing.engine.world import plan

LONG_S = 60.0
"""Never reached: the budget is in iterations, so that every machine does the same."""


def proposed(
    of: Problem, weights: Weights = DEFAULT_WEIGHTS, **options: Any
) -> tuple[Sequences, list[tuple[int, int]]]:
    """The proposal, and the costs and how many jobs are left out as told on the way."""
    told: list[tuple[int, int]] = []

    def on_better(cost: int, left_out: int) -> None:
        told.append((cost, left_out))

    budget: dict[str, Any] = {"seconds": LONG_S, "iterations": 40, "on_better": on_better}
    return propose(of, weights, of.jobs, of.shifts, **budget | options), told


def timed(of: Problem, routes: Mapping[str, Sequence[str]], weights: Weights) -> Solution:
    idle: dict[str, list[str]] = {one.id: [] for one in of.shifts if one.must_drive}
    return plan(of, idle | {one: list(ids) for one, ids in routes.items()}, weights)


def left_out(of: Problem, routes: Mapping[str, Sequence[str]]) -> int:
    return len(set(of.job_by_id) - {one for ids in routes.values() for one in ids})


STATED = (
    "windows", "service", "setup", "pickups", "skills", "kinds", "forbidden", "wishes", "release", "optional",
    "mandatory", "pins", "open", "homes", "speed", "co2", "begun", "aboard", "islands", "fewest", "doors", "late",
    "published", "trips", "limits",
)  # fmt: skip
"""Rules of wild days that are stated exactly, most of them alone and together."""
