"""Searches side by side on one plan: each has some of its routes for a moment, then they are shared out anew.

Two searches on halves of a big plan do twice the rounds that one does on the whole; two on the whole only draw twice.
To the end it is no good: a route saved takes room from all over the plan (2.5 % instead of 0.2 % on X-n655-k131).
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from routing.engine.proposers.ruin.kernel.data import (
    ABSENT,
    BEST,
    BEST_ABSENT,
    COST,
    NONE,
    POOL,
    ROUTES,
    Ints,
    State,
)
from routing.engine.proposers.ruin.kernel.keeping import keep_best
from routing.engine.proposers.ruin.pacing import Pacer
from routing.engine.proposers.ruin.search import OnBetter, Search

TURN_S = 0.25
"""Between two sharings."""
OF_NODES = ("after", "before", "route", "early", "late")
OF_VEHICLES = ("first", "last", "size", "aboard", "taken", "driven", "more")
BEST_OF_NODES = ("best_after", "best_route")
BEST_OF_VEHICLES = ("best_first",)
"""Fields of `State` with a row for each node or each vehicle: of the routes as they are, and of the best ones."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Shares:
    """Who has what for one turn."""

    of_vehicle: Ints
    """(v,) number of the member."""
    of_node: Ints
    """(n,) number of the member."""
    cost: int
    """In units of cost, of the plan when it was shared out."""


@dataclass(slots=True)
class Team:
    """Searches over the same tables; between turns the first has the whole plan."""

    searches: Sequence[Search]
    points: Points
    """(n + 1, 2) where the nodes lie, and last where routes start; see `regions.lay_out`."""
    seed: int
    _dice: np.random.Generator = field(init=False)
    _best: Search = field(init=False)

    def __post_init__(self) -> None:
        self._dice = np.random.default_rng(self.seed)
        self._best = Search(self.searches[0].tables, self.seed)
        whole = self.searches[0].state
        self._keep(int(whole.tally[BEST]), int(whole.tally[BEST_ABSENT]))

    @property
    def best(self) -> Search:
        """Holds the best routes of all turns."""
        return self._best

    def run(self, pacer: Pacer, until: float, on_better: OnBetter | None = None) -> None:
        """Search until this share of the time is over; then each search may change all again."""
        turn = TURN_S / max(pacer.ends - pacer.started, TURN_S)
        while (share := pacer.share) < until:
            told = self.best.best_cost
            ends = min(until, share + turn)
            self.turn(pacer.hot, partial(side_by_side, self.searches, pacer, ends))
            if on_better is not None and self.best.best_cost < told:
                unit = self.best.tables.unit
                on_better(self.best.best_cost * unit, int(self.best.state.tally[BEST_ABSENT]))
        for search in self.searches:
            _hand_over_all(search)

    def turn(self, hot: float, run: Callable[[], None]) -> None:
        """Share the plan out, run the searches, and lay their routes together; nothing is shared before there are some."""
        first = self.searches[0]
        if first.state.tally[ROUTES] == 0:
            first.run_rounds(1, hot, hot)
            self._keep_if_better(first.best_cost, int(first.state.tally[BEST_ABSENT]))
        shares = self._share_out()
        run()
        self._gather(shares)

    def _share_out(self) -> _Shares:
        """Give each member neighbouring routes with about as many stops, and what is absent near them."""
        whole = self.searches[0].state
        of_vehicle = self._members_of_routes(whole)
        of_node = np.where(whole.route == NONE, NONE, of_vehicle[whole.route])
        absent = whole.absent[: int(whole.tally[ABSENT])].copy()
        for node in absent:
            of_node[node] = self._member_near(node, of_node)
            partner = self.searches[0].tables.data.partner[node]
            if partner != NONE:
                of_node[partner] = of_node[node]
        shares = _Shares(of_vehicle, of_node, int(whole.tally[COST]))
        for number in reversed(range(len(self.searches))):
            search = self.searches[number]
            if number:
                _copy(whole, search.state)
            _hand_over(search, shares, number, absent)
        return shares

    def _members_of_routes(self, whole: State) -> Ints:
        """(v,) cut by the angle around the start or along a line, turned by chance."""
        served = whole.route != NONE
        stops = np.bincount(whole.route[served], minlength=len(whole.first))
        x, y = (
            np.bincount(whole.route[served], self.points[:-1][served, axis], len(whole.first))
            / np.maximum(stops, 1)
            for axis in (0, 1)
        )
        turned = self._dice.uniform(0, 2 * math.pi)
        if self._dice.random() < 0.5:
            start_x, start_y = self.points[-1]
            along = (np.arctan2(y - start_y, x - start_x) + turned) % (2 * math.pi)
        else:
            along = x * math.cos(turned) + y * math.sin(turned)
        order = np.argsort(along, kind="stable")
        order = order[stops[order] > 0]
        middle = np.cumsum(stops[order]) - stops[order] / 2
        many = len(self.searches)
        of_vehicle: Ints = np.zeros(len(whole.first), dtype=np.int64)
        of_vehicle[order] = np.minimum(many - 1, middle * many / max(1, int(stops.sum())))
        empty = np.flatnonzero(stops == 0)
        of_vehicle[empty] = np.arange(len(empty)) % many
        return of_vehicle

    def _member_near(self, node: int, of_node: Ints) -> int:
        """The member that has the nearest node on a route."""
        near = of_node[self.searches[0].tables.data.near[node]]
        near = near[near != NONE]
        return int(near[0]) if len(near) else int(self._dice.integers(len(self.searches)))

    def _gather(self, shares: _Shares) -> None:
        """Lay the members' routes together again, those of now and the best of each."""
        whole = self.searches[0].state
        left = [one.state.absent[: int(one.state.tally[ABSENT])].copy() for one in self.searches]
        tallies = [one.state.tally for one in self.searches]
        cost, best = (
            shares.cost + sum(int(tally[place]) - shares.cost for tally in tallies)
            for place in (COST, BEST)
        )
        best_absent = sum(int(tally[BEST_ABSENT]) for tally in tallies)
        for number, search in enumerate(self.searches[1:], start=1):
            nodes, vehicles = shares.of_node == number, shares.of_vehicle == number
            _lay_over(search.state, whole, OF_NODES + BEST_OF_NODES, nodes)
            _lay_over(search.state, whole, OF_VEHICLES + BEST_OF_VEHICLES, vehicles)
        absent = np.concatenate(left)
        whole.absent[: len(absent)] = absent
        whole.tally[ABSENT], whole.tally[COST] = len(absent), cost
        whole.tally[ROUTES] = int((whole.size > 0).sum())
        self._keep_if_better(best, best_absent)

    def _keep_if_better(self, cost: int, absent: int) -> None:
        if cost < self.best.best_cost:
            self._keep(cost, absent)

    def _keep(self, cost: int, absent: int) -> None:
        """The best routes of the first search are the best of all."""
        state = self._best.state
        for name in BEST_OF_NODES + BEST_OF_VEHICLES:
            getattr(state, name)[:] = getattr(self.searches[0].state, name)
        state.tally[BEST], state.tally[BEST_ABSENT] = cost, absent


def side_by_side(
    searches: Sequence[Search], pacer: Pacer, until: float, on_better: OnBetter | None = None
) -> None:
    """Run the searches in threads until this share of the time is over; the first one tells."""
    with ThreadPoolExecutor(len(searches)) as threads:
        others = [threads.submit(one.run, pacer, until) for one in searches[1:]]
        searches[0].run(pacer, until, on_better)
    for one in others:
        one.result()


def _copy(whole: State, state: State) -> None:
    for name in OF_NODES + OF_VEHICLES:
        getattr(state, name)[:] = getattr(whole, name)
    state.tally[COST], state.tally[ROUTES] = whole.tally[COST], whole.tally[ROUTES]


def _lay_over(
    source: State, target: State, names: Sequence[str], rows: npt.NDArray[np.bool_]
) -> None:
    for name in names:
        getattr(target, name)[rows] = getattr(source, name)[rows]


def _hand_over_all(search: Search) -> None:
    state = search.state
    state.mine[:] = True
    state.pool[:] = np.arange(len(state.pool))
    state.tally[POOL] = len(state.pool)
    search.scratch.empty_from[:] = 0


def _hand_over(search: Search, shares: _Shares, number: int, absent: Ints) -> None:
    """Leave the search only its share to change."""
    state = search.state
    state.mine[:] = shares.of_vehicle == number
    pool = np.flatnonzero(shares.of_node == number)
    state.pool[: len(pool)] = pool
    mine = absent[shares.of_node[absent] == number]
    state.absent[: len(mine)] = mine
    # Without nodes of its own it begins at one that it may not touch.
    state.tally[POOL], state.tally[ABSENT] = max(1, len(pool)), len(mine)
    search.scratch.empty_from[:] = 0
    keep_best(state)
