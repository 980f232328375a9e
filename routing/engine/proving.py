"""Proves what a plan says of a job it left out: what is said to help is done, and the job goes in; with less it does not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from routing.engine.changes import CHANGES, can_be_done, changed, lesser
from routing.engine.insert import worth_of
from routing.engine.open_plan import OpenPlan
from routing.engine.problem import Problem, Weights
from routing.engine.reasons import MOST_COMPARED
from routing.engine.solution import PlannedRoute, Reason, Unserved


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is not proven of a job left out."""

    job_id: str
    said: str
    """The codes of the reason and of what would help."""
    why: str
    """`nothing_said`, `has_place` (it goes in as it is), `no_help` (it does not go in), `less_helps`."""


def doubts(
    problem: Problem,
    weights: Weights,
    routes: Collection[PlannedRoute],
    unserved: Collection[Unserved],
) -> list[Doubt]:
    """The jobs left out whose reason is not proven."""
    found = ((one, doubt(problem, weights, routes, one)) for one in unserved)
    return [Doubt(one.job_id, _said(one), why) for one, why in found if why]


def doubt(
    problem: Problem, weights: Weights, routes: Collection[PlannedRoute], left_out: Unserved
) -> str:
    """Why what is said of this job is not proven; "" when it is.

    Proven: as it is, nothing puts the job into the plan; with all the actions done, insertion puts it in, at less than
    leaving it out costs; with any one of them left undone, or done by one second, metre or unit less, it does not.
    """
    if not left_out.reasons or any(one.code not in CHANGES for one in left_out.actions):
        return "nothing_said"
    if not left_out.actions:
        return "nothing_said"
    trial = _Trial(problem, weights, routes, left_out.job_id)
    if left_out.actions[0].code == "put_in":
        return "" if trial.goes_in(()) else "no_help"
    if trial.goes_in(()):
        return "has_place"
    if not trial.goes_in(left_out.actions):
        return "no_help"
    if any(trial.goes_in(fewer) for fewer in lesser(left_out.actions)):
        return "less_helps"
    return ""


@dataclass(frozen=True, slots=True)
class _Trial:
    problem: Problem
    weights: Weights
    routes: Collection[PlannedRoute]
    job_id: str

    def goes_in(self, actions: Sequence[Reason]) -> bool:
        """With these done the engine's insertion puts the job into the plan."""
        if not can_be_done(self.problem, actions):
            return False
        other = changed(self.problem, self.job_id, actions)
        job = other.job_by_id[self.job_id]
        plan = OpenPlan.of(other, self.weights, {route.shift_id: route for route in self.routes})
        worth = worth_of(other, self.weights, job, plan.standing)
        places = plan.places(job, timed=MOST_COMPARED, worth=worth)
        return bool(places) and places[0].extra_cost < worth


def _said(left_out: Unserved) -> str:
    reason = left_out.reasons[0].code if left_out.reasons else "nothing"
    return f"{reason}/{'+'.join(one.code for one in left_out.actions) or 'nothing'}"
