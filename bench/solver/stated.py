"""A problem in the engine's own words, which only engines that know every rule can plan: our JSON, and the mixed set."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.engine.checker import check
from routing.engine.problem import MICROS, Problem, Weights
from routing.engine.solution import Solution


@dataclass(frozen=True, eq=False)
class Stated:
    """A problem with the weights to plan it by."""

    name: str
    family: str
    problem: Problem
    weights: Weights

    @property
    def size(self) -> int:
        return len(self.problem.jobs)


@dataclass(frozen=True, slots=True)
class StatedVerdict:
    """What a plan is worth."""

    cost: float
    """In units of money, what is unserved included; the checker has added it up again."""
    vehicles: int
    unserved: int
    without_reason: int
    """Jobs left out that nothing is said about."""
    violations: tuple[str, ...]


def judge_stated(stated: Stated, solution: Solution | None) -> StatedVerdict:
    """Have the plan checked by the checker that every published plan passes."""
    if solution is None:
        return StatedVerdict(float("nan"), 0, stated.size, stated.size, ("no plan",))
    found = check(stated.problem, solution, weights=stated.weights)
    return StatedVerdict(
        cost=solution.costs.total / MICROS,
        vehicles=len(solution.routes),
        unserved=len(solution.unserved),
        without_reason=sum(not one.reasons for one in solution.unserved),
        violations=tuple(
            " ".join(filter(None, (one.code, one.shift_id, one.job_id))) for one in found
        ),
    )


def busiest(codes: Sequence[str]) -> str:
    """The codes of violations with how often each occurs."""
    counts: dict[str, int] = {}
    for one in codes:
        code = one.split(" ", 1)[0]
        counts[code] = counts.get(code, 0) + 1
    return ", ".join(f"{code} x {times}" for code, times in sorted(counts.items()))
