"""Searches that share one plan out between them: nothing is lost at the borders, and the price stays the true one."""

import time
from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.proposers.ruin.kernel.data import ABSENT, COST, NONE, POOL
from routing.engine.proposers.ruin.kernel.pricing import price_all
from routing.engine.proposers.ruin.pacing import COLD, HOT, Pacer
from routing.engine.proposers.ruin.proposal import TEAM_JOBS, compile_kernel, propose
from routing.engine.proposers.ruin.search import Search
from routing.engine.proposers.ruin.tables import tables_of
from routing.engine.proposers.ruin.team import Team
from routing.engine.regions import lay_out
from routing.engine.whole import time_routes
from tests.routing.engine.proposed import true_cost
from tests.routing.engine.towns import town
from tests.routing.engine.wild import day_with
from tests.routing.engine.world import job, problem

TIED = {"pairs", "begun", "optional", "kinds", "skills", "pickups", "windows"}


def team_of(of: Problem, weights: Weights = DEFAULT_WEIGHTS, members: int = 2) -> Team:
    tables = tables_of(of, weights, of.jobs, of.shifts)
    searches = [Search(tables, number) for number in range(members)]
    for one in searches:
        one.begin(None)
    places = [*(one.place for one in of.jobs), of.shifts[0].start_place]
    return Team(searches, lay_out(of, places), seed=1)


def run(team: Team) -> None:
    """Three turns of so many rounds, whatever the clock says."""

    def rounds() -> None:
        for one in team.searches:
            one.run_rounds(200, HOT, COLD)

    for _ in range(3):
        team.turn(HOT, rounds)


def price_of_best(team: Team) -> int:
    return team.best.best_cost * team.best.tables.unit


@pytest.mark.parametrize("members", [2, 3])
def test_the_best_of_a_team_is_a_whole_plan_at_its_true_price(members: int) -> None:
    of = town(90, 9, seed=3, windows=0.4)
    team = team_of(of, members=members)
    run(team)
    assert price_of_best(team) == true_cost(of, team.best.routes())
    served = [one for ids in team.best.routes().values() for one in ids]
    assert sorted(served) == sorted(one.id for one in of.jobs)


def test_between_turns_every_job_is_on_one_route_or_absent_and_the_cost_is_that_of_the_routes() -> (
    None
):
    of, weights = day_with(TIED, Random(5), 40)
    team = team_of(of, weights)
    run(team)
    whole, data = team.searches[0].state, team.searches[0].tables.data
    seen: list[int] = []
    for first in whole.first:
        node = int(first)
        while node != NONE:
            seen.append(node)
            node = int(whole.after[node])
    absent = [int(node) for node in whole.absent[: whole.tally[ABSENT]]]
    absent += [int(data.partner[node]) for node in absent if data.partner[node] != NONE]
    assert sorted(seen + absent) == list(range(len(of.jobs)))
    cost = int(whole.tally[COST])
    assert price_all(data, whole) == cost


def test_afterwards_each_search_may_change_all_again() -> None:
    team = team_of(town(40, 4, seed=4))
    compile_kernel()
    now = time.monotonic()
    team.run(Pacer(now, now + 0.3, HOT), 1.0)
    for search in team.searches:
        assert search.state.mine.all()
        assert search.state.tally[POOL] == 40
        assert np.array_equal(np.sort(search.state.pool), np.arange(40))


def test_more_members_than_routes_and_a_day_that_nobody_can_serve() -> None:
    nobodys = team_of(problem([job("a", skills=frozenset({"cold"}))]))
    run(nobodys)
    assert nobodys.best.routes() == {}
    few = town(6, 1, seed=2)
    team = team_of(few, members=4)
    run(team)
    assert price_of_best(team) == true_cost(few, team.best.routes())


def test_big_days_are_shared_out_by_themselves_and_come_out_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = town(2 * TEAM_JOBS, 60, seed=6)
    sizes: list[int] = []
    turn = Team.turn

    def counted(self: Team, hot: float, run: Callable[[], None]) -> None:
        sizes.append(len(self.searches))
        turn(self, hot, run)

    monkeypatch.setattr(Team, "turn", counted)
    compile_kernel()
    found = propose(of, DEFAULT_WEIGHTS, of.jobs, of.shifts, seconds=3.0, seed=1, cores=2)
    assert set(sizes) == {2}
    assert sorted(one for ids in found.values() for one in ids) == sorted(of.job_by_id)
    assert time_routes(of, found)[1] == []
