"""The plan under way: what is tried once on a plan is not tried again on the same plan."""

from typing import Any

from routing.engine.draft import Draft
from routing.engine.insert import places_in
from routing.engine.problem import DEFAULT_WEIGHTS
from tests.routing.engine.calls import calls_of
from tests.routing.engine.world import job, problem


def test_what_was_tried_while_putting_in_is_not_tried_again_for_its_reason() -> None:
    # b lies 600 m and back beyond a, and is worth 5: it has a place that nobody pays for.
    of = problem([job("a", 2), job("b", 8, penalty=5)])
    draft = Draft(of, DEFAULT_WEIGHTS)
    draft.insert_left_out()
    told: list[Any] = []
    assert calls_of(places_in, lambda: told.extend(draft.explain())) == 1
    (reason,) = told[0].reasons
    assert (reason.code, reason.figures) == ("not_worth_it", {"extra_cost": 1_200, "penalty": 5})


def test_what_goes_in_while_explaining_makes_others_be_tried_again() -> None:
    # Nothing is in the plan yet: explaining puts a in, and what b costs is counted from there.
    of = problem([job("a", 2), job("b", 8, penalty=5)])
    (left_out,) = Draft(of, DEFAULT_WEIGHTS).explain()
    assert left_out.reasons[0].figures == {"extra_cost": 1_200, "penalty": 5}
